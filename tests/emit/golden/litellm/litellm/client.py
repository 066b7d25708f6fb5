# Written by vxsetup emit litellm. Change vxsetup.yaml and run it again.
"""Asks each model through LiteLLM as a library."""

import litellm

PROJECT = "acme-ai-prod"
# Each model with the location that it is asked for at.
PLACES = [
    ("claude-sonnet-5-5", "eu"),
    ("claude-haiku-4-5@20251001", "europe-west1"),
]


def ask(model: str, location: str) -> str:
    answer = litellm.completion(
        model="vertex_ai/" + model,
        vertex_project=PROJECT,
        vertex_location=location,
        max_tokens=64,
        messages=[{"role": "user", "content": "Say hello."}],
    )
    return answer.choices[0].message.content


if __name__ == "__main__":
    for model, location in PLACES:
        print(model, location, ask(model, location))
