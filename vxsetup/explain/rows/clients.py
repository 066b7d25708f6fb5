"""Rows about what clients and libraries of credentials print themselves: where in them it broke, and their own words."""

from __future__ import annotations

from vxsetup.explain.rows import row

# fmt: off
_PROVIDERS = "no api provider registered|unsupported model provider|unknown model provider|unknown provider|unsupported provider|invalid provider|unregistered provider|provider not found|is not a registered provider|is not a valid provider|unrecognized provider|no provider registered|unsupported llm|unknown llm|unmapped provider|unknown api provider|no such provider|unknown api type|invalid model provider|provider is not supported|not a supported provider|provider…is not registered|not a known provider"

ROWS = (
    row("frame-federation", "It broke in the part of the library that exchanges an outside identity.",
        ("said:google/auth/identity_pool|google/auth/external_account.|google/auth/pluggable|google/auth/aws.|identitypoolclient|baseexternalclient|awsclient.js|pluggable-auth-client|subjecttokensupplier|executable-response|identitypoolcredentials|externalaccountcredentials|awscredentials.|internal/externalaccount|oauth2/google/externalaccount", "!said:iamcredentials|getaccesstoken|invalid_rapt"),
        {"wif-misconfig": 5.0, "bad-key-file": -3.5, "adc-expired": -2.5, "container-env": -1.0, "network-proxy": -1.0, "adc-missing": -1.0}, "GOOGLE-AUTH GAUTH-NODE", "2021/2026"),
    row("frame-impersonated", "It broke in the part of the library that acts as a service account.",
        ("said:google/auth/impersonated_credentials|auth/impersonated.js|impersonatedcredentials.java|impersonatedcredentials.refresh|credentials/impersonate|oauth2/google/internal/impersonate", "!said:invalid_grant|invalid_rapt|reauth"),
        {"impersonation": 3.4, "bad-key-file": -1.5}, "GOOGLE-AUTH GAUTH-NODE GAUTH-GO", "2019/2026"),
    row("frame-reauth", "It broke where the library asks for a new login.",
        ("said:google/oauth2/reauth|google/oauth2/challenges",), {"adc-expired": 3.6}, "GOOGLE-AUTH", "2020/2026"),
    row("frame-key", "It broke where the library reads or uses the private key.",
        ("said:google/auth/crypt|google/auth/_service_account_info|serviceaccountcredentials.frompkcs8|serviceaccountcredentials.fromjson|unexpected exception reading pkcs|invalid pkcs#8",), {"bad-key-file": 3.4}, "GOOGLE-AUTH OPENSSL", "2017/2026"),
    row("frame-crash", "The library of credentials broke in code of its own, as where its packages do not fit each other.",
        ("said:googleauth.|google-auth-library|google/auth/", "said:is not a function|cannot read propert|undefined is not an object|is not a constructor|object has no attribute|unexpected keyword argument", "!said:publisher model|client_email|private_key|invalid_grant"), {"sdk-too-old": 4.6, "missing-dependency": 3.6, "unsupported-feature": -3.0}, "GAUTH-NODE GOOGLE-AUTH", "2021/2026"),

    row("provider-unknown", "The client does not know a provider of this name: it has none for Claude on Vertex AI, or has it no longer, or only in another version.",
        (f"said:{_PROVIDERS}", "said:vertex"), {"client-unsupported": 6.4, "sdk-too-old": 4.2, "bad-settings-shape": 2.4, "client-catalogue-stale": -4.5, "bad-model-id": -2.0}, "CLIENT-SRC EMIT", "2024/2026"),
    row("provider-unknown-updated", "The client does not know the provider since it was updated.",
        (f"said:{_PROVIDERS}", "said:vertex", "any:upgrad|updat|pulling|pulled|since version|new version"), {"client-unsupported": 3.0}, "CLIENT-SRC EMIT", "2024/2026"),
    row("provider-model-unknown", "The client has the provider, and in it not this model.",
        ("said:unsupported anthropic model|unknown partner model|unsupported model garden model|unknown vertex model|no models matching|model not found in provider|unknown model for provider", "topic:vertex|claude"), {"client-catalogue-stale": 5.0, "bad-model-id": 2.4}, "CLIENT-SRC EMIT", "2024/2026"),
    row("gateway-own-list", "The gateway has no entry of this name: the model was asked for under another one than its list has.",
        ("said:invalid model name passed in|no deployments available for|there are no healthy deployments|model group…not found|model not in allowed|key not allowed to access model|team not allowed to access model", "!topic:bedrock"), {"gateway-translation": 3.4, "client-catalogue-stale": 1.6, "small-model": 2.0, "model-alias": 2.0, "bad-model-id": -3.5}, "LITELLM", "2024/2026"),
    row("gateway-own-list-haiku", "It is a Haiku that the gateway has no entry for, and the client is one that asks for a Haiku by itself.",
        ("said:invalid model name passed in|no deployments available for|model group…not found", "any:haiku", "client:claude-code"), {"small-model": 6.0}, "LITELLM CC", "2025/2026"),
    row("gateway-500", "A gateway answers 500 with words of its own, which say nothing of the cause.",
        ("said:internal server error|internal_server_error|internalservererror|status code 500|500 internal", "any:litellm|gateway|proxy|portkey|kong|new-api|one-api|router|relay", "any:vertex|claude|anthropic", "!said:internal error encountered|publisher model|extra inputs|credentials|invalid_grant|quota|module"), {"misleading-status": 4.4}, "LITELLM GD:api-errors", "2024/2026"),
    row("gateway-500-outside", "The outer status is 500, the inner answer another one.",
        ("said:internalservererror|error code: 500|'code': '500'|\"code\": \"500\"|\"code\":\"500\"", "said:401|403|404|429|400 bad request", "client:litellm|gateway"), {"misleading-status": 4.6, "unclear-auth": -0.6}, "LITELLM GD:api-errors", "2024/2026"),

    row("place-not-of-client", "The client's own list of locations does not have this one: it asked nothing.",
        ("said:unsupported region for vertex ai|does not support \"global\" location|does not support 'global' location|does not support global location|does not support the global location|does not support the global region", ), {"sdk-too-old": 6.2, "client-unsupported": 4.6, "model-not-in-region": -3.5, "region-missing": 1.5}, "CLIENT-SRC EMIT", "2024/2026"),
    row("place-malformed", "The value of the location is no name of a location.",
        ("said:expected a single dns label|invalid google vertex location|invalid vertex location|invalid vertex region|invalid region value|invalid region format|location must be a|malformed location", "topic:vertex|google"), {"region-missing": 6.5, "env-var-clash": 1.5, "bad-settings-shape": 2.0, "network-proxy": -6.0}, "AISDK LITELLM", "2025/2026"),
    row("place-none", "The client has no location to ask at.",
        ("said:no location found|requires a location|region must be provided|location must be provided|initialize sdk with a location|missing the 'location'|missing the location|location environment variable|please provide a region|region is not configured|location is not configured|no location configured|vertex location is not set|vertex region is not set|no location was|without a location", "topic:vertex|google|claude", "!said:publisher model|quota"), {"region-missing": 5.0, "env-var-name": 1.6}, "CLIENT-SRC AISDK SDKPY", "2024/2026"),
    row("project-none", "The client has no project to ask with.",
        ("said:project or api key must be set|could not resolve project using|requires a project id|requires a project|no project set in|missing the 'project'|missing the project|project is not configured|project must be provided|no project configured|project id is not set|project_id is not set|please provide a project|either a project and location", "topic:vertex|google|claude", "!said:publisher model|quota"), {"wrong-project": 4.6, "env-var-name": 2.2, "vertex-not-activated": -2.0, "container-env": 0.6}, "CLIENT-SRC GOOGLE-AUTH SDKPY", "2024/2026"),
    row("variables-missing", "The client lists variables that it wants and did not find; which of those that it lists is missing it does not always say.",
        ("said:environment vars weren't found|missing environment variables|missing env vars|expects these environment variables|missing keys|missing_keys|required environment variables|environment variables are missing|environment variables are not set|following environment variables|missing required environment|missing the following", "variable:_project|_location|_region|vertexai_|vertex_|google_cloud"), {"env-var-name": 4.4, "region-missing": 3.6, "wrong-project": 3.4, "container-env": 2.6}, "LITELLM CLIENT-SRC EMIT", "2024/2026"),
    row("variables-set-yet-missing", "A variable that is named as missing is said to be set: another one of the same list is not, or the process does not see it.",
        ("said:environment vars weren't found|missing environment variables|missing env vars|missing keys|missing_keys|environment variables are not set", "context:was set|is set|are set|already set|set it|have set|exported|is defined", "variable:vertexai_project|vertex_project|google_cloud_project|anthropic_vertex_project_id"), {"region-missing": 3.0, "container-env": 1.5, "wrong-project": -2.0}, "LITELLM CLIENT-SRC", "2024/2026"),

    row("two-ways-in", "Two ways of identifying oneself were given that this client does not take together.",
        ("said:mutually exclusive in the client initializer|both apikey and authtoken were provided|both api_key and auth_token|both an api key and|use only one authentication method|cannot use both api key|api key and credentials cannot|credentials and api key are mutually|project/location and api key|conflicting values, please set", "!topic:bedrock"), {"env-var-clash": 6.6, "api-key-unsupported": 1.5}, "CLIENT-SRC AISDK", "2025/2026"),
    row("two-ways-key-left", "Vertex AI is chosen by a switch, and a key variable of Gemini's stands beside it: a client that finds both may send the key.",
        ("said:api keys are not supported|api key not valid|api_key_invalid|mutually exclusive", "any:genai_use_vertexai|use_vertexai=true|vertexai=true|vertexai: true|gemini_api_key|google_api_key|use_vertex=|use_enterprise"), {"env-var-clash": 9.0, "api-key-unsupported": -2.5}, "CLIENT-SRC ERRORINFO", "2025/2026"),

    row("key-of-client-project", "The project that is charged is the one of a Google tool's own OAuth client: the credentials carry no quota project.",
        ("said:563584335869|681255809395",), {"quota-project": 9.0, "api-disabled": -4.0}, "CLIENT-SRC ERRORINFO", "2022/2026"),
    row("consumer-a-number", "The project that is charged is given by its number alone: credentials may have brought another project than the one that is asked.",
        ("refusal:=api-disabled", "said:in project 1|in project 2|in project 3|in project 4|in project 5|in project 6|in project 7|in project 8|in project 9", "!consumer:=google-client|=not-own|=not-in-path", "!url:no-project"), {"quota-project": 5.2, "wrong-project": 1.6}, "ERRORINFO GOOGLE-AUTH", "2022/2026"),

    row("file-of-key", "A file that bears the name of a key is not where the client looks for it.",
        ("said:no such file or directory|enoent|filenotfounderror|file does not exist|cannot find the file|was not found|does not exist", "said:service-account|service_account|sa-key|sa_key|gcp-key|gcp_key|key.json|keyfile|credentials.json|gcloud.json|google-credentials|vertex-key|vertex_key|auth.json|adc.json|application_default_credentials", "!said:publisher model|entity|npm|extra inputs|principal"), {"adc-missing": 1.6, "bad-key-file": 1.8, "container-env": 2.0}, "GOOGLE-AUTH GAUTH-NODE", "2017/2026"),
    row("file-of-key-container", "The file of the key is looked for inside a container, or by a path that the host's does not reach.",
        ("said:no such file or directory|enoent|filenotfounderror|file does not exist|was not found", "any:docker|compose|container|kubernetes|pod |helm|volume|mount|devcontainer|image", "any:key|credential|service-account|service_account|adc", "!said:publisher model|entity"), {"container-env": 4.4, "bad-key-file": -1.0}, "EMIT GOOGLE-AUTH", "2018/2026"),
    row("imp-type-fields", "The library reads the stored login as a key, and it is one that impersonates.",
        ("said:client_email|private_key|does not have a valid type|type is impersonated|unrecognized credential|unknown credential type", "any:impersonat"), {"impersonation": 6.0, "bad-key-file": -4.5}, "GAUTH-NODE GOOGLE-AUTH", "2021/2026"),
    row("adc-not-set-up", "There is no stored login for applications.",
        ("said:default credentials have not been set up|credentials have not been set up|no valid credentials found in any location|no application default credentials|no gcp credentials found|not authenticated with gcloud|no usable credentials|credentials were not found|no adc found|oauth2 credentials could not be resolved|unable to load google credentials|failed to load google credentials|failed to load gcp credentials|failed to load credentials: no valid|are not available. they are available if", "topic:google|vertex|claude"), {"adc-missing": 4.8, "container-env": 1.6, "api-disabled": -1.0}, "GOOGLE-AUTH CLIENT-SRC CC", "2017/2026"),
    row("login-words-alone", "The whole text is Claude Code's own for a start without a login: the switch for Vertex AI is not seen.",
        ("said:=not logged in.|=not logged in|=not logged in · please run /login|=not logged in · run /login",), {"vertex-not-activated": 5.4}, "CC", "2025/2026"),
    row("login-in-step", "A step of a job runs Claude Code without the variables of the others.",
        ("said:not logged in|please run /login|invalid api key", "any:workflow|step|job|runner|github action|ci "), {"vertex-not-activated": 2.4, "container-env": 1.0, "wif-misconfig": -3.0}, "CC CCD", "2025/2026"),
    row("alias-policy", "A rule forbids the model that an alias or an agent's setting stands for; another one is allowed.",
        ("any:disallowed gen ai model|allowedmodels", "any:model: opus|model: sonnet|model: haiku|alias|frontmatter|resolves to|resolved to|--model opus|--model sonnet|default model"), {"model-alias": 7.5, "org-policy": -2.0}, "CCD CC GD:control-model-access", "2025/2026"),
    row("roles-alternate", "The turns do not alternate, which the Messages API asked for and a client that speaks another API does not keep.",
        ("said:roles must alternate between \"user\" and \"assistant\"|roles must alternate between 'user' and 'assistant'|roles must alternate between `user` and `assistant`", "!topic:openai|bedrock"), {"gateway-translation": 4.0}, "SDKPY LITELLM", "2024/2025"),
)
