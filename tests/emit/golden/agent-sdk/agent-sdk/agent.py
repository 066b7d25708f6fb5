# Written by vxsetup emit agent-sdk. Change vxsetup.yaml and run it again.
"""Asks Claude through the Agent SDK. What ENV holds is laid over the process's own variables."""

import asyncio

from claude_agent_sdk import ClaudeAgentOptions, query

MODEL = "claude-sonnet-5-5"
ENV = {
    "CLAUDE_CODE_USE_VERTEX": "1",
    "CLOUD_ML_REGION": "eu",
    "ANTHROPIC_VERTEX_PROJECT_ID": "acme-ai-prod",
    "GOOGLE_CLOUD_PROJECT": "acme-ai-prod",
    "GCLOUD_PROJECT": "acme-ai-prod",
    "ANTHROPIC_MODEL": "claude-sonnet-5-5",
    "ANTHROPIC_DEFAULT_OPUS_MODEL": "claude-sonnet-5-5",
    "ANTHROPIC_DEFAULT_SONNET_MODEL": "claude-sonnet-5-5",
    "ANTHROPIC_DEFAULT_HAIKU_MODEL": "claude-haiku-4-5@20251001",
    "ANTHROPIC_DEFAULT_FABLE_MODEL": "claude-sonnet-5-5",
    "CLAUDE_CODE_USE_BEDROCK": "0",
    "CLAUDE_CODE_USE_FOUNDRY": "0",
    "CLAUDE_CODE_USE_ANTHROPIC_AWS": "0",
    "CLAUDE_CODE_USE_ANTHROPIC_GOOGLE_CLOUD": "0",
    "CLAUDE_CODE_USE_MANTLE": "0",
    "VERTEX_REGION_CLAUDE_5_5_SONNET": "eu",
    "VERTEX_REGION_CLAUDE_HAIKU_4_5": "europe-west1",
}


async def main() -> None:
    # No settings files: one that names another provider would win over ENV.
    options = ClaudeAgentOptions(model=MODEL, env=ENV, max_turns=1, setting_sources=[])
    async for message in query(prompt="Say hello.", options=options):
        print(message)


if __name__ == "__main__":
    asyncio.run(main())
