#!/bin/sh
# Written by vxsetup emit curl. Change vxsetup.yaml and run it again.
# Asks each model. ACCESS_TOKEN is used where it is set, else the login of gcloud.
set -eu

token="${ACCESS_TOKEN:-$(gcloud auth print-access-token)}"

ask() {
  # The token goes in by standard input, so that no list of processes shows it.
  printf 'header = "Authorization: Bearer %s"\n' "$token" |
    curl -sS --fail-with-body --config - -X POST "$1" -H 'Content-Type: application/json' --data-binary "$2"
  echo
}

ask https://aiplatform.eu.rep.googleapis.com/v1/projects/acme-ai-prod/locations/eu/publishers/anthropic/models/claude-sonnet-5-5:rawPredict \
  '{"anthropic_version": "vertex-2023-10-16", "max_tokens": 64, "messages": [{"role": "user", "content": "Say hello."}]}'
ask https://europe-west1-aiplatform.googleapis.com/v1/projects/acme-ai-prod/locations/europe-west1/publishers/anthropic/models/claude-haiku-4-5@20251001:rawPredict \
  '{"anthropic_version": "vertex-2023-10-16", "max_tokens": 64, "messages": [{"role": "user", "content": "Say hello."}]}'
