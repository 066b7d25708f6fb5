"""Judges what came back: a message or a stream of events, from the model that was asked, with its usage."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from vxsetup.catalog import Catalogue
from vxsetup.findings import Verdict
from vxsetup.rules.bodies import CACHE_UNUSED, FEATURE_UNUSED, NOT_A_MESSAGE, OTHER_MODEL
from vxsetup.smoke.build import Prepared
from vxsetup.smoke.features import SENT

if TYPE_CHECKING:
    from dataclasses import dataclass
else:
    from vxsetup.values import dataclass

_SHOWN = 300


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that an answer was looked at for. ``rule`` is the id of the rule that a failure breaks."""

    name: str
    verdict: Verdict
    says: str
    rule: str | None = None


@dataclass(frozen=True, slots=True)
class Read:
    """A successful answer as a message; ``fault`` says why it is none. For counting, ``usage`` has ``input_tokens``."""

    message: Mapping[str, Any]
    fault: str | None = None

    @property
    def usage(self) -> Mapping[str, Any]:
        """The token counts; empty where there are none."""
        found = self.message.get("usage")
        return found if isinstance(found, dict) else {}

    @property
    def text(self) -> str:
        """The first words of the answer."""
        blocks = self.message.get("content")
        told = [b.get("text", "") for b in blocks if isinstance(b, dict)] if isinstance(blocks, list) else []
        return "".join(part for part in told if isinstance(part, str))[:_SHOWN]


def read(text: str, stream: bool) -> Read:
    """The message in the body of a 200. Never raises."""
    return _streamed(text) if stream else _plain(text)


def _plain(text: str) -> Read:
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        return Read({}, "the answer is not JSON")
    if not isinstance(data, dict):
        return Read({}, "the answer is not an object")
    if data.get("type") != "message" or not isinstance(data.get("content"), list):
        return Read(data, "the answer is not a message")
    return Read(data)


def _events(text: str) -> Iterator[Mapping[str, Any]]:
    for block in text.replace("\r\n", "\n").replace("\r", "\n").split("\n\n"):
        lines = [line[5:].removeprefix(" ") for line in block.split("\n") if line.startswith("data:")]
        if not lines:
            continue
        try:
            data = json.loads("\n".join(lines))
        except (ValueError, RecursionError):
            data = None
        yield data if isinstance(data, dict) else {"type": "unreadable"}


def _streamed(text: str) -> Read:
    message: dict[str, Any] = {}
    blocks: dict[int, dict[str, Any]] = {}
    fault, ended = None, False
    for event in _events(text):
        kind = event.get("type")
        if kind == "message_start" and isinstance(event.get("message"), dict):
            message = dict(event["message"])
        elif kind == "content_block_start" and isinstance(event.get("content_block"), dict):
            blocks[_number(event)] = dict(event["content_block"])
        elif kind == "content_block_delta":
            _add(blocks.setdefault(_number(event), {"type": "text"}), event.get("delta"))
        elif kind == "message_delta":
            message["usage"] = {**_mapping(message.get("usage")), **_mapping(event.get("usage"))}
            message["stop_reason"] = _mapping(event.get("delta")).get("stop_reason")
        elif kind == "message_stop":
            ended = True
        elif kind == "error":
            fault = fault or f"the stream ended with an error: {json.dumps(event.get('error'))[:200]}"
        elif kind == "unreadable":
            fault = fault or "the stream holds an event that is not JSON"
    if not message:
        fault = fault or "no stream of events came: message_start is missing"
    if not ended:
        fault = fault or "the stream was cut off before message_stop"
    return Read({**message, "content": [blocks[number] for number in sorted(blocks)]}, fault)


def _number(event: Mapping[str, Any]) -> int:
    number = event.get("index")
    return number if isinstance(number, int) else 0


