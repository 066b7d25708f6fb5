"""Rows of last resort: the subject of a description in plain words. Each weighs little beside anything that was answered."""

from __future__ import annotations

from vxsetup.explain.rows import row

# fmt: off
_ABOUT = "topic:vertex|claude"

ROWS = (
    row("hint-404", "A 404 from Vertex AI, with Claude in the picture.",
        ("http:=404", "topic:vertex", "topic:claude", "!refusal:=model-not-found", "!model:claude", "!shape:page", "!publisher:google", "!url:no-version|no-location|no-project|two-versions|messages-path", "!fit:no-such-host"), {"model-not-enabled": 2.4, "model-not-in-region": 2.4, "bad-model-id": 1.6, "wrong-publisher": 0.8}, "FIELD GD:api-errors", "2024/2026"),
    row("hint-region-changed", "Another location changes it.",
        ("any:after changing to us-|after changing to europe|after changing to global|after switching to|works after changing|works when i use us-|only available in us-|only available in europe|try another region|other location works|works in us-|with global it works|global it works|works with region", _ABOUT, "!said:quota|429"), {"model-not-in-region": 3.0, "endpoint-host": 1.2}, "GD:claude GD:locations", "2024/2026"),
    row("hint-multi-page", "With a multi-region it fails, with global it does not.",
        ("any:set to eu|set to us |location eu|location us |region eu|region us ", "any:html|global it works|global works|404"), {"endpoint-host": 2.8, "sdk-too-old": 1.0}, "SDKPY SDKTS GD:locations", "2026"),
    row("hint-quota-value", "The limit is given as zero.",
        ("any:value 0|value is 0|value of 0|\"0\" for|= 0 for|never got a single|never a single successful|never succeeded|never worked|not a single successful|no successful", "any:quota|429|perbasemodel|too many"), {"quota-zero": 4.0, "quota-exceeded": -2.0}, "GD:quotas F#70862306820", "2024/2026"),
    row("hint-quota-id", "The quota is one of Claude's, by its id.",
        ("any:onlineprediction…perbasemodel",), {"quota-zero": 3.4, "quota-exceeded": 1.6}, "DISC GD:quotas", "2025/2026"),
    row("hint-quota-busy", "It is busy hours or full use that are spoken of.",
        ("any:usage at 100|peak times|busy hours|spike|traffic", "any:429|quota"), {"quota-exceeded": 2.6, "quota-zero": -0.8}, "GD:error-429", "2024/2026"),
    row("hint-upgrade", "A newer version is asked for.",
        ("any:upgrade needed|needs a newer|please upgrade|requires version|upgrade required|minimum version|too old|requires at least|update required|newer release|not supported in this version|version of the sdk|old sdk|older sdk|outdated sdk|fixed by upgrading|older @|with an older", _ABOUT), {"sdk-too-old": 4.4, "model-not-in-region": -1.5}, "SDKPY SDKTS LITELLM", "2024/2026"),
    row("hint-multi-not-supported", "A multi-region is not taken by the client.",
        ("any:location us is not|location eu is not|region us is not|region eu is not|location us not|location eu not|location 'us'|location 'eu'|us is not supported|eu is not supported", _ABOUT), {"sdk-too-old": 3.2, "client-unsupported": 2.4, "endpoint-host": 1.2, "model-not-in-region": -2.0}, "SDKPY LITELLM EMIT", "2026"),
    row("hint-adc", "There is no login for applications.",
        ("any:no adc|not authenticated with google|you are not authenticated|adc is not|adc not set|without adc|missing adc|adc missing|adc only on|not logged in to gcloud|no gcloud credentials|gcloud not|no credentials", _ABOUT), {"adc-missing": 3.6, "container-env": 0.8}, "GOOGLE-AUTH GAUTH-NODE", "2018/2026"),
    row("hint-consumer", "The consumer is said to be suspended or not to exist.",
        ("said:consumer 'project|consumer '…does not exist|consumer…suspended or does not exist",), {"wrong-project": 4.6, "billing-disabled": 2.4}, "ERRORINFO", "2020/2026"),
    row("hint-haiku", "A Haiku fails in a tool of Claude Code.",
        ("any:haiku", "client:claude-code", "any:hang|bash|webfetch|summar|title|subagent|sub-agent|explore|background|tool", "any:404|429|not found|fail"), {"small-model": 4.2}, "CC CCD", "2025/2026"),
    row("hint-list", "A model is missing from a client's list.",
        ("any:missing from the|not in the list|model list|not in the menu|not selectable|cannot select|can't select|not offered|add the model|add model|missing model|not showing|isn't listed|not available in the dropdown", _ABOUT, "any:model", "!http:4", "!said:publisher model"), {"client-catalogue-stale": 3.6}, "MODELS-DEV EMIT", "2024/2026"),
    row("hint-no-way", "The tool has nothing for Claude on Vertex AI.",
        ("any:has no node|no node for|no integration|no connector|has no option|no way to use|not possible to use|cannot use claude on vertex|no claude on vertex|no native support|only anthropic api key|no provider for|only service account json|no support", _ABOUT), {"client-unsupported": 4.2}, "EMIT", "2024/2026"),
    row("hint-leaves", "Requests leave the geography that was meant.",
        ("any:leaves the eu|leaves eu|leave the eu|leave eu|leaves europe|data leaves|falls back to another region|fallback to another region|falls back to us|falls back to global|another region when|sent to the us|goes to us|routed to us|outside europe|outside of the eu|not stay in|data sovereignty|sovereign|schrems", "any:vertex|claude|goose|litellm|region|dify", "!topic:aws|bedrock"), {"data-residency": 5.2}, "GD:locations EMIT LITELLM", "2025/2026"),
    row("hint-both", "Two models have no place in common.",
        ("any:serves both|serve both|both models|both opus and|no location serves|no region serves|only in us/eu|while haiku…only|while sonnet…only|while opus…only|not in the same region|same location for both|all three models", "any:opus|sonnet|haiku|fable|models", "any:region|location|eu"), {"no-common-location": 4.6}, "GD:claude GD:locations", "2025/2026"),
    row("hint-other-reason", "What is shown is said not to be the reason.",
        ("any:for another reason|but the api returned|but actually|is misleading|real reason|true reason|real cause|underlying error|different status|wrong status|turned out to be", "any:shows|says|displays|status|message|returned|login", _ABOUT), {"misleading-status": 3.4, "vertex-not-activated": -0.8}, "CC CCD GD:api-errors", "2025/2026"),
    row("hint-login-page", "The client opens a login page of the first-party product.",
        ("any:claude.ai|opens a browser|browser login|subscription login|login screen|asks for an api key|asks for api key|wants an api key|instead of using vertex|instead of vertex|uses the anthropic api instead", "any:vertex|claude code"), {"vertex-not-activated": 4.0}, "CC CCD", "2025/2026"),
    row("hint-gateway-404", "A gateway has no route for the path of Vertex AI.",
        ("any:no route for|has no route|route is missing|not implemented by the proxy|gateway does not|proxy does not|gateway cannot|proxy cannot|gateway drops|proxy drops|gateway adds|proxy adds|proxy rewrites|gateway rewrites", _ABOUT), {"gateway-translation": 4.4}, "CCD LITELLM", "2025/2026"),
    row("hint-sampling", "A setting for thinking does not fit the other numbers.",
        ("said:budget_tokens|thinking budget|must be greater than `thinking|must be greater than thinking",), {"deprecated-param": 3.4}, "SDKPY", "2025/2026"),
    row("hint-stored-config", "A publisher's model config lost what was set.",
        ("any:publishermodelconfig|loggingconfig|publisher model config",), {"logging-misconfig": 3.0, "data-sharing-required": 0.8}, "GD:request-response-logging DISC", "2025/2026"),
)
