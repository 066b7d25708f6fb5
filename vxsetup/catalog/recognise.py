"""Recognises a model id in whatever form it was copied from elsewhere, and answers with the id of Vertex AI."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Literal

from vxsetup.catalog.model import Model, bare, find
from vxsetup.catalog.nearest import nearest

if TYPE_CHECKING:
    from dataclasses import dataclass
else:
    from vxsetup.values import dataclass

Kind = Literal[
    "known",
    "unknown",
    "first_party",
    "bedrock",
    "client_suffix",
    "client_alias",
    "publisher_path",
    "latest_alias",
    "wrong_version",
    "spelling",
    "not_claude",
]

SAYS: Mapping[str, str] = {
    "known": "a model of the catalogue",
    "unknown": "no model of the catalogue has this id",
    "first_party": "this is how the Claude API writes it; Vertex AI puts @ before the date, or no date",
    "bedrock": "this is how Amazon Bedrock writes it",
    "client_suffix": "the ending is a client's own and no part of a model id",
    "client_alias": "this is a client's short name and not a model id",
    "publisher_path": "this is a path or a client's prefix; only the last part is the model id",
    "latest_alias": "Vertex AI has no alias for the latest version",
    "wrong_version": "the model exists, but not in this version",
    "spelling": "this is a model's name in another spelling",
    "not_claude": "this is not a model of Anthropic's",
}


@dataclass(frozen=True, slots=True)
class Recognition:
    """What an id turned out to be.

    ``core`` is the id without foreign decoration; ``suggestion`` the id to write instead (None for a known id or where
    none fits); ``nearest`` ids that differ by a slip; ``says`` one clause that explains the kind.
    """

    kind: Kind
    written: str
    core: str
    model: Model | None = None
    suggestion: str | None = None
    nearest: tuple[str, ...] = ()

    @property
    def says(self) -> str:
        """One clause, in words, of what is the matter."""
        return SAYS[self.kind]


_LONGEST = 200
_SUFFIX = re.compile(r"(?:\[[^\[\]]{1,16}\]|:(?:thinking|beta|online|extended|free|nitro))$")
_BEDROCK = re.compile(
    r"(?:[a-z]{2,6}(?:-gov)?\.)?anthropic\.(claude-[a-z0-9.-]{1,60}?)(?:-v\d{1,2}(?::[a-z0-9]{1,6}){0,2})?$"
)
_METHOD = re.compile(r":[a-zA-Z]{1,40}$")
_LATEST = re.compile(r"[@-]latest$")
_HYPHEN_DATE = re.compile(r"-(20\d{6})$")
_DATE = re.compile(r"20\d{6}")
_ZERO = re.compile(r"^(claude-(?:opus|sonnet|haiku)-\d)-0$")
_FAMILIES = ("opus", "sonnet", "haiku", "fable", "mythos")


def recognise(text: str, models: Mapping[str, Model]) -> Recognition:
    """What a written id is, and what to write instead. Never raises, whatever the text."""
    model = find(text, models)
    if model:
        return Recognition("known", text, text, model)
    if len(text) > _LONGEST:
        return Recognition("unknown", text, text)
    kind, core = _peel(text)
    model, found = _resolve(core, models)
    if model and kind == "latest_alias":
        model = _latest(model, models)
    if model:
        return Recognition(kind or found or "spelling", text, core, model, model.versioned_id)
    if found in ("first_party", "client_alias"):
        kind = kind or found
    if "claude" not in core.lower() and not any(family in core.lower() for family in _FAMILIES):
        return Recognition(kind or "not_claude", text, core)
    if (stem := bare(core)) in models:
        return Recognition(kind or "unknown", text, core, None, None, (models[stem].versioned_id,))
    names = [name for each in models.values() for name in (each.id, each.versioned_id)]
    near = dict.fromkeys(models[bare(name)].versioned_id for name in nearest(core.lower(), names, limit=2, at_most=6))
    return Recognition(kind or "unknown", text, core, None, None, tuple(near)[:3])


def _peel(text: str) -> tuple[Kind | None, str]:
    """Takes foreign decoration off, outermost first; the first that was found gives the kind."""
    kind: Kind | None = None
    core = text
    for _ in range(8):
        found, rest = _peel_once(core)
        if found is None:
            break
        kind, core = kind or found, rest
    return kind, core


def _peel_once(core: str) -> tuple[Kind | None, str]:
    if core != core.strip():
        return "spelling", core.strip()
    if match := _SUFFIX.search(core):
        return "client_suffix", core[: match.start()]
    lower = core.lower()
    if match := _BEDROCK.search(lower):
        return "bedrock", match.group(1)
    if "/" in core:
        return "publisher_path", _METHOD.sub("", core.rsplit("/", 1)[1])
    if match := _LATEST.search(lower):
        return "latest_alias", core[: match.start()]
    return None, core


def _resolve(core: str, models: Mapping[str, Model]) -> tuple[Model | None, Kind | None]:
    """The model that a peeled id means, and what is odd about its form."""
    model = find(core, models)
    if model:
        return model, None
    lower = core.lower()
    if lower in _FAMILIES:
        return _newest(lower, models), "client_alias"
    if match := _HYPHEN_DATE.search(lower):
        stem, version = lower[: match.start()], match.group(1)
        return _dated(stem, version, models), "first_party"
    if (match := _ZERO.match(lower)) and match.group(1) in models:
        return models[match.group(1)], "first_party"
    stem, at, version = lower.partition("@")
    if not at:
        return models.get(lower) or _respelt(lower, models), "spelling"
    model = _dated(stem, version, models)
    if model and find(lower, models) is model:
        return model, "spelling"
    # A date that nobody owns may be a version newer than the catalogue: unknown, not wrong.
    owned = any(version == each.version for each in models.values())
    if model is None or (_DATE.fullmatch(version) and not owned):
        return None, None
    return model, "wrong_version"


def _dated(stem: str, version: str, models: Mapping[str, Model]) -> Model | None:
    """By its date first, since two models can share the name before it (Claude 3.5 Sonnet and its v2)."""
    for model in models.values():
        if model.version == version and (model.id.startswith(stem) or stem.startswith(model.id)):
            return model
    return models.get(stem) or _respelt(stem, models)


def _respelt(text: str, models: Mapping[str, Model]) -> Model | None:
    """``claude-sonnet-4.5``, ``claude-4-5-sonnet``, ``Claude Sonnet 4.5``: the same words in any order."""
    words = _words(text)
    if len(words) < 2 or not any(family in words for family in _FAMILIES):
        return None
    return next((model for model in models.values() if _words(model.id) == words), None)


def _words(text: str) -> list[str]:
    """The words of a name: the family, then the numbers in their order."""
    parts = [part for part in re.findall(r"[a-z]+|\d+", text.lower()) if part != "claude"]
    return sorted(part for part in parts if not part.isdigit()) + [part for part in parts if part.isdigit()]


def _latest(model: Model, models: Mapping[str, Model]) -> Model:
    """The newest of the models that share this name but for a ``-v2``."""
    kin = [each for each in models.values() if each.id == model.id or each.id.startswith(f"{model.id}-v")]
    dated = [(each.version or "", each) for each in kin]
    return max(dated, key=lambda pair: pair[0])[1]


def _newest(family: str, models: Mapping[str, Model]) -> Model | None:
    released = [(model.released.value, model) for model in models.values() if model.family == family and model.released]
    return max(released, key=lambda pair: pair[0])[1] if released else None