def _add(block: dict[str, Any], delta: Any) -> None:
    piece = _mapping(delta).get("text")
    if isinstance(piece, str):
        block["text"] = str(block.get("text", "")) + piece


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def checks(prepared: Prepared, answers: Sequence[Read], catalogue: Catalogue) -> tuple[Check, ...]:
    """What the successful answers to one request show; the last of them is looked at, and two for the cache."""
    last = answers[-1]
    if prepared.wanted.count_tokens:
        return (_counted(last),)
    if last.fault is not None:
        return (Check("message", Verdict.FAIL, last.fault, NOT_A_MESSAGE.id),)
    found = [Check("message", Verdict.PASS, "a whole message of the model"), _model(prepared, last, catalogue)]
    found.append(_usage(last))
    feature = prepared.wanted.feature
    if feature is not None:
        found.append(_cache(answers) if SENT[feature].twice else _feature(feature, last))
    return tuple(found)


def _counted(answer: Read) -> Check:
    count = answer.message.get("input_tokens")
    if isinstance(count, int) and not isinstance(count, bool) and count > 0:
        return Check("count", Verdict.PASS, f"{count:,} input tokens")
    return Check("count", Verdict.FAIL, "the answer holds no input_tokens", NOT_A_MESSAGE.id)


def _model(prepared: Prepared, answer: Read, catalogue: Catalogue) -> Check:
    told = answer.message.get("model")
    if not isinstance(told, str) or not told:
        return Check("model", Verdict.FAIL, "the answer does not say which model it is of", NOT_A_MESSAGE.id)
    asked = prepared.wanted.model
    known = catalogue.model(asked)
    names = {known.response_name, *known.known_ids} if known else set()
    names |= {asked, asked.replace("@", "-")}
    stem = (known.id if known else asked.partition("@")[0]) + "-"
    # An id without a date may be answered with one: the rest is a date, and so no other model's name.
    dated = told.startswith(stem) and told.removeprefix(stem).isdigit() and len(told) - len(stem) == 8
    version = asked.partition("@")[2]
    if told in names or (dated and version in ("", "default", told[-8:])):
        return Check("model", Verdict.PASS, f"{told} answered")
    return Check("model", Verdict.FAIL, f"{told} answered, and {asked} was asked for", OTHER_MODEL.id)


def _usage(answer: Read) -> Check:
    tokens = [answer.usage.get(name) for name in ("input_tokens", "output_tokens")]
    if all(isinstance(count, int) and not isinstance(count, bool) and count >= 0 for count in tokens):
        return Check("usage", Verdict.PASS, f"{tokens[0]:,} tokens in, {tokens[1]:,} out")
    return Check("usage", Verdict.FAIL, "the answer does not say how many tokens it used", NOT_A_MESSAGE.id)


def _cache(answers: Sequence[Read]) -> Check:
    counts = [_tokens(answer.usage, "cache_read_input_tokens") for answer in answers]
    wrote = _tokens(answers[0].usage, "cache_creation_input_tokens")
    if counts[-1] > 0:
        return Check("cache", Verdict.PASS, f"the second request read {counts[-1]:,} tokens from the cache")
    first = f"the first one wrote {wrote:,} tokens to it" if wrote else "the first one wrote nothing to it"
    says = f"the second request read nothing from the cache, and {first}"
    return Check("cache", Verdict.FAIL, says, CACHE_UNUSED.id)


def _tokens(usage: Mapping[str, Any], name: str) -> int:
    count = usage.get(name)
    return count if isinstance(count, int) and not isinstance(count, bool) else 0


def _feature(name: str, answer: Read) -> Check:
    sent = SENT[name]
    missing = sent.seen(answer.message)
    if missing is None:
        return Check(name, Verdict.PASS, f"{name} was taken")
    if sent.free:
        says = f"{missing}; the model was free to leave it out, so nothing is shown"
        return Check(name, Verdict.UNKNOWN, says, FEATURE_UNUSED.id)
    return Check(name, Verdict.FAIL, missing, FEATURE_UNUSED.id)
