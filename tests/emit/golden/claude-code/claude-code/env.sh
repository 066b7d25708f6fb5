# Written by vxsetup emit claude-code. Change vxsetup.yaml and run it again.
# Needs Claude Code 2.1.119 or later: npm install -g @anthropic-ai/claude-code
unset CLAUDE_CODE_USE_BEDROCK CLAUDE_CODE_USE_FOUNDRY CLAUDE_CODE_USE_ANTHROPIC_AWS CLAUDE_CODE_USE_ANTHROPIC_GOOGLE_CLOUD CLAUDE_CODE_USE_MANTLE
export CLAUDE_CODE_USE_VERTEX=1
export CLOUD_ML_REGION=eu
export ANTHROPIC_VERTEX_PROJECT_ID=acme-ai-prod
export GOOGLE_CLOUD_PROJECT=acme-ai-prod
export GCLOUD_PROJECT=acme-ai-prod
export ANTHROPIC_MODEL=claude-sonnet-5-5
export ANTHROPIC_DEFAULT_OPUS_MODEL=claude-sonnet-5-5
export ANTHROPIC_DEFAULT_SONNET_MODEL=claude-sonnet-5-5
export ANTHROPIC_DEFAULT_HAIKU_MODEL=claude-haiku-4-5@20251001
export ANTHROPIC_DEFAULT_FABLE_MODEL=claude-sonnet-5-5
export VERTEX_REGION_CLAUDE_5_5_SONNET=eu
export VERTEX_REGION_CLAUDE_HAIKU_4_5=europe-west1
