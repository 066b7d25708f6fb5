# Written by vxsetup emit opencode. Change vxsetup.yaml and run it again.
# The provider loads only where GOOGLE_CLOUD_PROJECT is set.
export GOOGLE_CLOUD_PROJECT=acme-ai-prod
export GOOGLE_CLOUD_LOCATION=eu
