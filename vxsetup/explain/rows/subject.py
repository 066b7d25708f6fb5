"""Rows about what a text is about at all: what speaks for another product speaks against every cause here."""

from __future__ import annotations

from vxsetup.explain.model import UNRECOGNISED as NONE
from vxsetup.explain.rows import row

# fmt: off
ROWS = (
    row("about-nothing-here", "Nothing in the text names Google, Vertex AI or Claude.",
        ("!topic:google|vertex|claude", "said:e|a|o|1|4"), {NONE: 1.6}, "ERRORINFO SDKPY", "2026"),
    row("about-vertex", "The text is about Vertex AI.",
        ("topic:vertex",), {NONE: -0.6}, "SEED", "2026"),
    row("about-claude-on-vertex", "The text is about Claude on Vertex AI.",
        ("topic:vertex", "topic:claude"), {NONE: -0.7}, "SEED", "2026"),
    row("about-bedrock", "The text is about Amazon Bedrock.",
        ("topic:bedrock", "!topic:vertex|google"), {NONE: 7.0}, "SDKPY", "2026"),
    row("about-aws", "The text is about AWS.",
        ("topic:aws", "!topic:vertex|google|claude"), {NONE: 5.0}, "SDKPY", "2026"),
    row("about-openai", "The text is about OpenAI.",
        ("topic:openai", "!topic:vertex|google|claude"), {NONE: 7.0}, "SDKPY", "2026"),
    row("about-azure", "The text is about Azure.",
        ("topic:azure", "!topic:vertex|google|claude"), {NONE: 6.0}, "SDKPY", "2026"),
    row("about-database", "The text is about a database.",
        ("topic:database", "!topic:vertex|claude"), {NONE: 7.0}, "SDKPY", "2026"),
    row("about-packages", "The text is about installing packages or images.",
        ("topic:packages", "!topic:vertex|google|claude"), {NONE: 6.0}, "SDKPY", "2026"),
    row("about-other-model", "The text is about another model.",
        ("topic:other-model", "!topic:vertex|claude", "!any:vertex|aiplatform"), {NONE: 4.5}, "SDKPY", "2026"),
    row("about-first-party", "The text is about the first-party API alone.",
        ("topic:first-party", "!topic:vertex|google", "!any:vertex"), {NONE: 1.2}, "SDKPY", "2026"),
    row("about-other-google-api", "The API is another one of Google's, which Claude on Vertex AI does not need.",
        ("topic:google", "!topic:vertex|claude", "any:storage.googleapis|sqladmin|compute.googleapis|compute.instances|container.googleapis|run.googleapis|firestore|pubsub|gmail|drive.googleapis|sheets|calendar|youtube|maps|cloudbuild|artifactregistry|storage.objects|cloudfunctions|secretmanager|translate.googleapis|vision.googleapis|speech|spanner|bigtable|kms|people.googleapis|firebase"), {NONE: 6.5}, "ERRORINFO", "2026"),
    row("about-other-google-resource", "It is about a resource of another product of Google's: a machine, a bucket, a cluster, an image, a database.",
        ("said:google_compute|google_storage|google_container|google_sql|google_pubsub|google_cloud_run|google_cloudfunctions|(gcloud.run|(gcloud.compute|(gcloud.container|(gcloud.functions|(gcloud.sql|(gcloud.builds|(gcloud.app.|cloud sql|gcr.io/|docker-credential|geocod|google drive|redirect_uri_mismatch|bigquery: |container failed to start", "!topic:vertex|claude", "!any:publisher model|has not been used|billing to be enabled|quota project|getaccesstoken|invalid_grant"), {NONE: 4.0}, "ERRORINFO", "2026"),
    row("about-other-service", "The service that refused is one that Claude on Vertex AI does not use.",
        ("any:generativelanguage.googleapis|google.ai.generativelanguage|firestore.googleapis|vision.googleapis|translate.googleapis|speech.googleapis|texttospeech|youtube.googleapis|gmail.googleapis|drive.googleapis|sheets.googleapis|dialogflow|documentai|cloudaicompanion|cloudcode-pa", "!topic:claude", "!any:aiplatform|publishers/anthropic"), {NONE: 14.0}, "ERRORINFO", "2026"),
    row("about-other-publisher", "The model is another publisher's, and Claude is not spoken of.",
        ("any:publishers/zai-org|publishers/meta|publishers/mistral|publishers/qwen|publishers/deepseek|publishers/ai21|publishers/openai|publishers/moonshot|publishers/minimax|publishers/nvidia|publishers/xai", "!topic:claude"), {NONE: 12.0}, "GD:use-partner-models", "2026"),
    row("about-own-endpoint", "The endpoint is one of the project's own, with a number; Claude has none.",
        ("said:/endpoints/0|/endpoints/1|/endpoints/2|/endpoints/3|/endpoints/4|/endpoints/5|/endpoints/6|/endpoints/7|/endpoints/8|/endpoints/9", "!topic:claude"), {NONE: 12.0}, "DISC", "2026"),
    row("about-gemini-setting", "The setting is one of Gemini's.",
        ("said:thinking_config|include_thoughts|thinkingconfig|thinkingbudget|safetysettings|safety_settings|bidigeneratecontent|cachedcontent", "!topic:claude"), {NONE: 8.0}, "GD:api-errors", "2026"),
    row("about-download", "A program was being fetched, not a model asked.",
        ("said:storage.googleapis.com|releases/latest|failed to fetch version|dl.google.com|installation failed", "!any:aiplatform|rawpredict|vertex"), {NONE: 6.0}, "ERRORINFO", "2026"),
    row("about-other-grant", "The grant was refused by another product's token server.",
        ("said:intuit|quickbooks|salesforce|zoho|hubspot|xero|github.com/login|okta|auth0|keycloak|slack.com", "!topic:vertex|claude"), {NONE: 8.0}, "ERRORINFO", "2026"),
)
