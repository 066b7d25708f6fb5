"""VX86x and VX88x: what can be wrong with a request body, and with the answer to a real request.

They are rules without functions, as those of the document are: ``request`` and ``smoke`` find these faults while they
read a body or an answer.
"""

from __future__ import annotations

from vxsetup.findings import Rule, RuleDocs, Rung, Severity

_BODY_ONLY = "The body, schemas/request.schema.json and the catalogue. Nothing is sent."
_ANSWER = "The answer to the request that vxsetup smoke --send sent."
_SCHEMA = "vxsetup schema request"


def _rule(
    number: int,
    name: str,
    good: str,
    why: str,
    judged: str,
    fix: str,
    *refs: str,
    weight: Severity = Severity.ERROR,
    reads: str = _BODY_ONLY,
    rung: Rung = Rung.DECLARED,
) -> Rule:
    return Rule(f"VX{number}", name, weight, rung, RuleDocs(good, why, judged, reads, fix, refs), offline=True)


NOT_JSON = _rule(
    860,
    "body-not-json",
    "The body is one JSON object in UTF-8.",
    "Anything else is refused before a field of it is read, most often with a message that names none.",
    "The text is parsed as strict JSON: no comments, no trailing commas, no NaN. A key that stands twice counts too: "
    "readers keep the last one and say nothing.",
    "Correct the place that is underlined.",
    "https://www.rfc-editor.org/rfc/rfc8259",
)
UNKNOWN_FIELD = _rule(
    861,
    "body-unknown-field",
    "Every field of the body is one that the Messages API on Vertex AI takes.",
    "The model's layer answers 400 `Extra inputs are not permitted` for one field too many, and clients and gateways "
    "like to add some.",
    "The fields are compared with the schema. A field of the Claude API that Vertex AI does not offer is told as such.",
    "Remove the field, or rename it as suggested. What a beta adds needs its beta in the `anthropic-beta` header.",
    "SDKPY",
    "AGC",
    _SCHEMA,
)
MISSING_FIELD = _rule(
    862,
    "body-missing-field",
    "The body has `anthropic_version`, `max_tokens` and `messages`, and each part of it what it cannot do without.",
    "The model's layer answers 400 `Field required`.",
    "The schema lists what is required. For the endpoint that counts tokens that is `model` and `messages`.",
    "Add the field that is named.",
    "SEED",
    _SCHEMA,
)
BAD_VALUE = _rule(
    863,
    "body-bad-value",
    "Every value of the body has the type, the form and the range that the Messages API asks for.",
    "A value of another form is a 400, and one above the model's limit too.",
    "The schema gives types and ranges; `max_tokens` is compared with the most that the model's page documents.",
    "Write the value as the message shows.",
    "SDKPY",
    "GD:claude",
    _SCHEMA,
)
MODEL_IN_BODY = _rule(
    864,
    "model-in-body",
    "The model stands in the address of a request, not in its body.",
    "On Vertex AI a body with `model` is answered 400 `model: Extra inputs are not permitted`. Bodies that were made for "
    "the Claude API have it.",
    "`model` at the top level of the body. Only the endpoint that counts tokens wants it there.",
    "Delete `model` from the body, and put its id into the address: …/publishers/anthropic/models/MODEL:rawPredict.",
    "SEED",
    "WIRE",
)
VERSION = _rule(
    865,
    "anthropic-version-wrong",
    "`anthropic_version` is `vertex-2023-10-16`.",
    "On Vertex AI the version stands in the body. Without it the answer is 400 `anthropic_version: Field required`; for "
    "the value of the Claude API, 2023-06-01, one report saw a 404, which reads like a missing model.",
    "The value is compared with those in the catalogue: the documented one, and 2026-10-21, which Anthropic's own SDKs "
    "send since October 2026. The latter is told as a note, since no page that was read names it.",
    'Write "anthropic_version": "vertex-2023-10-16" into the body.',
    "SEED",
    "SDKPY",
    "SDKTS",
)
REFUSED_SETTING = _rule(
    866,
    "setting-model-refuses",
    "The body sets nothing that this model refuses.",
    "Claude Opus 4.7 and later models refuse temperature, top_p and top_k; some refuse a pre-filled answer, a budget for "
    "thinking, thinking switched off, or a forced tool. Older models took all of it, so a body that worked stops to.",
    "What the body sets is compared with the lists of the catalogue, which come from clients that had to leave these "
    "settings out: secondary sources, with their dates in the evidence. Without --model nothing is said.",
    "Remove the setting, or ask a model that takes it.",
    "AISDK",
    "LITELLM",
    "ADEP",
)
BETA_IN_BODY = _rule(
    867,
    "betas-in-body",
    "Betas are named in the header `anthropic-beta`, not in the body.",
    "The Anthropic SDKs send betas as a header also on Vertex AI. A body field `betas` is an extra input; "
    "`anthropic_beta` in the body is what some gateways send, and which of them the platform reads is not documented.",
    "`betas` fails, `anthropic_beta` is a warning, both at the top level of the body.",
    "Send the header anthropic-beta: NAME,NAME and delete the field.",
    "SDKPY",
    "WIRE",
)
FEATURE = _rule(
    868,
    "body-feature-not-offered",
    "The body uses only features that Vertex AI offers, for this model and location.",
    "Vertex AI offers less than the Claude API: files, URL sources, code execution, web fetch, MCP servers and skills "
    "are refused, and a field that is passed over in silence is worse.",
    "The features that the body uses are read from its fields, tools and sources and compared with the catalogue. What "
    "Vertex AI does not offer at all is an error; what no page documents for the model or the location is a warning.",
    "Leave the feature out, or choose a model and location that have it: vxsetup models.",
    "AGC",
    "GD:claude",
)
TOO_LARGE = _rule(
    869,
    "body-too-large",
    "The body has at most 30 MB, and its prompt fits into the model's window.",
    "A larger body is refused with a message about bytes; a longer prompt with a 413 that looks like one about bytes and "
    "is about tokens.",
    "Bytes are counted. Tokens cannot be counted offline: the text's characters are divided by 6 for the least number "
    "that they may be; only where even that is over the model's window it fails, and over half of that is a warning.",
    "Shorten or split the prompt, send fewer or smaller images, or use a model with a larger window.",
    "SEED",
    "GD:use-claude",
    "GD:claude",
)
OTHER_MODEL = _rule(
    880,
    "another-model-answered",
    "The model that answers is the one that was asked for.",
    "A gateway, a fallback or an alias can put another model behind the same request; quality, price and data terms are "
    "then not those that were agreed.",
    "`model` in the answer is compared with the name that this id has in answers, with a hyphen before its date.",
    "Look for a base URL, a proxy or a gateway between here and Google: vxsetup doctor.",
    "SDKPY",
    reads=_ANSWER,
    rung=Rung.SMOKED,
)
NOT_A_MESSAGE = _rule(
    881,
    "answer-not-a-message",
    "The answer is a message of the model with its usage, or its whole stream.",
    "A 200 is no proof: a proxy's page, a stream that ends half way and an answer without `usage` all have that status.",
    "The answer must be a message with content and token counts. A stream must begin with message_start, end with "
    "message_stop, and hold no error event.",
    "Send again; if it stays, look for what stands between here and Google: vxsetup doctor.",
    "SDKPY",
    reads=_ANSWER,
    rung=Rung.SMOKED,
)
CACHE_UNUSED = _rule(
    882,
    "cache-not-read",
    "The second of two equal requests reads the prompt cache.",
    "Prompt caching that is off fails nothing: the answers come, and each costs the full price.",
    "Two requests with one long marked prefix are sent, one after the other; `cache_read_input_tokens` of the second "
    "must be above zero.",
    "See whether something between here and Google drops `cache_control`; whether the prefix is longer than the model's "
    "least number of cached tokens; and whether the address is the same.",
    "GD:prompt-caching",
    "LITELLM",
    reads=_ANSWER,
    rung=Rung.SMOKED,
)
FEATURE_UNUSED = _rule(
    883,
    "feature-not-seen",
    "A feature that was asked for shows in the answer.",
    "Some features are left out in silence where a model, a policy or a gateway does not have them.",
    "The answer is searched for what the feature leaves: a tool call, a search, a block of thinking, JSON of the given "
    "form. Where the model was free not to use it the verdict is unknown.",
    "Send again, or look at the whole answer with --save DIR.",
    "GD:claude",
    weight=Severity.WARNING,
    reads=_ANSWER,
    rung=Rung.SMOKED,
)

RULES: tuple[Rule, ...] = (
    NOT_JSON,
    UNKNOWN_FIELD,
    MISSING_FIELD,
    BAD_VALUE,
    MODEL_IN_BODY,
    VERSION,
    REFUSED_SETTING,
    BETA_IN_BODY,
    FEATURE,
    TOO_LARGE,
    OTHER_MODEL,
    NOT_A_MESSAGE,
    CACHE_UNUSED,
    FEATURE_UNUSED,
)
