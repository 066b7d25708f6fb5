"""Values behave as frozen dataclasses with slots do, so that a type checker may take them for such."""

from __future__ import annotations

import copy
import dataclasses
import pickle
from collections.abc import Mapping
from typing import Any, ClassVar, Generic, TypeVar

import pytest

from vxsetup import values

T = TypeVar("T")


@dataclasses.dataclass(frozen=True, slots=True)
class Standard:
    name: str
    number: int = 3
    more: Mapping[str, int] = dataclasses.field(default_factory=dict)
    hidden: Any = dataclasses.field(default=None, repr=False, compare=False)


@values.dataclass(frozen=True, slots=True)
class Ours:
    name: str
    number: int = 3
    more: Mapping[str, int] = values.field(default_factory=dict)

    kind: ClassVar[str] = "ours"

    @property
    def loud(self) -> str:
        return self.name.upper()


@values.dataclass(frozen=True, slots=True)
class Box(Generic[T]):
    value: T


@values.dataclass(frozen=True, slots=True)
class Bigger(Ours):
    extra: str = "x"


@values.dataclass(frozen=True, slots=True, eq=False)
class Thing:
    name: str


def test_made_as_the_standard_ones_are_made() -> None:
    one = Ours("a")  # type: ignore[call-arg]
    assert (one.name, one.number, one.more, one.loud, one.kind) == ("a", 3, {}, "A", "ours")
    other = Ours("a", number=4)  # type: ignore[call-arg]
    assert other.more is not one.more
    assert repr(one) == repr(Standard("a")).replace("Standard", "Ours")
    assert Ours.__match_args__ == ("name", "number", "more")  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("given", "named"), [((), {}), (("a", 1, {}, 2), {}), (("a",), {"name": "b"}), (("a",), {"odd": 1})]
)
def test_wrong_arguments_are_a_type_error(given: tuple[Any, ...], named: dict[str, Any]) -> None:
    with pytest.raises(TypeError):
        Ours(*given, **named)


def test_equal_by_value_and_class_alone() -> None:
    assert Box(1) == Box(1)  # type: ignore[call-arg]
    assert Box(1) != Box(2)  # type: ignore[call-arg]
    assert hash(Box("a")) == hash(Box("a"))  # type: ignore[call-arg]
    assert Box("a") != Thing("a")  # type: ignore[call-arg]
    assert Thing("a") != Thing("a")  # type: ignore[call-arg]
    assert len({Box(1), Box(1), Box(2)}) == 2  # type: ignore[call-arg]


def test_nothing_can_be_changed_or_added() -> None:
    one = Ours("a")  # type: ignore[call-arg]
    for name in ("name", "other"):
        with pytest.raises(AttributeError):
            setattr(one, name, 1)
    with pytest.raises(AttributeError):
        del one.name
    assert not hasattr(one, "__dict__")


def test_replaced_copied_and_pickled() -> None:
    one = Ours("a", 5)  # type: ignore[call-arg]
    assert values.replace(one, name="b") == Ours("b", 5)  # type: ignore[call-arg]
    assert copy.deepcopy(one) == one
    assert pickle.loads(pickle.dumps(one)) == one
    with pytest.raises(TypeError):
        values.replace(one, odd=1)
    with pytest.raises(TypeError):
        values.replace(3, odd=1)


def test_a_class_may_build_on_another() -> None:
    one = Bigger("a", extra="y")  # type: ignore[call-arg]
    assert (one.name, one.number, one.extra) == ("a", 3, "y")
    assert values.names_of(one) == ("name", "number", "more", "extra")
    assert values.names_of(3) is None


def test_fields_that_equality_and_repr_leave_out() -> None:
    @values.dataclass(frozen=True, slots=True)
    class Partly:
        name: str
        hidden: Any = values.field(repr=False, compare=False)

    assert Partly("a", 1) == Partly("a", 2)  # type: ignore[call-arg]
    assert "hidden" not in repr(Partly("a", 1))  # type: ignore[call-arg]
    with pytest.raises(TypeError):
        Partly("a")  # type: ignore[call-arg]


@values.dataclass(frozen=True, slots=True)
class Nothing:
    """A value without fields: all are equal."""


def test_a_class_without_fields_may_be_made_often() -> None:
    assert len({Nothing() for _ in range(200)}) == 1
    with pytest.raises(TypeError):
        Nothing(1)  # type: ignore[call-arg]


def test_a_class_that_is_made_often_behaves_as_before() -> None:
    @values.dataclass(frozen=True, slots=True)
    class Often:
        name: str
        number: int = 3
        more: Mapping[str, int] = values.field(default_factory=dict)

    made = [Often(f"{number}") for number in range(200)]  # type: ignore[call-arg]
    assert [(one.name, one.number, one.more) for one in made] == [(f"{number}", 3, {}) for number in range(200)]
    assert made[150].more is not made[151].more
    assert Often("a", number=4, more={"b": 1}) == Often("a", 4, {"b": 1})  # type: ignore[call-arg]
    for given, named in (((), {}), (("a", 1, {}, 2), {}), (("a",), {"name": "b"}), (("a",), {"odd": 1})):
        with pytest.raises(TypeError):
            Often(*given, **named)


def test_only_frozen_values_with_slots_exist() -> None:
    with pytest.raises(TypeError):
        values.dataclass(frozen=False, slots=True)
