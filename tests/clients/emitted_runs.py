"""Which targets are run by their real client, and how: a test compares this with ``run`` in the product's table of targets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Home = Literal["older", "newer", "node", "agents", "sh", "schema"]


@dataclass(frozen=True)
class Run:
    """How a target's files are started. ``PY`` stands for the interpreter, ``BIN`` for the folder of npm's commands."""

    home: Home
    """The environment: Python with anthropic before 1.0, or from 1.0 on; npm's packages; the shell alone; no client, a schema."""
    commands: tuple[tuple[str, ...], ...] = ()
    cwd: str = "."
    requirements: str | None = None
    fields: frozenset[str] = frozenset()
    """The fields of a body that this client sends besides version, max_tokens and messages."""
    limit: int | None = 64
    """The max_tokens that must arrive; None where the client chooses it."""


def _python(home: Home, file: str, fields: str = "", limit: int | None = 64, *more: tuple[str, ...]) -> Run:
    folder = file.partition("/")[0]
    return Run(
        home,
        (("PY", file), *(("PY", file, *one) for one in more)),
        requirements=f"{folder}/requirements.txt",
        fields=frozenset(fields.split()),
        limit=limit,
    )


RUNS: dict[str, Run] = {
    "python": _python("newer", "python/client.py", "", 64, ("async",)),
    "typescript": Run("node", (("BIN/tsx", "client.ts"),), "typescript"),
    "curl": Run("sh", (("sh", "curl/request.sh"),)),
    "litellm": _python("newer", "litellm/client.py"),
    "langchain": _python("older", "langchain/chat.py"),
    "vercel-ai": Run("node", (("BIN/tsx", "chat.ts"),), "vercel-ai"),
    "pydantic-ai": _python("newer", "pydantic-ai/agent.py", "stream"),
    "google-adk": Run(
        "newer",
        (("sh", "-c", '. google-adk/env.sh && exec "$0" google-adk/agent.py', "PY"),),
        requirements="google-adk/requirements.txt",
        fields=frozenset({"system"}),
        limit=None,
    ),
    "llamaindex": _python("older", "llamaindex/chat.py", "stream system temperature"),
    "instructor": _python("older", "instructor/extract.py", "tools tool_choice", 256),
    "dspy": _python("newer", "dspy/program.py"),
    "claude-code": Run("agents", (("BIN/claude", "-p", "Say hello."),)),
    "agent-sdk": Run("agents", (("BIN/tsx", "agent.ts"),), "agent-sdk"),
}
