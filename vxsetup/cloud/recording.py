"""Recordings: every answer of a run, to judge again without a network; and the marks that stand for strangers.

A recording holds no token, key or header. E-mail addresses of users that the config does not name are replaced by
stable marks when an answer is read, before anything is judged, so that live and replayed runs see the same.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Hashable, Iterable, Mapping
from datetime import datetime
from enum import Enum
from typing import TYPE_CHECKING, Any

from vxsetup.cloud.call import Answer, Call, Failure, NoAnswer, Outcome
from vxsetup.facts.base import Fact, Known
from vxsetup.facts.caller import Caller
from vxsetup.values import names_of

if TYPE_CHECKING:
    from dataclasses import dataclass
else:
    from vxsetup.values import dataclass

FORMAT = "vxsetup.facts/1"

_USER = re.compile(r"\buser:([^\s\"\\,;{}?]+@[^\s\"\\,;{}?]+)")


def mask_strangers(text: str, known: frozenset[str]) -> str:
    """Replace each ``user:EMAIL`` that is not known (compared without case) by ``user:~`` and four hex digits."""

    def mark(match: re.Match[str]) -> str:
        email = match[1]
        if email.casefold() in known:
            return match[0]
        return "user:~" + hashlib.sha256(email.casefold().encode()).hexdigest()[:4]

    return _USER.sub(mark, text)


def known_users(principals: Iterable[str]) -> frozenset[str]:
    """The e-mail addresses of the users among some principals, case folded."""
    return frozenset(p.removeprefix("user:").casefold() for p in principals if p.startswith("user:"))


def masking(send: Callable[[Call], Outcome], known: frozenset[str]) -> Callable[[Call], Outcome]:
    """A sender whose answers no longer name strangers."""

    def masked(call: Call) -> Outcome:
        outcome = send(call)
        if isinstance(outcome, Answer) and "user:" in outcome.text:
            return Answer(outcome.status, mask_strangers(outcome.text, known), outcome.at)
        return outcome

    return masked


def recorded(
    outcomes: Mapping[Call, Outcome], facts: Mapping[Hashable, Fact], caller: Caller, now: datetime, version: str
) -> str:
    """The recording as JSON text, in an order that does not depend on which answer came first."""
    answers = [_answer(call, outcome) for call, outcome in outcomes.items()]
    answers.sort(key=lambda row: (row["verb"], row["url"], row["body"] or ""))
    read = [{"fact": type(key).__name__, "of": _plain(key), **_fact(fact)} for key, fact in facts.items()]
    read.sort(key=lambda row: json.dumps([row["fact"], row["of"]], sort_keys=True))
    data = {
        "format": FORMAT,
        "tool": {"name": "vxsetup", "version": version},
        "now": now.isoformat().replace("+00:00", "Z"),
        "caller": _plain(caller),
        "answers": answers,
        "facts": read,
    }
    return json.dumps(data, indent=1, ensure_ascii=True) + "\n"


def _answer(call: Call, outcome: Outcome) -> dict[str, Any]:
    row: dict[str, Any] = {
        "verb": call.verb,
        "url": call.url,
        "body": call.body,
        "method": call.method,
        "at": outcome.at,
    }
    if isinstance(outcome, NoAnswer):
        row["failure"] = {"kind": outcome.failure.value, "says": outcome.says, "remedy": outcome.remedy}
        return row
    row["status"] = outcome.status
    data = _rewritable(outcome)
    if data is not None:
        row["json"] = data
    else:
        row["text"] = outcome.text  # kept to the letter where rewriting it as JSON would change it
    return row


def _rewritable(answer: Answer) -> Any:
    """The answer as JSON where writing it again gives the same text; None elsewhere, and for what nests too deeply."""
    try:
        data = answer.json()
        return data if data is not None and json.dumps(data, sort_keys=True) == answer.text else None
    except RecursionError:
        return None


def _fact(fact: Fact) -> dict[str, Any]:
    if isinstance(fact, Known):
        return {"known": _plain(fact.value), "source": fact.source, "at": fact.at, "rung": fact.rung.value}
    return {"unknown": _plain(fact)}


def _plain(value: Any) -> Any:
    """A value as JSON data: dataclasses as objects, sets sorted."""
    if isinstance(value, Enum):
        return value.value
    names = names_of(value)
    if names is not None:
        return {name: _plain(getattr(value, name)) for name in names}
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (frozenset, set)):
        return sorted(_plain(item) for item in value)
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    return value


@dataclass(frozen=True, slots=True)
class Recording:
    """A recording read back: when it was made, by whom, and its answers."""

    now: datetime
    caller: Caller
    answers: Mapping[tuple[str, str, str | None], Outcome]

    def send(self, call: Call) -> Outcome:
        """The recorded answer of a call; ``NoAnswer`` where the recording has none."""
        found = self.answers.get(call.identity)
        if found is not None:
            return found
        says = f"the recording has no answer of {call.method}"
        return NoAnswer(Failure.NOT_RECORDED, says, self.now.strftime("%Y-%m-%dT%H:%M:%SZ"))


@dataclass(frozen=True, slots=True)
class RecordingProblem:
    """Why a file is not a recording."""

    message: str


def read_recording(text: str) -> Recording | RecordingProblem:
    """Read a recording. Never raises; a file that is not one is a problem in words."""
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        return RecordingProblem(f"it is not JSON: {error}")
    if not isinstance(data, dict) or data.get("format") != FORMAT:
        found = data.get("format") if isinstance(data, dict) else None
        return RecordingProblem(f"its format is {found!r}, not {FORMAT!r}; make one with: vxsetup check --record FILE")
    try:
        caller = data["caller"]
        answers = {_identity(row): _outcome(row) for row in data["answers"]}
        now = datetime.fromisoformat(data["now"])
        if now.tzinfo is None:
            return RecordingProblem("its time has no zone")
        named = (caller["principal"], caller["kind"], caller["quota_project"])
        if not all(isinstance(word, str) or (word is None and at != 1) for at, word in enumerate(named)):
            return RecordingProblem("its caller is not described in words")
        return Recording(now, Caller(*named), answers)
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError, RecursionError) as error:
        return RecordingProblem(f"it is not a whole recording: {type(error).__name__} at {error}")


def _identity(row: Mapping[str, Any]) -> tuple[str, str, str | None]:
    verb, url, body = row["verb"], row["url"], row["body"]
    if not isinstance(verb, str) or not isinstance(url, str) or not isinstance(body, str | None):
        raise TypeError("a request that is not described in words")
    return verb, url, body


def _outcome(row: Mapping[str, Any]) -> Outcome:
    if "failure" in row:
        failure = row["failure"]
        return NoAnswer(Failure(failure["kind"]), str(failure["says"]), str(row["at"]), failure.get("remedy"))
    text = row["text"] if "text" in row else json.dumps(row["json"], sort_keys=True)
    return Answer(int(row["status"]), str(text), str(row["at"]))
