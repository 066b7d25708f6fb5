"""The commands that put emitted files to use, from the folder that they were written to."""

from __future__ import annotations

from collections.abc import Mapping

from vxsetup.clients import Target
from vxsetup.emit.settings import Settings

_NODE = "cd {name} && npm install && npm start"

_STEPS: Mapping[str, tuple[str, ...]] = {
    "env": ("set -a; . ./.env; set +a",),
    "shell": (". ./vertex.sh",),
    "typescript": (_NODE,),
    "vercel-ai": (_NODE,),
    "genkit": (_NODE,),
    "go": ("cd go && go mod tidy && go run .",),
    "java": ("cd java && mvn -q compile exec:java",),
    "csharp": ("cd csharp && dotnet run",),
    "ruby": ("cd ruby && bundle install && bundle exec ruby client.rb",),
    "php": ("cd php && composer install && php client.php",),
    "curl": ("sh curl/request.sh",),
    "claude-code": ("claude", ". claude-code/env.sh && claude  # without the settings file"),
    "agent-sdk": (
        "pip install -r agent-sdk/requirements.txt && python agent-sdk/agent.py",
        "cd agent-sdk && npm install && npm start",
    ),
    "litellm": (
        "pip install -r litellm/requirements.txt && python litellm/client.py",
        "LITELLM_MASTER_KEY=sk-$(openssl rand -hex 16) litellm --config litellm/config.yaml --host 127.0.0.1",
    ),
    "google-adk": ("pip install -r google-adk/requirements.txt && . google-adk/env.sh && python google-adk/agent.py",),
    "opencode": (". opencode/env.sh && opencode",),
    "cline": ("type the four values into Cline's settings, provider GCP Vertex AI",),
    "aider": ("pip install {packages} && aider",),
    "continue": (
        "cn --config .continue/config.yaml  # or put its models into .continue/config.yaml of the home folder",
    ),
    "goose": ("copy the lines of goose/config.yaml into ~/.config/goose/config.yaml, then: goose session",),
    "dify": ("type the values into the credentials of the plugin Vertex AI",),
    "librechat": ("mount librechat/librechat.yaml and the key file, and start LibreChat with librechat/.env",),
    "openhands": ("docker run --env-file openhands/openhands.env -e GOOGLE_APPLICATION_CREDENTIALS IMAGE",),
    "envoy-ai-gateway": ("kubectl apply -f envoy-ai-gateway/claude.yaml",),
    "kubernetes": ("kubectl apply -f kubernetes/claude.yaml",),
    "docker-compose": ("docker compose -f compose.yaml -f compose.claude.yaml up",),
}


def _filled(step: str, words: Mapping[str, str]) -> str:
    for word, value in words.items():
        step = step.replace(word, value)
    return step


def steps_of(target: Target, settings: Settings) -> tuple[str, ...]:
    """The commands for one client; empty where there is nothing to run."""
    if target.name in _STEPS:
        # Together in one command: one after the other, the second would move what the first has pinned.
        packages = " ".join(f"'{one.name}>={one.since}'" for one in target.packages if one.ecosystem == "pypi")
        words = {"{name}": target.name, "{packages}": packages}
        return tuple(_filled(step, words) for step in _STEPS[target.name])
    programs = [file for file in target.files if file.endswith(".py")]
    pinned = [file for file in target.files if file.endswith("requirements.txt")]
    if programs and pinned:
        return (f"pip install -r {pinned[0]} && python {programs[0]}",)
    return ()
