# Written by vxsetup emit google-adk. Change vxsetup.yaml and run it again.
# GOOGLE_CLOUD_LOCATION is shared with Gemini. The agents name their own locations.
export GOOGLE_CLOUD_PROJECT=acme-ai-prod
export GOOGLE_CLOUD_LOCATION=eu
export GOOGLE_GENAI_USE_VERTEXAI=TRUE
