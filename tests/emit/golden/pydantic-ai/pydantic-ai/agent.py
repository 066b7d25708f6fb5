# Written by vxsetup emit pydantic-ai. Change vxsetup.yaml and run it again.
"""Asks each model through Pydantic AI."""

import asyncio

from anthropic import AsyncAnthropicVertex
from pydantic_ai import Agent
from pydantic_ai.models.anthropic import AnthropicModel
from pydantic_ai.providers.anthropic import AnthropicProvider

PROJECT = "acme-ai-prod"
# Each model with the location that it is asked for at.
PLACES = [
    ("claude-sonnet-5-5", "eu"),
    ("claude-haiku-4-5@20251001", "europe-west1"),
]


def agent(model: str, location: str) -> Agent:
    client = AsyncAnthropicVertex(project_id=PROJECT, region=location)
    return Agent(AnthropicModel(model, provider=AnthropicProvider(anthropic_client=client)))


async def main() -> None:
    for model, location in PLACES:
        answer = await agent(model, location).run("Say hello.", model_settings={"max_tokens": 64})
        print(model, location, answer.output)


if __name__ == "__main__":
    asyncio.run(main())
