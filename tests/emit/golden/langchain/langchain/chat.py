# Written by vxsetup emit langchain. Change vxsetup.yaml and run it again.
"""Asks each model through LangChain."""

from langchain_google_vertexai.model_garden import ChatAnthropicVertex

PROJECT = "acme-ai-prod"
# Each model with the location that it is asked for at.
PLACES = [
    ("claude-sonnet-5-5", "eu"),
    ("claude-haiku-4-5@20251001", "europe-west1"),
]


def chat(model: str, location: str) -> ChatAnthropicVertex:
    return ChatAnthropicVertex(
        model_name=model,
        project=PROJECT,
        location=location,
        max_output_tokens=64,
    )


if __name__ == "__main__":
    for model, location in PLACES:
        print(model, location, chat(model, location).invoke("Say hello.").content)
