# Written by vxsetup emit llamaindex. Change vxsetup.yaml and run it again.
"""Asks each model through LlamaIndex. Both region and project_id are given: without one it asks Anthropic's own API."""

from llama_index.llms.anthropic import Anthropic

PROJECT = "acme-ai-prod"
# Each model with the location that it is asked for at.
PLACES = [
    ("claude-sonnet-5-5", "eu"),
    ("claude-haiku-4-5@20251001", "europe-west1"),
]

if __name__ == "__main__":
    for model, location in PLACES:
        llm = Anthropic(model=model, region=location, project_id=PROJECT, max_tokens=64)
        print(model, location, llm.complete("Say hello.").text)
