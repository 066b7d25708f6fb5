# Written by vxsetup emit dspy. Change vxsetup.yaml and run it again.
"""Asks each model through DSPy, by LiteLLM."""

import dspy

PROJECT = "acme-ai-prod"
# Each model with the location that it is asked for at.
PLACES = [
    ("claude-sonnet-5-5", "eu"),
    ("claude-haiku-4-5@20251001", "europe-west1"),
]


def model_at(model: str, location: str) -> dspy.LM:
    return dspy.LM(
        "vertex_ai/" + model,
        vertex_project=PROJECT,
        vertex_location=location,
        engine="litellm",
        max_tokens=64,
    )


if __name__ == "__main__":
    for model, location in PLACES:
        print(model, location, model_at(model, location)("Say hello.")[0])
