"""What a body asks for, and whether this model and Vertex AI take it: settings, features, limits; by the catalogue."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from vxsetup.catalog import Catalogue
from vxsetup.catalog.model import Model
from vxsetup.findings import ConfigPath, Evidence, Rule, Rung, Severity
from vxsetup.rules.bodies import BAD_VALUE, FEATURE, REFUSED_SETTING, TOO_LARGE
from vxsetup.rules.features import documented

if TYPE_CHECKING:
    from dataclasses import dataclass
else:
    from vxsetup.values import dataclass

_MOST = 50_000
"""How many values of a body are looked at for features; a body that has more is looked at as far as that."""


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that the schema cannot say: at which path, in words, how we know, and what to do."""

    rule: Rule
    path: ConfigPath
    message: str
    evidence: tuple[Evidence, ...]
    fix: str
    severity: Severity | None = None
    at_key: bool = False


def faults(
    body: Mapping[str, Any], model_id: str | None, location: str | None, catalogue: Catalogue
) -> Iterator[Fault]:
    """Everything that the catalogue has to say of a body. With no model only what holds for every one is said."""
    model = catalogue.model(model_id) if model_id else None
    if model is not None:
        yield from _refused(body, model, catalogue)
        yield from _limits(body, model, catalogue)
    used = features_used(body)
    refused = (
        {path for path, _ in _settings(body, "thinking_budget")} if model and model.refuses("thinking_budget") else ()
    )
    for name, path in used.items():
        if name == "extended_thinking" and path in refused:
            continue
        yield from _offered(name, path, model, location, catalogue)
    yield from _images(body, catalogue)


_WORDS = {
    "sampling": "`{name}` sets how answers are sampled, and {model} refuses that",
    "prefill": "the conversation ends with a turn of the assistant, and {model} refuses to go on from one",
    "thinking_budget": "{model} does not take a budget for thinking",
    "thinking_disabled": "thinking cannot be switched off for {model}",
    "forced_tool_choice": "{model} refuses a forced tool",
}
_FIX = {
    "sampling": "Remove it.",
    "prefill": "End with a turn of the user; ask for the form of the answer there, or with output_config.",
    "thinking_budget": 'Write {"type": "adaptive"}; output_config.effort says how much.',
    "thinking_disabled": "Remove `thinking`.",
    "forced_tool_choice": 'Write {"type": "auto"} and ask for the tool in words.',
}


def _settings(body: Mapping[str, Any], what: str) -> Iterator[tuple[ConfigPath, str]]:
    """Where a body sets something, with the name of what it sets."""
    if what == "sampling":
        # The default values are let through (ADEP says "non-default"); a null sets nothing.
        yield from (
            ((name,), name)
            for name, usual in (("temperature", 1), ("top_p", None), ("top_k", None))
            if body.get(name) is not None and body.get(name) != usual
        )
    elif what == "prefill":
        messages = body.get("messages")
        last = messages[-1] if isinstance(messages, list) and messages else None
        if isinstance(last, dict) and last.get("role") == "assistant" and isinstance(messages, list):
            yield ("messages", len(messages) - 1), "messages"
    elif what in ("thinking_budget", "thinking_disabled"):
        thinking = body.get("thinking")
        kind = thinking.get("type") if isinstance(thinking, dict) else None
        if kind == ("enabled" if what == "thinking_budget" else "disabled"):
            yield ("thinking",), "thinking"
    else:
        choice = body.get("tool_choice")
        if isinstance(choice, dict) and choice.get("type") in ("any", "tool"):
            yield ("tool_choice",), "tool_choice"


def _refused(body: Mapping[str, Any], model: Model, catalogue: Catalogue) -> Iterator[Fault]:
    for what, words in _WORDS.items():
        claim = model.refuses(what)
        if claim is None:
            continue
        sources = {key for one in claim.every for key in one.sources}
        # One client that leaves a setting out may be over-cautious; two that agree are believed.
        weight = Severity.ERROR if len(sources) > 1 else Severity.WARNING
        for path, name in _settings(body, what):
            says = words.format(name=name, model=model.versioned_id)
            evidence = tuple(
                catalogue.evidence(one, f"{model.name}: {what.replace('_', ' ')} refused") for one in claim.every
            )
            yield Fault(
                REFUSED_SETTING, path, f"{says[0].upper()}{says[1:]}", evidence, _FIX[what], weight, at_key=True
            )


