"""Pages of the causes about hosts, addresses, locations that were not given, and the network between."""

from __future__ import annotations

from vxsetup.explain.pages import page

# fmt: off
PAGES = dict((
    page("endpoint-host", "sdk-too-old base-url-shape model-not-in-region", "the host is not the one that serves this location",
        "global is at aiplatform.googleapis.com, us and eu at aiplatform.us.rep.googleapis.com and aiplatform.eu.rep.googleapis.com, a region at {location}-aiplatform.googleapis.com. Every name under googleapis.com resolves, so DNS tells nothing; an HTTP answer does: 401 means that the path exists there, 404 that it does not.",
        (("404, often an HTML page, from global-aiplatform.googleapis.com or eu-aiplatform.googleapis.com", "2025-2026"), ("The model … is not available on your vertex deployment, with region eu or us (Claude Code)", "2026"), ("501 UNIMPLEMENTED", "2026")),
        "The 404 has no resource name, or is a page. When host and location agree, see model-not-in-region. An old client builds these hosts by itself: sdk-too-old.",
        ("use {host} for {location}; update the client, which should do it by itself", "curl -s -o /dev/null -w '%{{http_code}}' -X POST https://{host}/v1/projects/{project}/locations/{location}/publishers/anthropic/models/{model}:rawPredict", None), "SEED DISC SDKPY SDKTS"),
    page("base-url-shape", "base-url-side-effect endpoint-host", "the base address that was set has the wrong shape",
        "Clients differ: Anthropic's SDKs and Claude Code want the address to end in /v1, LiteLLM, Go and Java add it themselves, the AI SDK wants everything up to publishers/anthropic/models. A missing or doubled piece gives 404; an empty value is no address at all for Python.",
        (("404 for …googleapis.com/projects/… (no /v1) or …/v1/v1/projects/…", "2024-2026"), ("Connection error, with an empty ANTHROPIC_VERTEX_BASE_URL", "2026")),
        "Without the override it works. The address in the log shows the fault.",
        ("remove the override, or give it the shape that this client asks for; for Anthropic's SDKs https://{host}/v1", "{emit}", None), "SDKPY SDKTS LITELLM WIRE"),
    page("base-url-side-effect", "base-url-shape gateway-translation", "setting the base address changed something else as well",
        "Some clients take an overridden address as a sign of a gateway, and switch features off: Claude Code then leaves fine-grained tool streaming and tool search away. The location still comes from the region setting.",
        (("no error: a feature stops when the address is set", "2025-2026"),),
        "It comes back when the override is removed.",
        ("remove the override where it names Google's own host; or switch the feature on by its own variable, such as CLAUDE_CODE_ENABLE_FINE_GRAINED_TOOL_STREAMING=1", None, None), "CC CCD EMIT"),
    page("region-missing", "env-var-name env-var-clash", "no location was given",
        "The client has no location: it says so, or it builds an address with undefined, none or nothing in its place.",
        (("No region was given. The client should be instantiated with the region argument or the CLOUD_ML_REGION environment variable should be set.", "2024-2026"), ("https://undefined-aiplatform.googleapis.com/…/locations/undefined/…", "2024-2026"), ("Google Vertex location setting is missing.", "2025-2026")),
        "A variable is set and the client does not see it: env-var-name or container-env.",
        ("set the location in the variable of this client: CLOUD_ML_REGION (Anthropic's SDKs, Claude Code), VERTEXAI_LOCATION (LiteLLM), GOOGLE_VERTEX_LOCATION (AI SDK), GOOGLE_CLOUD_LOCATION (ADK, opencode)", "export {location_variable}={location}", None), "SDKPY SDKTS AISDK LITELLM"),
    page("network-proxy", "endpoint-host metadata-timeout", "the connection fails on the way: proxy, TLS, DNS or firewall",
        "The request did not reach Google: a name does not resolve, a firewall or proxy refuses, or something opens TLS with a certificate that the client does not trust. Token requests go to oauth2.googleapis.com and sts.googleapis.com, and need a way out too.",
        (("ENOTFOUND, ECONNREFUSED, ETIMEDOUT, fetch failed, Connection error.", "2018-2026"), ("self signed certificate in certificate chain; CERTIFICATE_VERIFY_FAILED", "2018-2026"), ("Tunnel connection failed: 407 Proxy Authentication Required", "2018-2026")),
        "There is no answer of Google's in the text at all. An answer with a status means that the network is fine. A connection to 169.254.169.254 is about credentials (metadata-timeout).",
        ("try the host from the same machine; set HTTPS_PROXY; where TLS is inspected give the client the certificate (NODE_EXTRA_CA_CERTS, REQUESTS_CA_BUNDLE, SSL_CERT_FILE)", "curl -sSI https://{host}", None), "GOOGLE-AUTH NODE GD:locations"),
))
