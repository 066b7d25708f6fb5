# Written by vxsetup emit shell. Change vxsetup.yaml and run it again.
# Models: claude-sonnet-5-5
# GOOGLE_CLOUD_LOCATION and GOOGLE_CLOUD_PROJECT are read by clients of Gemini, too.
export ANTHROPIC_VERTEX_PROJECT_ID=acme-ai-prod
export GCLOUD_PROJECT=acme-ai-prod
export GCP_PROJECT_ID=acme-ai-prod
export GOOGLE_CLOUD_PROJECT=acme-ai-prod
export GOOGLE_CLOUD_PROJECT_ID=acme-ai-prod
export GOOGLE_VERTEX_PROJECT=acme-ai-prod
export VERTEXAI_PROJECT=acme-ai-prod
export VERTEX_PROJECT_ID=acme-ai-prod
export ANTHROPIC_VERTEX_REGION=eu
export CLOUD_ML_REGION=eu
export GCP_LOCATION=eu
export GOOGLE_CLOUD_LOCATION=eu
export GOOGLE_CLOUD_REGION=eu
export GOOGLE_VERTEX_LOCATION=eu
export VERTEXAI_LOCATION=eu