def _limits(body: Mapping[str, Any], model: Model, catalogue: Catalogue) -> Iterator[Fault]:
    wanted, most = body.get("max_tokens"), model.max_output_tokens
    if most is not None and isinstance(wanted, int) and wanted > max(one.value for one in most.every):
        message = f"max_tokens is {wanted:,}, and {model.versioned_id} gives at most {most.value:,}"
        seen = catalogue.evidence(most, f"at most {most.value:,} output tokens")
        yield Fault(BAD_VALUE, ("max_tokens",), message, (seen,), f"Write {most.value} or less.")
    window = model.context_window
    if window is None:
        return
    room = max(one.value for one in window.every)
    least = _characters(body) // 6
    if least * 2 <= room:
        return
    sure = least > room
    count = f"at least {least:,}" if sure else f"probably about {least * 6 // 4:,}"
    message = f"The prompt has {count} tokens, and the window of {model.versioned_id} has room for {room:,}"
    seen = catalogue.evidence(window, f"a window of {window.value:,} tokens")
    fix = "Shorten or split it; vxsetup smoke --count-tokens shows the request that counts tokens, for nothing."
    yield Fault(TOO_LARGE, ("messages",), message, (seen,), fix, None if sure else Severity.WARNING, at_key=True)


def _walk(body: Any) -> Iterator[tuple[ConfigPath, dict[str, Any]]]:
    """Every mapping of a body with its path, parents first; base64 data is a text and so costs nothing."""
    waiting: list[tuple[ConfigPath, Any]] = [((), body)]
    seen = 0
    while waiting and seen < _MOST:
        path, value = waiting.pop()
        seen += 1
        if isinstance(value, dict):
            yield path, value
            waiting += [
                ((*path, str(key)), one) for key, one in reversed(value.items()) if isinstance(one, dict | list)
            ]
        elif isinstance(value, list):
            numbered = list(enumerate(value[:_MOST]))
            waiting += [((*path, number), one) for number, one in reversed(numbered) if isinstance(one, dict | list)]


_TOOLS = (
    ("web_search_", "web_search"),
    ("web_fetch_", "web_fetch"),
    ("code_execution_", "code_execution"),
    ("computer_", "computer_use"),
    ("memory_", "memory_tool"),
    ("advisor_", "advisor"),
    ("mcp_toolset", "mcp_connector"),
)
_FIELDS = {"mcp_servers": "mcp_connector", "container": "code_execution", "fallbacks": "fallbacks"}
"""Fields at the top level that belong to one feature."""

FEATURE_FIELDS = tuple(_FIELDS)


def features_used(body: Mapping[str, Any]) -> dict[str, ConfigPath]:
    """The features that a body uses, and where each shows first."""
    found: dict[str, ConfigPath] = {}
    for field, name in _FIELDS.items():
        if body.get(field) is not None:
            found.setdefault(name, (field,))
    for path, value in _walk(
        {key: body.get(key) for key in ("tools", "system", "messages", "output_config", "cache_control")}
    ):
        for name, step in _in_mapping(path, value):
            found.setdefault(name, (*path, step) if step else path)
    if body.get("output_format") is not None:
        found.setdefault("structured_outputs", ("output_format",))
    thinking = body.get("thinking")
    if isinstance(thinking, dict) and thinking.get("type") == "enabled":
        found.setdefault("extended_thinking", ("thinking",))
    return found


