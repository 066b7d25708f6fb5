# Written by vxsetup emit instructor. Change vxsetup.yaml and run it again.
"""Asks each model for an answer of a given form, through Instructor."""

import instructor
from anthropic import AnthropicVertex
from pydantic import BaseModel

PROJECT = "acme-ai-prod"
# Each model with the location that it is asked for at.
PLACES = [
    ("claude-sonnet-5-5", "eu"),
    ("claude-haiku-4-5@20251001", "europe-west1"),
]


class Greeting(BaseModel):
    text: str


def client(location: str) -> instructor.Instructor:
    return instructor.from_anthropic(AnthropicVertex(project_id=PROJECT, region=location))


if __name__ == "__main__":
    for model, location in PLACES:
        greeting = client(location).messages.create(
            model=model,
            max_tokens=256,
            messages=[{"role": "user", "content": "Say hello."}],
            response_model=Greeting,
        )
        print(model, location, greeting.text)
