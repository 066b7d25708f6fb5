# Written by vxsetup emit google-adk. Change vxsetup.yaml and run it again.
"""One agent for each model, named by its full resource name, so that each has a location of its own."""

import asyncio

from google.adk.agents import Agent
from google.adk.models.anthropic_llm import Claude
from google.adk.runners import InMemoryRunner

PROJECT = "acme-ai-prod"
# Each model with the location that it is asked for at.
PLACES = [
    ("claude-sonnet-5-5", "eu"),
    ("claude-haiku-4-5@20251001", "europe-west1"),
]


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
