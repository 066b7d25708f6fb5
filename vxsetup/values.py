"""Immutable value classes that cost nothing to import: the run-time twin of ``dataclasses.dataclass(frozen=True, slots=True)``.

The standard decorator compiles six methods for every class, close to a millisecond each; vxsetup has about a hundred
such classes and starts often (a pre-commit hook, a completion). Here all classes share the same few functions. Type
checkers see the standard decorator, because modules import it like this::

    if TYPE_CHECKING:
        from dataclasses import dataclass
    else:
        from vxsetup.values import dataclass
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from operator import attrgetter
from typing import Any, TypeVar, cast

T = TypeVar("T")

_MISSING: Any = object()
_FIELDS = "__value_fields__"


def dataclass(*, frozen: bool, slots: bool, eq: bool = True) -> Callable[[type[T]], type[T]]:
    """Make a class an immutable value with slots, by its annotations. Only ``frozen=True, slots=True`` exists here.

    Without ``eq`` two values are equal only when they are the same object.
    """
    if not (frozen and slots):
        raise TypeError("a value is frozen and has slots; use dataclasses.dataclass for anything else")
    return _made if eq else _identical


class _Field:
    """A field with a default that is made anew for each value, or one that equality and repr leave out."""

    __slots__ = ("compare", "factory", "repr")

    def __init__(self, factory: Callable[[], Any] | None, repr_: bool, compare: bool) -> None:
        self.factory = factory
        self.repr = repr_
        self.compare = compare


def field(*, default_factory: Callable[[], Any] | None = None, repr: bool = True, compare: bool = True) -> Any:  # noqa: A002
    """A field of a value: its default made anew for each value, and whether repr and equality look at it."""
    return _Field(default_factory, repr, compare)


def names_of(value: Any) -> tuple[str, ...] | None:
    """The names of a value's fields in order; None for what is no value of this kind."""
    found = getattr(type(value), _FIELDS, None)
    return tuple(found) if found is not None else None


def replace(value: T, **changes: Any) -> T:
    """The same value with some fields changed. Raises TypeError for a field that it does not have."""
    names = names_of(value)
    if names is None:
        raise TypeError(f"{type(value).__name__} is no value")
    return type(value)(**{name: getattr(value, name) for name in names} | changes)


def _identical(cls: type[T]) -> type[T]:
    return _made(cls, eq=False)


def _made(cls: type[T], eq: bool = True) -> type[T]:
    fields: dict[str, Any] = {}
    for base in reversed(cls.__mro__[1:]):
        fields.update(getattr(base, _FIELDS, {}))
    own = [name for name, kind in cls.__annotations__.items() if not str(kind).startswith("ClassVar")]
    inherited = tuple(fields)
    fields.update({name: cls.__dict__.get(name, _MISSING) for name in own})
    body = {
        key: value for key, value in cls.__dict__.items() if key not in own and key not in ("__dict__", "__weakref__")
    }
    body["__slots__"] = tuple(name for name in own if name not in inherited)
    body["__qualname__"] = cls.__qualname__
    body[_FIELDS] = fields
    body["__match_args__"] = tuple(fields)
    for name, method in _methods(tuple(fields), fields).items():
        body.setdefault(name, method)
    if eq and "__eq__" not in cls.__dict__:
        compared = tuple(name for name, default in fields.items() if type(default) is not _Field or default.compare)
        body["__eq__"], body["__hash__"] = _eq(compared), _hash(compared)
    made: Any = type(cls)
    return cast("type[T]", made(cls.__name__, cls.__bases__, body))


def _methods(names: tuple[str, ...], fields: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "__init__": _init(names, fields),
        "__repr__": _repr,
        "__setattr__": _refuse,
        "__delattr__": _refuse,
        "__getstate__": _getstate,
        "__setstate__": _setstate,
    }


_OFTEN = 64
"""From so many values of one class on, a constructor of its own is worth compiling."""


def _init(names: tuple[str, ...], fields: Mapping[str, Any]) -> Callable[..., None]:
    assign = object.__setattr__
    count = len(names)
    made = 0

    def __init__(self: Any, *given: Any, **named: Any) -> None:  # noqa: N807
        nonlocal made
        made += 1
        if made == _OFTEN:
            _compile_init(type(self), __init__, names, fields)
        if len(given) > count:
            raise TypeError(f"{type(self).__name__} takes {count} values, not {len(given)}")
        for name, value in zip(names, given, strict=False):
            assign(self, name, value)
        for name in names[len(given) :]:
            value = named.pop(name, _MISSING)
            if value is _MISSING:
                value = fields[name]
                if type(value) is _Field:
                    value = value.factory() if value.factory else _MISSING
                if value is _MISSING:
                    raise TypeError(f"{type(self).__name__} needs {name!r}")
            assign(self, name, value)
        if named:
            raise TypeError(f"{type(self).__name__} takes no {next(iter(named))!r}, or takes it once")

    return __init__


def _compile_init(cls: type, shared: Any, names: tuple[str, ...], fields: Mapping[str, Any]) -> None:
    """Give a class that is made often a constructor of its own, as the standard decorator does for every class."""
    if cls.__dict__.get("__init__") is not shared:
        return  # the constructor of a class above: it serves several classes
    known: dict[str, Any] = {"_missing": _MISSING}
    parameters, lines = [], []
    for name in names:
        default = fields[name]
        known[f"_set_{name}"] = getattr(cls, name).__set__
        value = name
        if type(default) is _Field and default.factory:
            known[f"_new_{name}"] = default.factory
            value = f"_new_{name}() if {name} is _missing else {name}"
            default = _MISSING
            parameters.append(f"{name}=_missing")
        elif default is _MISSING or type(default) is _Field:
            parameters.append(name)
        else:
            known[f"_default_{name}"] = default
            parameters.append(f"{name}=_default_{name}")
        lines.append(f"    _set_{name}(self, {value})")
    exec(f"def __init__(self, {', '.join(parameters)}):\n" + "\n".join(lines or ["    pass"]), known)
    type.__setattr__(cls, "__init__", known["__init__"])


def _getter(names: tuple[str, ...]) -> Callable[[Any], tuple[Any, ...]]:
    if not names:
        return lambda value: ()
    if len(names) == 1:
        only = attrgetter(names[0])
        return lambda value: (only(value),)
    return attrgetter(*names)


def _eq(names: tuple[str, ...]) -> Callable[[Any, object], bool]:
    every = _getter(names)

    def __eq__(self: Any, other: object) -> bool:  # noqa: N807
        if type(other) is not type(self):
            return NotImplemented
        return every(self) == every(other)

    return __eq__


def _hash(names: tuple[str, ...]) -> Callable[[Any], int]:
    every = _getter(names)

    def __hash__(self: Any) -> int:  # noqa: N807
        return hash(every(self))

    return __hash__


def _repr(self: Any) -> str:
    fields: Mapping[str, Any] = getattr(type(self), _FIELDS)
    names = (name for name, default in fields.items() if type(default) is not _Field or default.repr)
    shown = ", ".join(f"{name}={getattr(self, name)!r}" for name in names)
    return f"{type(self).__qualname__}({shown})"


def _refuse(self: Any, name: str, *_: Any) -> None:
    raise AttributeError(f"{type(self).__name__}.{name} cannot be changed: values are immutable")


def _getstate(self: Any) -> tuple[Any, ...]:
    return tuple(getattr(self, name) for name in names_of(self) or ())


def _setstate(self: Any, state: tuple[Any, ...]) -> None:
    for name, value in zip(names_of(self) or (), state, strict=True):
        object.__setattr__(self, name, value)
