"""Templates in Python: the SDK, and the frameworks that are built on it or on LiteLLM."""

from __future__ import annotations

from collections.abc import Mapping

_PLACES = """\
# Each model with the location that it is asked for at.
PLACES = [
{% for place in places %}
    ({{ place.model | python }}, {{ place.location | python }}),
{% endfor %}
]
"""

_SDK = """\
# {{ head }}
\"\"\"Asks each model, with one client for each location. `python client.py async` does it without waiting in turn.\"\"\"

import asyncio
import sys

from anthropic import AnthropicVertex, AsyncAnthropicVertex

PROJECT = {{ settings.project | python }}
"""

_V1 = """\
{% if settings.endpoint %}
BASE_URL = {{ (settings.endpoint ~ "/v1") | python }}
{% endif %}
"""

_BASE = "{% if settings.endpoint %}, base_url=BASE_URL{% endif %}"

PYTHON: Mapping[str, str] = {
    "python": _SDK
    + _V1
    + _PLACES
    + f"""\
QUESTION = [{{"role": "user", "content": "Say hello."}}]


def client(location: str) -> AnthropicVertex:
    return AnthropicVertex(project_id=PROJECT, region=location{_BASE})


def async_client(location: str) -> AsyncAnthropicVertex:
    return AsyncAnthropicVertex(project_id=PROJECT, region=location{_BASE})


def ask() -> None:
    for model, location in PLACES:
        message = client(location).messages.create(model=model, max_tokens=64, messages=QUESTION)
        print(model, location, message.content[0].text)


async def ask_all() -> None:
    asked = [
        async_client(location).messages.create(model=model, max_tokens=64, messages=QUESTION)
        for model, location in PLACES
    ]
    for (model, location), message in zip(PLACES, await asyncio.gather(*asked)):
        print(model, location, message.content[0].text)


if __name__ == "__main__":
    if sys.argv[1:] == ["async"]:
        asyncio.run(ask_all())
    else:
        ask()
""",
    "litellm": """\
# {{ head }}
\"\"\"Asks each model through LiteLLM as a library.\"\"\"

import litellm

PROJECT = {{ settings.project | python }}
{% if settings.endpoint %}
API_BASE = {{ settings.endpoint | python }}
{% endif %}
"""
    + _PLACES
    + """\


def ask(model: str, location: str) -> str:
    answer = litellm.completion(
        model="vertex_ai/" + model,
        vertex_project=PROJECT,
        vertex_location=location,
{% if settings.endpoint %}
        api_base=API_BASE,
{% endif %}
        max_tokens=64,
        messages=[{"role": "user", "content": "Say hello."}],
    )
    return answer.choices[0].message.content


if __name__ == "__main__":
    for model, location in PLACES:
        print(model, location, ask(model, location))
""",
    "langchain": """\
# {{ head }}
\"\"\"Asks each model through LangChain.\"\"\"

from langchain_google_vertexai.model_garden import ChatAnthropicVertex

PROJECT = {{ settings.project | python }}
"""
    + _V1
    + _PLACES
    + """\


def chat(model: str, location: str) -> ChatAnthropicVertex:
    return ChatAnthropicVertex(
        model_name=model,
        project=PROJECT,
        location=location,
        max_output_tokens=64,
{% if settings.endpoint %}
        api_endpoint=BASE_URL,
{% endif %}
    )


if __name__ == "__main__":
    for model, location in PLACES:
        print(model, location, chat(model, location).invoke("Say hello.").content)
""",
    "llamaindex": """\
# {{ head }}
\"\"\"Asks each model through LlamaIndex. Both region and project_id are given: without one it asks Anthropic's own API.\"\"\"

from llama_index.llms.anthropic import Anthropic

PROJECT = {{ settings.project | python }}
"""
    + _PLACES
    + """\

if __name__ == "__main__":
    for model, location in PLACES:
        llm = Anthropic(model=model, region=location, project_id=PROJECT, max_tokens=64)
        print(model, location, llm.complete("Say hello.").text)
""",
    "pydantic-ai": """\
# {{ head }}
\"\"\"Asks each model through Pydantic AI.\"\"\"

import asyncio

from anthropic import AsyncAnthropicVertex
from pydantic_ai import Agent
from pydantic_ai.models.anthropic import AnthropicModel
from pydantic_ai.providers.anthropic import AnthropicProvider

PROJECT = {{ settings.project | python }}
"""
    + _V1
    + _PLACES
    + f"""\


def agent(model: str, location: str) -> Agent:
    client = AsyncAnthropicVertex(project_id=PROJECT, region=location{_BASE})
    return Agent(AnthropicModel(model, provider=AnthropicProvider(anthropic_client=client)))


async def main() -> None:
    for model, location in PLACES:
        answer = await agent(model, location).run("Say hello.", model_settings={{"max_tokens": 64}})
        print(model, location, answer.output)


if __name__ == "__main__":
    asyncio.run(main())
""",
    "google-adk": """\
# {{ head }}
\"\"\"One agent for each model, named by its full resource name, so that each has a location of its own.\"\"\"

import asyncio

from google.adk.agents import Agent
from google.adk.models.anthropic_llm import Claude
from google.adk.runners import InMemoryRunner

PROJECT = {{ settings.project | python }}
"""
    + _PLACES
    + """\


def agent(model: str, location: str) -> Agent:
    resource = f"projects/{PROJECT}/locations/{location}/publishers/anthropic/models/{model}"
    return Agent(name="claude", model=Claude(model=resource), instruction="Answer in one sentence.")


root_agent = agent(*PLACES[0])


async def ask(model: str, location: str) -> None:
    runner = InMemoryRunner(agent=agent(model, location), app_name="claude")
    for event in await runner.run_debug("Say hello.", quiet=True):
        for part in (event.content and event.content.parts) or []:
            print(model, location, part.text)


async def main() -> None:
    for model, location in PLACES:
        await ask(model, location)


if __name__ == "__main__":
    asyncio.run(main())
""",
    "dspy": """\
# {{ head }}
\"\"\"Asks each model through DSPy, by LiteLLM.\"\"\"

import dspy

PROJECT = {{ settings.project | python }}
{% if settings.endpoint %}
API_BASE = {{ settings.endpoint | python }}
{% endif %}
"""
    + _PLACES
    + """\


def model_at(model: str, location: str) -> dspy.LM:
    return dspy.LM(
        "vertex_ai/" + model,
        vertex_project=PROJECT,
        vertex_location=location,
{% if settings.endpoint %}
        api_base=API_BASE,
{% endif %}
        engine="litellm",
        max_tokens=64,
    )


if __name__ == "__main__":
    for model, location in PLACES:
        print(model, location, model_at(model, location)("Say hello.")[0])
""",
    "instructor": """\
# {{ head }}
\"\"\"Asks each model for an answer of a given form, through Instructor.\"\"\"

import instructor
from anthropic import AnthropicVertex
from pydantic import BaseModel

PROJECT = {{ settings.project | python }}
"""
    + _V1
    + _PLACES
    + f"""\


class Greeting(BaseModel):
    text: str


def client(location: str) -> instructor.Instructor:
    return instructor.from_anthropic(AnthropicVertex(project_id=PROJECT, region=location{_BASE}))


if __name__ == "__main__":
    for model, location in PLACES:
        greeting = client(location).messages.create(
            model=model,
            max_tokens=256,
            messages=[{{"role": "user", "content": "Say hello."}}],
            response_model=Greeting,
        )
        print(model, location, greeting.text)
""",
    "agent-sdk-python": """\
# {{ head }}
\"\"\"Asks Claude through the Agent SDK. What ENV holds is laid over the process's own variables.\"\"\"

import asyncio

from claude_agent_sdk import ClaudeAgentOptions, query

MODEL = {{ first.model | python }}
ENV = {
{% for name, value in variables %}
    {{ name | python }}: {{ value | python }},
{% endfor %}
}


async def main() -> None:
    # No settings files: one that names another provider would win over ENV.
    options = ClaudeAgentOptions(model=MODEL, env=ENV, max_turns=1, setting_sources=[])
    async for message in query(prompt="Say hello.", options=options):
        print(message)


if __name__ == "__main__":
    asyncio.run(main())
""",
}
"""Name -> template."""
