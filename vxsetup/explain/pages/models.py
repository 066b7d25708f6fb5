"""Pages of the causes about models, their places, their names and the publisher asked."""

from __future__ import annotations

from vxsetup.explain.pages import page

# fmt: off
_CARD = "https://console.cloud.google.com/agent-platform/publishers/anthropic/model-garden/{bare_model}?project={project}"
_404 = "404 NOT_FOUND: Publisher Model projects/{project}/locations/{location}/publishers/anthropic/models/{model} was not found or your project does not have access to it. Please ensure you are using a valid model version."

PAGES = dict((
    page("model-not-enabled", "bad-model-id model-not-in-region model-alias", "this project has not enabled this model in Model Garden",
        "Every model is enabled for each project by a person: a questionnaire, the publisher's terms, a click. One model does not bring its siblings. The list of published models shows what exists, not what the project may call.",
        ((_404, "2024-2026"), ("400 FAILED_PRECONDITION: Project {number} is not allowed to use Publisher Model …", "2024-2025"), ("403 or 429 in the same state, where another gate is looked at first", "2025-2026")),
        "The same 404 means four things. Does the model answer at another location (model-not-in-region)? Is the id the one of Vertex AI (bad-model-id)? Is it shut down (retired-model)? If none of these, it is not enabled. With a zero quota a 429 hides it.",
        ("open the model's card in {project} and enable it; it needs roles/consumerprocurement.entitlementManager", "vxsetup check --project {project} --model {model} --location {location}", _CARD), "GD:use-claude GD:use-partner-models F#63086630148 F#62839975995", "VX406"),
    page("model-not-in-region", "sdk-too-old env-var-clash model-not-enabled", "the location does not serve this model",
        "Each model has its own locations. Claude Opus 4.7 and later are at global, us and eu only; older ones at global and a few regions. us-central1, which several libraries take when nothing is said, is documented for no Claude.",
        (("400 FAILED_PRECONDITION: Publisher Model … is not servable in region {location}.", "2025-2026"), (_404, "2024-2026"), ("429 Quota exceeded for … with base model …, in a region that has no row for the model", "2026")),
        "It answers at another location. If it answers nowhere, it is not enabled. On a path with endpoints/openapi these words mean the wrong method (wrong-publisher).",
        ("use one of the locations that serve {model}", "vxsetup models", None), "GD:claude GD:locations F#58508477443 F#58925551931", "VX405"),
    page("no-common-location", "model-not-in-region small-model", "no single location serves all the models that you want",
        "Locations are per model. Newer models are at us and eu, older ones in single regions, so that only global may have all of them, and global keeps to no geography.",
        (("one model answers and another does not, with the same location setting", "2025-2026"),),
        "Each model answers somewhere. A model that answers nowhere has another cause.",
        ("give each model its own location where the client can (VERTEX_REGION_CLAUDE_… in Claude Code), use global, or choose models that share one", "vxsetup models --fits vxsetup.yaml", None), "GD:claude GD:locations CCD", "VX405"),
    page("bad-model-id", "small-model wrong-publisher model-not-enabled", "this is not how Vertex AI writes the model's id",
        "Vertex AI writes claude-sonnet-4-5@20250929, or no date at all for newer models. The Claude API's hyphen before the date, Bedrock's anthropic. and -v1:0, endings of clients like [1m], and -latest do not exist here.",
        ((_404, "2024-2026"), ("400 INVALID_ARGUMENT: Malformed publisher model", "2024-2026")),
        "Compare the id in the answer, letter by letter. A right id with the same 404 is not enabled, or not at this location.",
        ("write {right_model}", "vxsetup models", None), "SEED SDK-LISTS CCD", "VX401"),
    page("model-alias", "bad-model-id org-policy", "an alias or default of the client stands for a model that the project does not have",
        "sonnet, opus, haiku, latest and the client's default change with its version, and may point at a model that nobody enabled here.",
        (("For a model that you did not name: " + _404, "2025-2026"),),
        "The id in the answer is not the one in your settings. If it is a small model that only some tools call, see small-model.",
        ("name the full id; in Claude Code set ANTHROPIC_MODEL and ANTHROPIC_DEFAULT_OPUS_MODEL, ANTHROPIC_DEFAULT_SONNET_MODEL, ANTHROPIC_DEFAULT_HAIKU_MODEL; or enable the model that the alias means", None, _CARD), "CCD CC"),
    page("retired-model", "model-not-in-region small-model", "the model is shut down, or closed to new customers",
        "Vertex AI has its own dates, later or earlier than those of the Claude API. A deprecated model is open only to projects that used it before; after shutdown nobody has it.",
        ((_404, "2025-2026"),),
        "The same words as for a model that is not enabled: look at the date of the model.",
        ("move to a current model", "vxsetup models", "https://docs.cloud.google.com/gemini-enterprise-agent-platform/models/deprecations/partner-models"), "GD:deprecations ADEP", "VX402"),
    page("small-model", "model-not-in-region quota-zero model-not-enabled", "the client's second, small model is missing",
        "Claude Code and others call a small, fast model for titles, summaries and helpers, whichever main model is chosen. When it is not enabled, not at this location or without quota, only some tools fail or hang.",
        (("404 or 429 for a Haiku that nobody chose; the main conversation works", "2025-2026"),),
        "The model in the answer or in the logs is not the one that you chose.",
        ("enable the small model too, or set ANTHROPIC_DEFAULT_HAIKU_MODEL to one that the project has at this location", None, _CARD), "CCD CC", "VX807"),
    page("wrong-publisher", "bad-model-id base-url-side-effect", "the request goes Gemini's way: another publisher, method or path",
        "Claude is asked at publishers/anthropic with rawPredict or streamRawPredict and the body of the Messages API. publishers/google, generateContent and endpoints/openapi serve no Claude, and their refusals blame the model, the quota or the region.",
        (("404 Publisher Model …/publishers/google/models/claude-… was not found", "2024-2026"), ("400 FAILED_PRECONDITION: {model} is not supported in the generateContent API.", "2026"), ("429 Quota exceeded for aiplatform.googleapis.com/generate_content_… with base model: anthropic-…", "2024-2026"), ("400 … is not servable in region global, on endpoints/openapi", "2026")),
        "Look at the path in the answer and at the metric, not at what they complain of.",
        ("use the client's Anthropic way to Vertex AI: AnthropicVertex, ChatAnthropicVertex, @ai-sdk/google-vertex/anthropic, vertex_ai/claude-… in LiteLLM", "{emit}", None), "SEED GD:use-claude F#71017537843 AISDK"),
    page("client-catalogue-stale", "client-unsupported bad-model-id", "the client's own list of models is behind",
        "The client or its framework looks the model up in a table of its own and refuses, or sends nothing. Google was not asked.",
        (("Unknown model, model not found, LLM Provider NOT provided, ProviderModelNotFoundError: raised by the client itself", "2024-2026"),),
        "There is no HTTP status and no resource name of Google's in the text.",
        ("update the client; register the model by hand where that is possible; write the id in the form that this client asks for", None, None), "LITELLM MODELS-DEV EMIT", "VX806"),
))
