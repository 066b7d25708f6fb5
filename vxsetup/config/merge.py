"""One merge rule for ``extends`` and ``environments``: mappings deeply, lists replaced, null removes a key."""

from __future__ import annotations

from dataclasses import dataclass, field

from vxsetup.config.source import Node
from vxsetup.findings import ConfigPath

ENVIRONMENTS = "environments"


@dataclass(slots=True)
class Trace:
    """What a merge leaves to be said: nulls that removed nothing, and the nulls that removed something."""

    idle: list[tuple[ConfigPath, Node]] = field(default_factory=list)
    removed: dict[ConfigPath, Node] = field(default_factory=dict)


def merge(below: Node | None, over: Node, trace: Trace, path: ConfigPath = (), keep_nulls: bool = False) -> Node:
    """``over`` laid on ``below`` (None: on nothing). Every part of the result keeps the place that said it.

    ``keep_nulls`` merges two environments of the same name: their nulls still have the top level to remove from.
    """
    if not isinstance(over.items, dict):
        return over
    base = below.items if below is not None and isinstance(below.items, dict) else {}
    items = dict(base)
    for key, node in over.items.items():
        here = (*path, key)
        if node.value is None and not keep_nulls:
            if items.pop(key, None) is None:
                trace.idle.append((here, node))
            else:
                trace.removed[here] = node
        else:
            items[key] = merge(items.get(key), node, trace, here, keep_nulls)
    return _mapping(items, over)


def extend(below: Node, over: Node, trace: Trace) -> Node:
    """A file laid over the file that it extends.

    Their environments are merged name by name, and keep their nulls for the top level; a null for an environment as a
    whole removes it.
    """
    merged = merge(without(below, ENVIRONMENTS), without(over, ENVIRONMENTS), trace)
    old, new = below.child(ENVIRONMENTS), over.child(ENVIRONMENTS)
    if new is None or new.value is None:
        if new is not None:
            _note(trace, (ENVIRONMENTS,), new, old)
        return merged if old is None or new is not None else _with(merged, ENVIRONMENTS, old)
    if not isinstance(new.items, dict) or old is None or not isinstance(old.items, dict):
        return _with(merged, ENVIRONMENTS, new)
    both = dict(old.items)
    for name, node in new.items.items():
        if node.value is None:
            _note(trace, (ENVIRONMENTS, name), node, both.pop(name, None))
        else:
            both[name] = merge(both.get(name), node, trace, (ENVIRONMENTS, name), keep_nulls=True)
    return _with(merged, ENVIRONMENTS, _mapping(both, new))


def without(node: Node, *keys: str) -> Node:
    """A mapping without some of its keys; itself where it has none of them."""
    if not isinstance(node.items, dict) or not any(key in node.items for key in keys):
        return node
    return _mapping({key: item for key, item in node.items.items() if key not in keys}, node)


def _note(trace: Trace, path: ConfigPath, node: Node, gone: Node | None) -> None:
    if gone is None:
        trace.idle.append((path, node))
    else:
        trace.removed[path] = node


def _with(node: Node, key: str, item: Node) -> Node:
    items = dict(node.items) if isinstance(node.items, dict) else {}
    items[key] = item
    return _mapping(items, node)


def _mapping(items: dict[str, Node], place: Node) -> Node:
    value = {key: item.value for key, item in items.items()}
    return Node(value, items, place.source, place.start, place.end, place.key_start, place.key_end)
