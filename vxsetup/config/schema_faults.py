"""jsonschema's errors as findings: one for each wrong place, in plain words, at its exact span, with what to write."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from vxsetup.config import faults
from vxsetup.config.acceptance import first_repeat
from vxsetup.config.judge import Judge
from vxsetup.config.phrases import (
    KINDS,
    OTHER_NAMES,
    WORLD_KEYS,
    by_example,
    example,
    home,
    not_a_value,
    number,
    places,
    plain,
    project_number,
    singular,
    uncapitalised,
    wanted,
)
from vxsetup.config.repair import repaired
from vxsetup.config.source import Node
from vxsetup.config.words import a, dotted, listed, nearest, quoted, said
from vxsetup.findings import ConfigPath, Finding, Fix, Span

_FIRST = {"type": 0, "const": 1, "enum": 1}
"""Of several errors about one value the first by this order is told: a wrong type explains the others."""

_WORLD = "This looks like a world, a cloud written as a file. Give it beside a config: `vxsetup check --emulate WORLD`."


def schema_faults(
    errors: list[Any], root: Node, judge: Judge, environment: str | None, removed: Mapping[ConfigPath, Node]
) -> list[Finding]:
    """The findings for the errors of one judging.

    ``environment`` names the environment that was merged for it, and ``removed`` the nulls that took keys away.
    """
    teller = _Teller(root, judge, environment, removed)
    told: dict[tuple[str, ConfigPath], tuple[int, Finding]] = {}
    for error in errors:
        for rank, finding in teller.tell(_deepest(error)):
            key = ("" if finding.rule not in _OWN_PLACE else finding.rule, finding.config_path)
            if key not in told or rank < told[key][0]:
                told[key] = (rank, finding)
    findings = [finding for _, finding in told.values()]
    renamed = {
        (*finding.config_path[:-1], teller.meant[finding.config_path])
        for finding in findings
        if finding.config_path in teller.meant
    }
    return [f for f in findings if f.rule != faults.MISSING_KEY.id or f.config_path not in renamed]


_MANY = 250
_OWN_PLACE = frozenset({faults.UNKNOWN_KEY.id, faults.MISSING_KEY.id})


def _deepest(error: Any) -> Any:
    """For ``anyOf``: the error of the branch that the value was most likely meant for, else the error itself.

    A branch whose only fault is the type of the value as a whole was not meant, unless every branch is like that.
    """
    while error.context:
        branches: dict[Any, list[Any]] = {}
        for inner in error.context:
            branches.setdefault(inner.schema_path[0], []).append(inner)
        meant = [
            inner
            for branch in branches.values()
            if not any(one.validator == "type" and not one.path for one in branch)
            for inner in branch
        ]
        # Where no branch has the right type, the last one is told: the first is `null` in every schema here.
        choice = meant or list(branches.values())[-1]
        error = max(choice, key=lambda inner: len(inner.absolute_path))
    return error


class _Teller:
    """Makes findings of errors about one merged value."""

    def __init__(self, root: Node, judge: Judge, environment: str | None, removed: Mapping[ConfigPath, Node]) -> None:
        self.root = root
        self.judge = judge
        self.environment = environment
        self.removed = removed
        self.meant: dict[ConfigPath, str] = {}
        self.unknowns = 0

    def tell(self, error: Any) -> Iterator[tuple[int, Finding]]:
        """The findings of one error, each with its rank: of those about one value the least is told."""
        path: ConfigPath = tuple(error.absolute_path)
        keyword = error.validator
        if keyword == "additionalProperties":
            for key in error.instance:
                if key not in error.schema["properties"]:
                    yield 5, self.unknown(error, path, key)
        elif keyword == "required":
            for key in error.validator_value:
                if key not in error.instance:
                    yield 5, self.missing(error, path, key)
        elif "propertyNames" in error.schema_path:
            yield 5, self.bad_name(error, path)
        elif path == ("version",):
            yield 0, self.version(error, path)
        elif keyword == "type":
            yield _FIRST["type"], self.wrong_type(error, path)
        elif keyword == "uniqueItems":
            yield 5, self.twice(error, path)
        else:
            yield _FIRST.get(keyword, 5), self.bad_value(error, path)

    def unknown(self, error: Any, path: ConfigPath, key: str) -> Finding:
        known = error.schema["properties"]
        free = [name for name in known if name not in error.instance and not name.startswith("$")]
        fix: str
        self.unknowns += 1
        if self.unknowns > _MANY:
            free = []  # nobody reads so many suggestions
        near = nearest(key, free) or next((n for n in OTHER_NAMES.get(key.lower(), ()) if n in free), None)
        there = None if near or self.unknowns > _MANY else self.elsewhere(key)
        if not path and "project" not in error.instance and not WORLD_KEYS.isdisjoint(error.instance):
            fix = _WORLD
        elif near is not None:
            fix = f"Did you mean `{near}`?"
            self.meant[(*path, key)] = near
        elif there is not None:
            fix = f"`{there[-1]}` belongs to {home(there)}. Move it there."
        elif self.unknowns > _MANY:
            fix = "`vxsetup schema project` prints what can stand here."
        elif nearest(key, known):
            fix = f"`{nearest(key, known)}` is already there. Delete one of the two."
        elif free:
            fix = f"Keys that can stand here: {', '.join(f'`{name}`' for name in free)}."
        else:
            fix = "Delete it: every key that can stand here is already there."
        where = f"of `{dotted(path)}`" if path else "at the top level"
        message = self.told(f"{quoted(key)} is not a key {where}")
        here = (*path, key)
        node = self.root.at(here)
        span = node.key_span if node is not None else None
        return self.fault(faults.UNKNOWN_KEY, message, here, fix, error, span)

    def elsewhere(self, key: str) -> ConfigPath | None:
        """The one place in a config where a key of this name belongs."""
        found = list(places(self.judge.schema["$defs"]["complete"], (), key))
        return found[0] if len(found) == 1 else None

    def missing(self, error: Any, path: ConfigPath, key: str) -> Finding:
        here = (*path, key)
        schema = self.judge.annotations(error.schema["properties"].get(key, {}))
        about = uncapitalised(str(schema.get("description", "")).split(". ")[0].rstrip("."))
        where = f"`{dotted(path)}`" if path else "The merged config" if self.environment else "The file"
        null = self.nearest_removed(here)
        gone = f" (the null in line {null.span.line} of {quoted(null.source.file)} removes it)" if null else ""
        message = self.told(f"{where} needs the key `{key}`{gone}" + (f": {about}" if about else ""))
        fix = f"Add `{example(key, schema)}`" + (f" below `{path[-1]}`." if path and isinstance(path[-1], str) else ".")
        span = null.key_span if null is not None else self.container_span(path)
        return self.fault(faults.MISSING_KEY, message, here, fix, error, span)

    def nearest_removed(self, path: ConfigPath) -> Node | None:
        return next((self.removed[path[:n]] for n in range(len(path), 0, -1) if path[:n] in self.removed), None)

    def container_span(self, path: ConfigPath) -> Span:
        return self.root.nearest(path).head_span

    def bad_name(self, error: Any, path: ConfigPath) -> Finding:
        here = (*path, error.instance)
        node = self.root.at(here)
        words = self.judge.annotations(error.schema).get("patternErrorMessage", "another form")
        message = self.told(f"{quoted(error.instance)} cannot be the name of {a(singular(path))}: a name has {words}")
        near = repaired(error.instance, lambda value: self.judge.accepts(error.schema, value))
        fix = f"Write {quoted(near)}." if near is not None else "Choose another name."
        return self.fault(faults.BAD_VALUE, message, here, fix, error, node.key_span if node else None)

    def version(self, error: Any, path: ConfigPath) -> Finding:
        value = error.instance
        if isinstance(value, int) and not isinstance(value, bool) and value > 1:
            message = f"This file has format version {value}, and this vxsetup reads version 1"
            fix = "Install a later vxsetup (`pip install --upgrade vxsetup`), or write `version: 1`."
        else:
            message, fix = f"`version` must be the number 1, not {said(value)}", "Write `version: 1`."
        return self.fault(faults.VERSION, message, path, fix, error)

    def wrong_type(self, error: Any, path: ConfigPath) -> Finding:
        wanted = error.validator_value
        schema = self.judge.annotations(error.schema)
        if not path:
            message = f"A config is a mapping of keys such as `version: 1`, and this file holds {said(error.instance)}"
            return self.fault(faults.WRONG_TYPE, message, path, faults.FIRST_CONFIG, error)
        kinds = [wanted] if isinstance(wanted, str) else list(wanted)
        kind = listed([KINDS[name] for name in kinds])
        message = self.told(f"`{dotted(path)}` must be {kind}, and here is {said(error.instance)}")
        fix: str | Fix = self.retyped(error, kinds[0], path) or by_example(schema, path)
        if path == ("project", "id") and isinstance(error.instance, int) and not isinstance(error.instance, bool):
            fix = project_number(str(error.instance))
        return self.fault(faults.WRONG_TYPE, message, path, fix, error)

    def retyped(self, error: Any, wanted: str, path: ConfigPath) -> str | None:
        """How to write the same value with the type that is wanted; None where there is no sure way."""
        value, node = error.instance, self.root.nearest(path)

        def fits(other: Any) -> bool:
            return self.judge.accepts(error.schema, other)

        if wanted == "array" and value is not None and fits([value]) and not isinstance(value, dict):
            return f"Write a list: `[{plain(node.text)}]`."
        if wanted == "array" and isinstance(value, dict):
            return "Begin each entry with `- `." if fits([value]) else None
        if wanted == "string" and isinstance(value, bool | int | float) and fits(node.text):
            return f'Put it in quotes: `"{plain(node.text)}"`.'
        if wanted == "boolean" and isinstance(value, str):
            truth = {"yes": "true", "on": "true", "y": "true", "1": "true", "true": "true"}
            lies = {"no": "false", "off": "false", "n": "false", "0": "false", "false": "false"}
            meant = {**truth, **lies}.get(value.lower())
            return f"Write `{meant}` without quotes." if meant else None
        if wanted in ("integer", "number") and isinstance(value, str):
            meant_number = number(value)
            if meant_number is None or not fits(meant_number):
                return None
            return f"Write `{meant_number}`, without quotes."
        if wanted == "object" and isinstance(value, str) and path:
            (key, *more) = error.schema.get("required", ()) or ("",)
            if key and not more and fits({key: value}):
                return f"Write `{'- ' if isinstance(path[-1], int) else ''}{key}: {plain(node.text)}`."
        if wanted == "object" and value is None and path:
            name = plain(str(path[-1]))
            if fits({}):
                return f"Write `{name}: {{}}`, or keys below it, or delete the line."
            return f"Write the keys of `{name}` below it, indented, or delete the line."
        return None

    def twice(self, error: Any, path: ConfigPath) -> Finding:
        earlier, index = first_repeat(error.instance) or (0, 0)
        here = (*path, index)
        message = self.told(f"`{dotted(path)}` has {said(error.instance[index])} twice")
        first = self.root.nearest((*path, earlier)).span
        return self.fault(faults.BAD_VALUE, message, here, "Delete one of the two.", error, related=(first,))

    def bad_value(self, error: Any, path: ConfigPath) -> Finding:
        schema = self.judge.annotations(error.schema)
        value, name = error.instance, f"`{dotted(path)}`"
        message = self.told(f"{name} is {said(value)}, but must be {wanted(error, schema)}")
        near = None
        if isinstance(value, str):
            choices = schema.get("enum", ())
            key = next((step for step in reversed(path) if isinstance(step, str)), "")
            near = nearest(value, choices) or repaired(value, lambda o: self.judge.accepts(error.schema, o), key)
        fix: str | Fix = f"Did you mean {quoted(near)}?" if near is not None else by_example(schema, path)
        if path == ("project", "id") and isinstance(value, str) and value.isascii() and value.isdigit():
            fix = project_number(value)
        elif isinstance(value, str):
            fix = not_a_value(value, path) or fix
        return self.fault(faults.BAD_VALUE, message, path, fix, error)

    def told(self, message: str) -> str:
        """The message, beginning with the environment where one was merged to get here."""
        if self.environment is None:
            return message[:1].upper() + message[1:]
        return f"In environment {quoted(self.environment)}: {uncapitalised(message)}"

    def fault(
        self,
        rule: Any,
        message: str,
        path: ConfigPath,
        fix: str | Fix,
        error: Any,
        span: Span | None = None,
        related: tuple[Span, ...] = (),
    ) -> Finding:
        if span is None:
            node = self.root.nearest(path)
            span = node.span if node.items is None else node.head_span
        schema = self.judge.annotations(error.schema)
        about = str(schema.get("description", "")).split(". ")[0].rstrip(".")
        return faults.fault(
            rule,
            message,
            span,
            fix,
            path=path,
            related=related,
            source="project.schema.json",
            says=f"{schema['title']}: {uncapitalised(about)}" if "title" in schema else "",
            environment=self.environment,
        )
