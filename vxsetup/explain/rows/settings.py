"""Rows about clients and their settings: variables, switches, files, containers, versions, dependencies, products."""

from __future__ import annotations

from vxsetup.explain.rows import row

# fmt: off
ROWS = (
    row("product-host", "The host belongs to the other product, which Anthropic operates; Vertex AI's settings do not go with it.",
        ("any:claude.googleapis.com",), {"wrong-product": 9.0, "endpoint-host": -1.0, "unclear-auth": -1.0}, "EMIT SDKPY AGM", "2026"),
    row("product-names", "Class, package or variable belong to the other product, Claude Platform on Google Cloud.",
        ("any:anthropicgooglecloud|claude_code_use_anthropic_google_cloud|anthropic_google_cloud_|google-cloud-sdk/anthropic|@anthropic-ai/google-cloud-sdk|anthropic[google_cloud]|claude platform on google cloud|anthropic managed|anthropic-managed|anthropic-operated|anthropic_google_cloud|workspace_id…google|google…workspace_id",), {"wrong-product": 7.5, "vertex-not-activated": -0.5, "wrong-project": -1.5, "env-var-name": -1.0}, "EMIT SDKPY AGM CC", "2026"),

    row("dep-module", "A package that the Vertex AI path needs is not installed in the interpreter that runs the client.",
        ("said:no module named 'google|no module named google|no module named 'vertexai|no module named 'anthropic|no module named \"google|modulenotfounderror: no module named 'google|cannot find module '@anthropic-ai|cannot find module 'google-auth|cannot find package '@anthropic-ai|cannot find package 'google-auth|cannot find module '@ai-sdk|cannot find package '@ai-sdk|vertexai import failed|google-auth is required|google.auth is required|could not import google|could not import anthropic|import failed please run|pip install -u google-cloud-aiplatform|pip install google-cloud-aiplatform|pip install google-auth|pip install \"anthropic[vertex]|pip install anthropic[vertex]|pip install 'anthropic[vertex]|anthropic[vertex]…install|install…anthropic[vertex]|cannot import name 'anthropicvertex|npm install @anthropic-ai/vertex-sdk|npm install google-auth-library|please install…vertex|missing optional dependency|requires the…google-auth|err_module_not_found…vertex|err_module_not_found…google|could not resolve \"@anthropic-ai/vertex-sdk|could not resolve \"google-auth-library|module not found…vertex-sdk|module not found…google-auth|importerror…google|importerror…vertex|no module named 'langchain_google|no module named 'google_auth|gem…googleauth|class \"google\\auth",),
        {"missing-dependency": 7.5, "sdk-too-old": 1.0}, "SDKPY SDKTS LITELLM", "2024/2026"),
    row("dep-context", "What the asker adds is about where packages are installed.",
        ("context:another python environment|pipx|virtualenv|venv|extra not installed|not installed|installed into", "any:import|module|install"), {"missing-dependency": 2.6}, "SDKPY LITELLM", "2024/2026"),

    row("old-typing", "The client and the SDK that it uses do not fit each other.",
        ("said:cannot instantiate typing.union|unexpected keyword argument|got an unexpected keyword|has no attribute 'anthropicvertex|cannot import name|no attribute '_client'|missing 1 required positional|is not a constructor|abstract class|system message must be a string|attributeerror: module 'anthropic|no exported member|does not provide an export|unexpected argument|invalid http_client|unknown parameter|init_got_unexpected|no such option|unknown option|unrecognized arguments|unknown flag", "topic:claude|vertex", "!any:temperature|top_p|top_k", "!said:no module named"), {"sdk-too-old": 5.0, "missing-dependency": 0.6, "client-unsupported": 0.6}, "SDKPY WIRE", "2024/2026"),
    row("old-typing-alone", "A message of a library's own, from before it knew lists of system blocks.",
        ("said:system message must be a string, instead was",), {"sdk-too-old": 4.5}, "SDKPY EMIT", "2024/2025"),
    row("old-regression", "A change of version changed it.",
        ("any:after upgrad|after updat|since upgrad|since updat|since version|regression|downgrad|worked in version|worked in 1|worked in 0|works in 1|works in 0|works in 2|until the morning|older version|old version|outdated|newer version|latest version fixes|fixed in|upgrade to|update to|upgraded to|upgrading|new release|since the release|version bump", "topic:vertex|claude", "any:error|fail|404|400|401|invalid|cannot|unsupported|could not"), {"sdk-too-old": 2.0}, "SDKPY SDKTS CC", "2024/2026"),
    row("old-multi-region", "A location of a kind that the client's version does not know.",
        ("any:unsupported region|invalid region|unknown region|invalid location|unsupported location|not a valid region|region must be|must be a valid region|does not match pattern|unrecognized region", "any:global|'eu'|\"eu\"|'us'|\"us\"| eu | us |multi-region"), {"sdk-too-old": 4.0, "client-unsupported": 3.6, "endpoint-host": 1.0}, "SDKPY SDKTS LITELLM EMIT", "2025/2026"),

    row("unsupported-validator", "The client's own check does not take the value of a multi-region.",
        ("said:must be a gcp region|invalid custom3p|failingfield: gcpregion|gcpregion", ), {"client-unsupported": 6.0, "bad-settings-shape": 3.0, "region-missing": -1.0}, "EMIT CC", "2026"),
    row("unsupported-client", "The client has no way to Claude on Vertex AI.",
        ("any:does not support vertex|doesn't support vertex|no vertex support|vertex is not supported|vertex not supported|vertex ai is not supported|unsupported provider|provider not supported|provider…not supported|provider not found|unknown provider|no support for claude on vertex|only supports gemini|only gemini|not supported for provider|no vertex option|support for vertex|add vertex|anthropic on vertex is not|not supported, planned|no native|feature request|has no vertex|no skip-auth|requires servicekeyfile|requires a service account key|google_service_key_file|api key is mandatory|requires an api key|no provider available|does not support google vertex|not implemented for vertex|vertex…not implemented|no adapter|unsupported llm", "topic:vertex|claude|google", "!topic:openai"),
        {"client-unsupported": 4.8, "client-catalogue-stale": 0.6}, "EMIT", "2024/2026"),

    row("env-names", "A variable was set under a name that this client does not read.",
        ("any:documented name|documented as|names differ|variable name|wrong variable|different variable|reads another variable|only recognises|only recognizes|does not read|doesn't read|not read|under another name|renamed|typo in|misspel|…_id instead|instead of google_cloud|instead of vertexai|google_cloud_project_id|google_vertex_region|google_vertex_project|anthropic_vertex__base_url|vertex_project/vertex_location|although…set|even though…set|is set but|are set but|set as documented|variables set", "any:vertex|google|claude|anthropic", "any:variable|env|_project|_region|_location|environment"),
        {"env-var-name": 4.2}, "EMIT SDKPY AISDK LITELLM", "2024/2026"),
    row("env-missing-variable", "The client names a variable that it did not find.",
        ("said:environment variable|env var|is not set|setting is missing|must be set|not defined|missing env|missing required env", "variable:_project|_region|_location|project_id|vertexai_", "any:vertex|google|claude|anthropic"), {"env-var-name": 2.6, "container-env": 1.2, "region-missing": 0.8, "wrong-project": 0.8}, "EMIT SDKPY AISDK LITELLM", "2024/2026"),
    row("env-setting-missing", "A setting is missing for the client.",
        ("said:ai_loadsettingerror|setting is missing",), {"env-var-name": 2.8, "region-missing": 1.0}, "AISDK", "2024/2026"),
    row("env-clash", "Two settings contradict each other, and one of them wins.",
        ("any:takes precedence|take precedence|overrides|overridden|overrides the|wins over|conflict|both set|both are set|also set|also exported|exported globally|global export|shadowed|ignored because|instead of the one|still uses|still going to|competing|stale export|leftover|two settings|fight|picks the wrong|precedence|blank override|mutually exclusive|cannot be used together|cannot set both|both are exported|unexpectedly uses|another provider's variables|unknowingly|left over|previously exported|leaks into|inherited from the shell|in .zshrc|in my shell|shell profile|.bashrc", "topic:vertex|claude|google"),
        {"env-var-clash": 4.0}, "CCD CC EMIT", "2024/2026"),
    row("env-clash-providers", "Two providers are switched on at once.",
        ("any:claude_code_use_bedrock…claude_code_use_vertex|claude_code_use_vertex…claude_code_use_bedrock|claude_code_use_vertex=1 wins|use_bedrock and|anthropic_base_url…claude_code_use_vertex|claude_code_use_vertex…anthropic_base_url|anthropic_api_key…claude_code_use_vertex|claude_code_use_vertex…anthropic_api_key|auth conflict|both a token|vertex_location…cloud_ml_region",), {"env-var-clash": 4.4}, "CCD CC", "2025/2026"),
    row("env-location-clash", "One location in the address, another in the settings.",
        ("any:cloud_ml_region=|region=|location=", "fit:=mismatch"), {"env-var-clash": 1.5}, "CCD EMIT", "2025/2026"),
    row("env-default-vertexai", "A gateway's own default location replaces the one in the address.",
        ("any:default_vertexai_location|rewrites the location|rewrites location|asked global|asked eu|sent us-east5|sent to us-east5|region is ignored|location is ignored|ignores the region|ignores the location|regardless of the configured|hard-codes us|hardcodes us|hard-coded region|hardcoded region|silently retried in another|retried in another|fallback region|known location|other region than|another region than|outside the eu|leaves the eu|cross-region|data residency|gdpr|residency|must stay in|processed in the us", "topic:vertex|claude|google"),
        {"data-residency": 5.0, "env-var-clash": 0.8}, "LITELLM EMIT GD:locations", "2025/2026"),

    row("activate-login", "The client asks for a first-party login or key: the switch for Vertex AI is not on where it runs.",
        ("said:please run /login|invalid api key · |invalid api key|anthropic_api_key environment variable is missing|anthropic_api_key not found|anthropic_api_key is not set|missing api key|no api key|x-api-key header is required|invalid x-api-key|authentication_error|credit balance is too low|login prompt|api key is missing|log in to claude|log in with|sign in to|oauth token|anthropic api key|not logged in|asks for login|asks me to log in|asks to log in|select login method|onboarding|your organization has disabled|console.anthropic|please log in",
         "topic:claude|vertex", "!said:data sharing|permission_denied|permission 'aiplatform|api keys are not supported|quota|reauth|invalid_grant|publisher model|default credentials", "!topic:openai"),
        {"vertex-not-activated": 3.9, "api-key-unsupported": 0.6, "container-env": 0.8}, "CC CCD SDKPY", "2024/2026"),
    row("activate-vertex-named", "It is meant to go to Vertex AI.",
        ("any:vertex|cloud_ml_region|google cloud", "said:/login|x-api-key|api.anthropic.com|anthropic_api_key|authentication_error|api key|login|log in", "!said:permission 'aiplatform|data sharing|api keys are not supported|quota|publisher model|reauth|default credentials"), {"vertex-not-activated": 2.2}, "CCD CC", "2024/2026"),
    row("activate-switch", "The switch for Vertex AI is spoken of.",
        ("variable:claude_code_use_vertex", "any:login|api key|not used|ignored|not set|still anthropic|api.anthropic|not picked|not read|asks|extension|prompt|\"true\"|=true|not recognized|not honored|isn't picked|off", "!said:quota|servable|publisher model"), {"vertex-not-activated": 2.8, "container-env": 0.4}, "CCD CC", "2025/2026"),
    row("activate-first-party-host", "The request went to the first-party API.",
        ("any:api.anthropic.com", "any:vertex|google|gcp|cloud_ml_region"), {"vertex-not-activated": 4.2, "env-var-clash": 1.0}, "SDKPY CCD", "2024/2026"),
    row("activate-gui", "A program that was started from a desktop does not see the shell's variables.",
        ("any:vs code|vscode|extension|jetbrains|desktop app|launched from|gui|dock|intellij|ide ", "any:vertex", "any:login|env|variable|settings|credential|not found|terminal"), {"vertex-not-activated": 2.6, "bad-settings-shape": 0.8, "env-var-name": 0.4}, "CCD CC", "2025/2026"),

    row("shape-settings", "A settings file does not have the shape that the client asks for.",
        ("any:invalid settings|settings.json|managed-settings|managed settings|enterprise.json|opencode.json|invalid config|config is invalid|configuration is invalid|config error|malformed config|invalid configuration|invalid or malformed|zoderror|invalid_type|expected string, received|expected object|schema validation|unrecognized key|unknown field|failingfield|policy file|yaml: |yaml.scanner|config.yaml|librechat.yaml|litellm_params|validation error for|could not parse config|failed to parse config|expected record|env block|must be a string|additional properties|trailing comma|settings layer",
         "topic:vertex|claude|google", "any:invalid|ignored|not loaded|error|malformed|expected|unrecognized|fail|does not merge|replace|not applied|no effect|missing|unknown", "!said:extra inputs|invalid_request_error|publisher model|quota|default credentials|permission"),
        {"bad-settings-shape": 4.8}, "CCD CC EMIT", "2025/2026"),
    row("shape-env-block", "Settings layers replace each other, or are not read at all.",
        ("any:env block|merge|silently not loaded|not loaded|settings.local|project settings|user settings|managed", "any:settings|config|policy", "topic:vertex|claude", "!said:quota|publisher model"), {"bad-settings-shape": 2.6}, "CCD CC", "2025/2026"),

    row("container-words", "The client runs in a container, sandbox or CI job that lacks files or variables of the host.",
        ("any:docker|container|kubernetes|k8s|pod |in a pod|sandbox|devcontainer|dev container|docker-compose|compose|podman|helm|cloud run|ecs|codespace|bind-mount|bind mount|mounted|volume|-e claude|wsl|nix|flatpak|toolbox|remote host|ssh",
         "any:credential|adc|env|variable|vertex|login|gcloud|default credentials|not set|auth", "!said:quota|publisher model|extra inputs|invalid_request_error|unexpected value", "!topic:database|packages"),
        {"container-env": 3.4}, "EMIT CCD GOOGLE-AUTH", "2024/2026"),
    row("container-not-passed", "What the host has was not handed in.",
        ("any:not passed|not forwarded|not mounted|inside the container|inside the sandbox|in the container|in the pod|no adc inside|not available inside|mounted onto|-e flag|forwarded, |env not|does not exist inside|outside the container|host has|local cli works|works on the host|works locally|runs locally|locally works|on my machine", "any:container|docker|pod|sandbox|ci|runner|workspace|kubernetes|image|devcontainer"), {"container-env": 3.0}, "EMIT CCD", "2024/2026"),
    row("container-path", "The path of the credentials is one of a home folder that a container does not share.",
        ("said:/root/.config/gcloud|/home/node/.config/gcloud|/app/.config/gcloud|/var/secrets|/secrets/|/run/secrets|/home/vscode|/home/runner|/workspace|/app/", "any:credential|adc|application_default"), {"container-env": 2.4}, "EMIT GOOGLE-AUTH", "2024/2026"),
)
