# Written by vxsetup emit python. Change vxsetup.yaml and run it again.
"""Asks each model, with one client for each location. `python client.py async` does it without waiting in turn."""

import asyncio
import sys

from anthropic import AnthropicVertex, AsyncAnthropicVertex

PROJECT = "acme-ai-prod"
# Each model with the location that it is asked for at.
PLACES = [
    ("claude-sonnet-5-5", "eu"),
    ("claude-haiku-4-5@20251001", "europe-west1"),
]
QUESTION = [{"role": "user", "content": "Say hello."}]


def client(location: str) -> AnthropicVertex:
    return AnthropicVertex(project_id=PROJECT, region=location)


def async_client(location: str) -> AsyncAnthropicVertex:
    return AsyncAnthropicVertex(project_id=PROJECT, region=location)


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
