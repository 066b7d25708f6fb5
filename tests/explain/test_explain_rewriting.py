"""The same error under other names: other projects, numbers, request ids, prefixes, wrappings and blanks."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

import pytest
from explain_runs import Example, corpus, named, written


def other_names(text: str) -> str:
    text = re.sub(r"projects/(?!undefined|/|google)[\w.<>{}-]+(?=[/`'\"\s])", "projects/zeta-quokka-77", text)
    text = re.sub(r"req_vrtx_\w*", "req_vrtx_011ZZZZ", text)
    return re.sub(r"(?<!\d)(?!764086051850|32555940559)\d{9,13}(?!\d)", "918273645546", text)


def prefixed(text: str) -> str:
    return f"2026-11-20T09:12:44.120Z ERROR [worker-3] upstream call failed: {text}"


def coloured(text: str) -> str:
    return f"\x1b[31m\x1b[1mError\x1b[0m \x1b]8;;https://acme.example\x1b\\{text}\x1b[0m"


def blanks(text: str) -> str:
    return "\r\n  " + re.sub(r" (?=[A-Za-z])", "  ", text) + "\t\n\n"


def in_a_string(text: str) -> str:
    return json.dumps({"level": "error", "msg": text})


def doubly_escaped(text: str) -> str:
    return json.dumps({"log": json.dumps({"error": text})})


def traceback(text: str) -> str:
    return f'Traceback (most recent call last):\n  File "/srv/app/main.py", line 12, in <module>\n    ask()\nRuntimeError: {text}\n'


def in_a_log(text: str) -> str:
    noise = "\n".join(f"INFO request {number} took 12 ms" for number in range(40, 70))
    return f"{noise}\n{text}\n{noise}"


REWRITES: tuple[Callable[[str], str], ...] = (
    other_names,
    prefixed,
    coloured,
    blanks,
    in_a_string,
    doubly_escaped,
    traceback,
    in_a_log,
)


@pytest.mark.parametrize("rewrite", REWRITES, ids=lambda function: function.__name__)
def test_the_answer_stands(rewrite: Callable[[str], str]) -> None:
    changed: list[tuple[Example, list[str]]] = []
    examples = (*corpus(), *written())
    for example in examples:
        before = named(example.symptom, example.context)
        after = named(rewrite(example.symptom), example.context)
        if before[:1] != after[:1]:
            changed.append((example, after))
        if example.cause in before:
            assert example.cause in after, (example, after)
    # A prefix brings words of its own ("worker", "upstream"); where two causes lie close it may turn their order.
    assert len(changed) <= len(examples) * 0.02, [(each.cause, each.symptom[:80], after) for each, after in changed]