def _in_mapping(path: ConfigPath, value: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """The features that one mapping shows, each with the key that shows it."""
    kind = value.get("type")
    control = value.get("cache_control")
    if isinstance(control, dict):
        yield ("prompt_caching_1h" if control.get("ttl") == "1h" else "prompt_caching"), "cache_control"
    if len(path) == 2 and path[0] == "tools":
        name = next((name for start, name in _TOOLS if isinstance(kind, str) and kind.startswith(start)), None)
        yield name or "function_calling", "type" if name else ""
        if value.get("strict") is True:
            yield "structured_outputs", "strict"
        callers = value.get("allowed_callers")
        if isinstance(callers, list) and any(str(one).startswith("code_execution") for one in callers):
            yield "programmatic_tool_calling", "allowed_callers"
    if path == ("output_config",) and value.get("format") is not None:
        yield "structured_outputs", "format"
    source = value.get("source")
    if kind in ("image", "document") and isinstance(source, dict):
        yield (
            {"url": "url_sources", "file": "files_api"}.get(
                str(source.get("type")), "vision" if kind == "image" else ""
            ),
            "source",
        )
        if kind == "document" and source.get("media_type") == "application/pdf":
            yield "pdf_input", "source"


def _offered(
    name: str, path: ConfigPath, model: Model | None, location: str | None, catalogue: Catalogue
) -> Iterator[Fault]:
    feature = catalogue.feature(name)
    if feature is None:
        return
    if not feature.offered.value:
        seen = catalogue.evidence(feature.offered, f"{feature.title}: not offered on Vertex AI")
        yield Fault(FEATURE, path, f"Not offered on Vertex AI: {feature.title}", (seen,), "Leave it out.", at_key=True)
        return
    if model is None:
        return
    place = location or (model.locations[0] if model.locations else "global")
    found = documented(catalogue, model.id, place, name)
    if not found.there:
        message = f"The body uses {name}, which is not documented for {model.versioned_id}"
        message += f" at {location}: {found.says}" if location else f": {found.says}"
        fix = f"{found.instead[:1].upper()}{found.instead[1:]}." if found.instead else "Leave it out."
        yield Fault(FEATURE, path, message, found.evidence, fix, Severity.WARNING, at_key=True)


def _images(body: Mapping[str, Any], catalogue: Catalogue) -> Iterator[Fault]:
    count, size = catalogue.limit("images_per_request"), catalogue.limit("image_file_mb")
    images = [(path, one) for path, one in _walk({"messages": body.get("messages")}) if one.get("type") == "image"]
    if count is not None and len(images) > count.value:
        message = f"The body has {len(images)} images, and a request may have {count.value}"
        seen = catalogue.evidence(count, f"{count.value} images in a request")
        yield Fault(TOO_LARGE, images[count.value][0], message, (seen,), "Send fewer images.")
    for path, image in images:
        source = image.get("source")
        data = source.get("data") if isinstance(source, dict) else None
        if size is not None and isinstance(data, str) and len(data) * 3 / 4 > size.value * 1024 * 1024:
            message = f"This image has {len(data) * 3 / 4 / 1024 / 1024:,.1f} MB, and an image may have {size.value}"
            seen = catalogue.evidence(size, f"{size.value} MB for an image")
            yield Fault(TOO_LARGE, (*path, "source", "data"), message, (seen,), "Make it smaller.", at_key=True)


def _characters(body: Mapping[str, Any]) -> int:
    """The characters of all that the model reads as text."""
    total = 0
    for _, value in _walk({key: body.get(key) for key in ("system", "messages", "tools")}):
        total += sum(len(one) for key, one in value.items() if isinstance(one, str) and key != "data")
    return total + (len(body["system"]) if isinstance(body.get("system"), str) else 0)


def measured(size: int, catalogue: Catalogue) -> tuple[str, tuple[Evidence, ...]] | None:
    """Why a body of so many bytes is too large; None where it is not."""
    limit = catalogue.limit("request_payload_mb")
    if limit is None or size <= limit.value * 1024 * 1024:
        return None
    says = f"{limit.value} MB for a request"
    seen = catalogue.evidence(limit, says) if limit.sources else Evidence(Rung.CATALOGUE, "vxsetup catalogue", says)
    return f"The body has {size / 1024 / 1024:,.1f} MB, and a request may have {limit.value}", (seen,)
