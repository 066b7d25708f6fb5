"""Rows about what clients say of their own accord, before they ask anything: providers, switches, key files, versions."""

from __future__ import annotations

from vxsetup.explain.rows import row

_KEY_FILE = (
    "said:service-account|service_account|serviceaccount|credentials.json|creds.json|-key.json|_key.json|/key.json"
    "|gcloud/|gcloud\\|application_default|adc.json|gcp-key|gcp.json"
)

# fmt: off
ROWS = (
    row("early-provider", "The client knows no provider of the name that it was given.",
        ("said:no api provider registered|no provider registered|no provider found for|unsupported model provider|unsupported llm provider|unsupported ai provider|unknown model provider|unknown llm provider|unknown ai provider|model provider not supported|no such provider|invalid provider|provider is not registered|provider not registered|not a supported provider|not a valid provider|unrecognized provider", "any:vertex"),
        {"client-unsupported": 6.5, "client-catalogue-stale": -4.0, "bad-model-id": -2.0, "bad-settings-shape": 2.6, "sdk-too-old": 2.6}, "EMIT", "2024/2026"),
    row("early-provider-guess", "The client guesses the provider from the model's name, and cannot for an id of Vertex AI.",
        ("said:could not infer model provider|unable to infer model provider|could not determine provider|cannot determine provider|unable to infer the provider", "said:claude"),
        {"bad-settings-shape": 4.4, "client-unsupported": 5.4, "bad-model-id": 3.6}, "EMIT", "2024/2026"),
    row("early-exclusive", "A key and a project or location were given together, and the client takes one of them.",
        ("said:project/location and api key are mutually exclusive|project and api key are mutually exclusive|location and api key are mutually exclusive|credentials and api key are mutually exclusive",),
        {"env-var-clash": 9.0, "api-key-unsupported": 3.0, "vertex-not-activated": -2.0}, "GENAI", "2024/2026"),
    row("early-no-method", "Anthropic's client for its own API was made, without a key: the one for Vertex AI asks for none.",
        ("said:could not resolve authentication method",), {"vertex-not-activated": 6.5, "credentials-ignored": 3.0, "env-var-clash": 1.0}, "SDKPY SDKTS", "2024/2026"),
    row("early-key-gone", "A file of credentials is not where the client looks for it.",
        ("said:no such file|enoent|filenotfound|was not found|cannot find the file|could not find file|does not exist|is a directory|eisdir|nosuchfile", _KEY_FILE, "!said:publisher model|no such file or directory (os|gcloud: "),
        {"container-env": 6.2, "adc-missing": 4.2, "bad-key-file": 3.6}, "GOOGLE-AUTH GAUTH-NODE", "2019/2026"),
    row("early-key-torn", "What was read as a file of credentials is no JSON.",
        ("said:jsondecodeerror|unexpected token|unexpected end of json|invalid character|expecting value|expecting property name|is not valid json|json.parse|failed to parse", "said:google/auth/|google/oauth2/|service_account|service-account|load_credentials|google-auth-library|googleauth|credentials.json|application_default"),
        {"bad-key-file": 7.0, "container-env": 2.0, "adc-missing": 1.0}, "GOOGLE-AUTH GAUTH-NODE", "2019/2026"),
    row("early-environment", "LiteLLM lists the variables of Vertex AI that it did not find.",
        ("said:environment vars weren't found|missing environment variables|missing_keys|missing keys", "said:vertexai_project|vertexai_location|vertex_project|vertex_location"),
        {"env-var-name": 5.4, "region-missing": 5.0, "wrong-project": 3.4, "container-env": 2.0}, "LITELLM", "2024/2026"),
    row("early-alternate", "Messages of one role follow one another: whoever wrote the request for Claude did not put them together.",
        ("said:roles must alternate",), {"gateway-translation": 6.0, "unsupported-feature": 1.0}, "LITELLM", "2023/2025"),
    row("early-own-list", "The client has a list of Claude's models of its own, and this one is not in it.",
        ("said:unsupported anthropic model|unsupported claude model|unknown claude model|unknown anthropic model|invalid claude model|claude model not supported|not a supported claude model|not a known claude model",),
        {"client-catalogue-stale": 6.5, "bad-model-id": 3.0, "client-unsupported": 1.6}, "EMIT MODELS-DEV", "2024/2026"),
    row("early-chat-door", "Claude was asked for through the door for chat completions, which only other publishers' models have.",
        ("said:does not support chatcompletions|endpoints/openapi/chat/completions",), {"wrong-publisher": 7.5, "client-unsupported": 3.0}, "GD:use-claude", "2025/2026"),
    row("early-proxies", "The client and the HTTP library under it are of different times.",
        ("said:unexpected keyword argument 'proxies'|unexpected keyword argument 'proxy'",), {"sdk-too-old": 7.5, "network-proxy": 0.5}, "SDKPY", "2024/2025"),
    row("early-limit", "The text and the answer that is asked for do not fit together into the model.",
        ("said:input length and `max_tokens` exceed|input length and max_tokens exceed",), {"context-too-long": 8.5}, "CC", "2024/2026"),
    row("early-output-limit", "More tokens are asked for than the model gives; it is the model that says so.",
        ("said:maximum allowed number of output tokens",), {"context-too-long": 6.0, "deprecated-param": 5.4, "bad-model-id": -5.0, "retired-model": -3.0}, "SDKPY CC", "2024/2026"),
    row("early-stream-cut", "The connection was cut by something between.",
        ("said:remoteprotocolerror|streamreset|rst_stream|goaway|nghttp2|peer closed connection|incomplete chunked read|premature close|unexpected eof", "any:google|vertex|claude|anthropic|httpx|httpcore", "!http:4"),
        {"network-proxy": 5.4, "quota-exceeded": 0.8}, "NODE OPENSSL", "2020/2026"),
    row("early-firebase", "The project that is charged is the Firebase command line's own.",
        ("said:563584335869", "said:has not been used in project|service_disabled|api…disabled"), {"quota-project": 8.5, "api-disabled": -3.0}, "ERRORINFO GOOGLE-AUTH", "2021/2026"),
)
