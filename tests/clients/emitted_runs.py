"""Which targets are run by their real client, and how: a test compares this with ``run`` in the product's table of targets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Home = Literal["older", "newer", "aider", "node", "agents", "genkit", "editors", "go", "java", "sh"]
HAIKU = ("--model", "claude-haiku-4-5@20251001")
"""For clients with room for one location: the ready example asks for its models at two."""


@dataclass(frozen=True)
class Run:
    """How a target's files are started. ``PY`` stands for the interpreter, ``BIN`` for the folder of npm's commands."""

    home: Home
    """The environment: Python with anthropic before 1.0, from 1.0 on, or Aider's; npm's packages; Go; Maven; a shell."""
    commands: tuple[tuple[str, ...], ...] = ()
    cwd: str = "."
    requirements: str | None = None
    fields: frozenset[str] = frozenset()
    """The fields of a body that this client sends besides version, max_tokens and messages."""
    limit: int | None = 64
    """The max_tokens that must arrive; None where the client chooses it."""
    arguments: tuple[str, ...] = ()
    """What ``emit`` is told besides the target."""
    model: str | None = None
    """The one model that is asked; None: each of the example."""
    often: bool = False
    """Whether it sends more requests than it is asked for, such as for a title."""
    silent: bool = False
    """Whether its exit code says nothing of a refusal."""
    patient: bool = False
    """Whether it tries again for a minute and more where a quota is used up; that run belongs to the exhaustive tests."""


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
    "env": Run(
        "newer",
        tuple(
            ("sh", "-c", 'set -a; . ./.env; set +a; exec "$@"', "-", "PY", "FILES/from_variables.py", client, HAIKU[1])
            for client in ("anthropic", "litellm")
        ),
        arguments=HAIKU,
        model=HAIKU[1],
    ),
    "shell": Run(
        "newer",
        tuple(
            ("sh", "-c", '. ./vertex.sh && exec "$@"', "-", "PY", "FILES/from_variables.py", client, HAIKU[1])
            for client in ("anthropic", "litellm")
        ),
        arguments=HAIKU,
        model=HAIKU[1],
    ),
    "go": Run("go", (("go", "run", "."),), "go"),
    "java": Run("java", (("sh", "FILES/java/run.sh"),), "java"),
    "genkit": Run("genkit", (("BIN/tsx", "chat.ts"),), "genkit", fields=frozenset({"stream", "tools"})),
    "opencode": Run(
        "editors",
        (("sh", "-c", '. opencode/env.sh && exec "$0" run "Say hello."', "BIN/opencode"),),
        fields=frozenset({"stream", "system", "thinking", "tool_choice", "tools"}),
        limit=None,
        arguments=("--model", "claude-sonnet-5-5"),
        model="claude-sonnet-5-5",
        often=True,
        patient=True,
    ),
    "continue": Run(
        "editors",
        (("BIN/cn", "--config", ".continue/config.yaml", "-p", "Say hello."),),
        fields=frozenset({"stream", "system", "tools"}),
        limit=None,
        arguments=HAIKU,
        model=HAIKU[1],
    ),
    "aider": Run(
        "aider",
        (("BIN/aider", "--no-git", "--yes-always", "--no-check-update", "--message", "Say hello."),),
        fields=frozenset({"stream", "system", "temperature"}),
        limit=32000,
        arguments=HAIKU,
        model=HAIKU[1],
        silent=True,
        patient=True,
    ),
    "claude-code": Run("agents", (("BIN/claude", "-p", "Say hello."),)),
    "agent-sdk": Run("agents", (("BIN/tsx", "agent.ts"),), "agent-sdk"),
}
