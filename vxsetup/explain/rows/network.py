"""Rows about hosts, addresses, base URLs, proxies, TLS and names."""

from __future__ import annotations

from vxsetup.explain.rows import row

# fmt: off
_OURS = "aiplatform|googleapis|google|vertex|anthropic|claude|gcloud"

ROWS = (
    row("host-no-such", "The host is one that does not serve Claude: global and the multi-regions have hosts of another form.",
        ("fit:no-such-host", "!said:global-aiplatform"), {"endpoint-host": 7.0, "sdk-too-old": 4.2, "model-not-in-region": -0.5, "model-not-enabled": -0.5}, "SEED DISC SDKPY", "2025/2026"),
    row("host-global", "The host was made of the word global, as clients did that did not know the global endpoint.",
        ("said:global-aiplatform",), {"endpoint-host": 6.2, "sdk-too-old": 5.6}, "SDKPY SDKTS WIRE", "2025/2026"),
    row("host-global-setting", "The location is global by the client's own setting, and the client makes the host.",
        ("said:global-aiplatform", "context:location=global|region=global|location: global|region: global|_location=|_region="), {"sdk-too-old": 2.0}, "SDKPY AISDK", "2025/2026"),
    row("host-mismatch", "The host belongs to another location than the path.",
        ("fit:=mismatch",), {"endpoint-host": 4.8, "env-var-clash": 1.4}, "SEED DISC", "2025/2026"),
    row("host-words", "The text speaks of the host of global or of a multi-region.",
        ("any:aiplatform.eu.rep|aiplatform.us.rep|.rep.googleapis|eu-aiplatform|us-aiplatform|wrong host|multi-region endpoint|multi-region host|hostname", "any:404|html|not found|401|501|unimplemented|wrong|resolve|enotfound", "!metric:predict"), {"endpoint-host": 3.0}, "SEED DISC GD:locations", "2026"),
    row("host-page", "A 404 page of Google's front end: the host does not know this path.",
        ("any:the requested url|that's all we know|error 404 (not found)|was not found on this server|that's an error|(html)|html 404|<html", "any:404|not found", f"any:{_OURS}"), {"endpoint-host": 4.4, "base-url-shape": 3.6, "region-missing": 1.0, "wrong-publisher": 0.5}, "DISC GD:locations", "2024/2026"),
    row("host-page-bare", "An HTML page in place of JSON: the answer comes from a front end, not from the API.",
        ("shape:=page", "topic:vertex|claude", "!any:proxy authentication|zscaler|captive|blocked by"), {"endpoint-host": 2.2, "base-url-shape": 2.4, "network-proxy": 1.8}, "DISC GD:locations", "2024/2026"),
    row("host-unimplemented", "The host answers that the method is not implemented.",
        ("status:unimplemented", "topic:vertex|google"), {"endpoint-host": 3.6, "wrong-publisher": 1.5}, "GD:api-errors DISC", "2025/2026"),

    row("url-no-version", "The path has no version: /v1 is missing between host and projects.",
        ("url:no-version",), {"base-url-shape": 8.0, "model-not-enabled": -1.5}, "SDKPY SDKTS WIRE", "2024/2026"),
    row("url-two-versions", "The path has the version twice, or the method.",
        ("url:two-versions|two-verbs",), {"base-url-shape": 8.0}, "LITELLM WIRE", "2024/2026"),
    row("url-messages", "The path is the first-party API's, on Google's host.",
        ("url:messages-path",), {"base-url-shape": 5.6, "wrong-product": 1.5, "vertex-not-activated": 2.0, "client-unsupported": 2.0}, "SDKPY WIRE", "2024/2026"),
    row("url-words", "A base address was overridden, and its shape is in question.",
        ("any:base_url|baseurl|base url|base-url|api_base|apibase|anthropic_vertex_base_url|vertexai_api_base|endpoint override|custom endpoint|api_endpoint", "any:404|/v1|invalid url|trailing slash|missing protocol|unsupported protocol|not found|cannot post|double|connection error|apiconnectionerror|405|method not allowed|no /v1", "!metric:predict"), {"base-url-shape": 3.6, "base-url-side-effect": 0.8}, "SDKPY SDKTS LITELLM WIRE", "2024/2026"),
    row("url-invalid", "The address is no address.",
        ("said:invalid url|failed to parse url|unsupportedprotocol|missing an 'http|missing 'http|only absolute urls|err_invalid_url|unsupported protocol|invalidurl|no scheme supplied", f"any:{_OURS}"), {"base-url-shape": 4.6, "region-missing": 2.6}, "SDKPY SDKTS", "2024/2026"),
    row("url-proxy-404", "A gateway does not know the path that it was sent.",
        ("any:cannot post|404 page not found|no route matched|route not found|unknown path|no matched route|cannot get /|method not allowed|\"detail\":\"not found\"|unsupported endpoint|invalid path", "any:rawpredict|vertex|projects/|locations/|v1/messages", "!said:publisher model"), {"base-url-shape": 4.6, "gateway-translation": 3.4}, "CCD LITELLM", "2025/2026"),
    row("url-side-effect", "A behaviour changed when the base address was set.",
        ("any:base_url|baseurl|base url|anthropic_vertex_base_url|anthropic_base_url", "any:fine-grained|streaming stops|no longer stream|tool streaming|disables|turns off|changes behaviour|changed behavior|changes behavior|side effect|tool search|setting it|when set|once set|stops sending|beta headers are dropped|caching…off|caching stops|after setting"), {"base-url-side-effect": 5.2, "base-url-shape": -0.5}, "CC CCD EMIT", "2025/2026"),

    row("region-undefined", "No location was resolved: the address has a blank, undefined or none in its place.",
        ("url:no-location",), {"region-missing": 7.0, "env-var-name": 3.2, "env-var-clash": 0.8, "endpoint-host": -0.5}, "AISDK SDKPY WIRE", "2024/2026"),
    row("region-none-given", "The client asks for a region.",
        ("said:no region was given|no region provided|no region specified|no region set|no region configured|no location specified|no location set|set cloud_ml_region|option or the `cloud_ml_region`|cloud_ml_region` environment variable should be set|region not set|region is required|location is required|vertex_location is required|missing region|region is not set|location setting is missing|location is missing|cloud_ml_region is required|cloud_ml_region…required|cloud_ml_region…not set|cloud_ml_region…missing|cloud_ml_region must be|no location provided|location must be|expected a non-empty value for `region|region was not|must provide a region|provide a location|must be set…region|region…must be set|requires a region|please set…region|missing required…region|missing required…location|location not specified|region not specified|vertex region is missing|invalid vertex_location format|specify a location|specify a region",),
        {"region-missing": 6.6, "env-var-name": 3.2, "container-env": 1.0, "wrong-project": -0.5}, "SDKPY SDKTS AISDK LITELLM", "2024/2026"),
    row("region-named-variable", "The variable that a client names as missing is one of several for the same thing.",
        ("said:setting is missing|environment variable should be set|environment variable is not set|is not set in the environment|environment variable is required|missing environment variable", "context:are set|is set|variables set|given as|exported|set as|present|defined|configured"), {"env-var-name": 3.8, "region-missing": -0.6}, "AISDK SDKPY EMIT", "2025/2026"),
    row("region-passed-through", "The variable is there, and an inner client does not get it.",
        ("said:no region was given|cloud_ml_region", "context:variable is present|logs show|workflow-level|passed through|inner client"), {"region-missing": 2.6, "env-var-name": -1.0}, "SDKTS CCD", "2025"),

    row("net-refused", "No connection was made to Google's or the gateway's host.",
        ("said:econnrefused|enotfound|getaddrinfo|etimedout|econnreset|ehostunreach|enetunreach|eai_again|name or service not known|temporary failure in name resolution|could not resolve host|no such host|nodename nor servname|dns|connection refused|connection reset|connection timed out|connect timeout|connecttimeout|socket hang up|network is unreachable|und_err_connect_timeout|und_err_socket|failed to connect|dial tcp|i/o timeout|connection aborted|remotedisconnected|max retries exceeded|failed to resolve|remote end closed|broken pipe|unknownhostexception|no route to host",
         f"any:{_OURS}", "!topic:database|packages", "!any:169.254|metadata", "!any:bedrock", "!fit:no-such-host", "!url:no-location"),
        {"network-proxy": 5.0, "endpoint-host": 0.4}, "GOOGLE-AUTH NODE", "2018/2026"),
    row("net-tls", "The certificate is not trusted: something in between opens TLS, or a bundle is missing.",
        ("said:certificate_verify_failed|self signed certificate|self-signed certificate|unable to get local issuer|unable to verify the first certificate|certificate verify failed|ssl: |sslerror|sslcertverification|certificate has expired|x509: certificate|pkix path|tlsv1|wrong_version_number|wrong version number|unable_to_get_issuer|unable_to_verify_leaf|depth_zero|handshake failure|certificate signed by unknown|sslhandshake|tls handshake|err_tls|cert_untrusted|node_extra_ca_certs|ssl certificate problem",
         f"any:{_OURS}", "!topic:database|packages", "!said:decoder routines|pem routines|pem_read|opensslerrorstack"),
        {"network-proxy": 6.5}, "GOOGLE-AUTH NODE OPENSSL", "2018/2026"),
    row("net-proxy", "A proxy refuses, or stands in the way.",
        ("any:tunnel connection failed|proxy authentication required|407|zscaler|netskope|corporate proxy|corporate firewall|proxyerror|https_proxy|http_proxy|firewall|proxyconnect|tls interception|ssl inspection|cannot connect to proxy|blocked by…proxy|vpn|err_proxy|egress|captive portal|no_proxy|proxy server",
         f"any:{_OURS}", "!topic:database|packages"),
        {"network-proxy": 5.0}, "GOOGLE-AUTH NODE", "2018/2026"),
    row("net-connection-error", "The client says only that the connection failed.",
        ("said:connection error|apiconnectionerror|fetch failed|typeerror: failed to fetch|apitimeouterror|request timed out|connection failed|network error|failed to fetch", f"any:{_OURS}", "!any:169.254|metadata|default credentials", "!fit:no-such-host", "!url:no-location", "!topic:openai|database|packages|bedrock"),
        {"network-proxy": 4.2, "base-url-shape": 1.6, "adc-missing": 1.0}, "SDKPY SDKTS NODE", "2024/2026"),
    row("net-connection-empty-base", "The base address is set, maybe to nothing.",
        ("said:connection error|apiconnectionerror", "any:base_url"), {"base-url-shape": 2.8}, "SDKPY WIRE", "2025/2026"),
    row("net-psc", "Private access is in use: the hosts of the multi-regions need their own endpoints.",
        ("any:private service connect|psc|private google access|restricted.googleapis|private.googleapis", "any:vertex|aiplatform|rep.googleapis"), {"network-proxy": 3.0, "endpoint-host": 1.2}, "GD:locations", "2026"),
)
