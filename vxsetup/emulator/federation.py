"""Workload identity pools, and the two places where identities become tokens: OAuth's ``/token`` and STS."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl, urlencode

from . import errors
from .access import project_for
from .conditions import evaluate, holds
from .http import Response, answer
from .model import Pool, Project, Provider
from .operations import begun
from .routing import Answer, Call, Route
from .shapes import part, text, texts
from .tokens import PREFIX, claims_of, service_account_of

IAM = "iam.googleapis.com"
STS = "sts.googleapis.com"
OAUTH = "oauth2.googleapis.com"
_POOL_ID = re.compile(r"[a-z][a-z0-9-]{2,30}[a-z0-9]")
_AUDIENCE = re.compile(
    r"//iam\.googleapis\.com/projects/(\d+)/locations/global/workloadIdentityPools/([a-z0-9-]+)/providers/([a-z0-9-]+)"
)
_JWT_GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_TYPE = "type.googleapis.com/google.iam.v1.WorkloadIdentityPool"


def _base(project: Project) -> str:
    return f"projects/{project.number}/locations/global/workloadIdentityPools"


def _pool_body(project: Project, key: str, pool: Pool) -> dict[str, Any]:
    body: dict[str, Any] = {"name": f"{_base(project)}/{key}", "state": "ACTIVE", "mode": "FEDERATION_ONLY"}
    return (
        body
        | ({"displayName": pool.display_name} if pool.display_name else {})
        | ({"description": pool.description} if pool.description else {})
        | ({"disabled": True} if pool.disabled else {})
    )


def _provider_body(project: Project, pool: str, key: str, provider: Provider) -> dict[str, Any]:
    oidc: dict[str, Any] = {"issuerUri": provider.issuer}
    if provider.audiences:
        oidc["allowedAudiences"] = list(provider.audiences)
    body: dict[str, Any] = {
        "name": f"{_base(project)}/{pool}/providers/{key}",
        "state": "ACTIVE",
        "attributeMapping": dict(provider.mapping),
        "oidc": oidc,
    }
    optional = {
        "displayName": provider.display_name,
        "description": provider.description,
        "attributeCondition": provider.condition,
        "disabled": provider.disabled,
    }
    return body | {name: value for name, value in optional.items() if value}


def _get_pool(call: Call) -> Answer:
    project = project_for(call, call.args["project"], "iam.googleapis.com/workloadIdentityPools.get")
    if isinstance(project, Response):
        return project
    pool = project.pools.get(call.args["pool"])
    return answer(_pool_body(project, call.args["pool"], pool)) if pool else errors.not_found()


def _list_pools(call: Call) -> Answer:
    project = project_for(call, call.args["project"], "iam.googleapis.com/workloadIdentityPools.list")
    if isinstance(project, Response):
        return project
    rows = [_pool_body(project, key, pool) for key, pool in project.pools.items()]
    return answer({"workloadIdentityPools": rows} if rows else {})


def _create_pool(call: Call) -> Answer:
    project = project_for(call, call.args["project"], "iam.googleapis.com/workloadIdentityPools.create")
    if isinstance(project, Response):
        return project
    key = call.target.first("workloadIdentityPoolId")
    if not _POOL_ID.fullmatch(key) or key.startswith("gcp-"):
        return errors.invalid("workload_identity_pool_id must be 4 to 32 small letters, digits or hyphens, not gcp-….")
    if key in project.pools:
        return errors.google(409, "Requested entity already exists", "ALREADY_EXISTS")
    pool = Pool({}, text(call.data, "displayName"), description=text(call.data, "description"))
    changed = replace(project, pools={**project.pools, key: pool})
    body = _pool_body(changed, key, pool)
    return begun(call, call.state.with_project(changed), f"{body['name']}/operations/", {"@type": _TYPE, **body})


def _providers(call: Call, what: str) -> tuple[Project, Pool] | Response:
    project = project_for(call, call.args["project"], f"iam.googleapis.com/workloadIdentityPoolProviders.{what}")
    if isinstance(project, Response):
        return project
    pool = project.pools.get(call.args["pool"])
    return (project, pool) if pool else errors.not_found()


def _get_provider(call: Call) -> Answer:
    found = _providers(call, "get")
    if isinstance(found, Response):
        return found
    key = call.args["provider"]
    provider = found[1].providers.get(key)
    if provider is None:
        return errors.not_found()
    return answer(_provider_body(found[0], call.args["pool"], key, provider))


def _list_providers(call: Call) -> Answer:
    found = _providers(call, "list")
    if isinstance(found, Response):
        return found
    pool = call.args["pool"]
    rows = [_provider_body(found[0], pool, key, provider) for key, provider in found[1].providers.items()]
    return answer({"workloadIdentityPoolProviders": rows} if rows else {})


def _create_provider(call: Call) -> Answer:
    found = _providers(call, "create")
    if isinstance(found, Response):
        return found
    project, pool = found
    key, oidc = call.target.first("workloadIdentityPoolProviderId"), part(call.data, "oidc")
    mapping = {name: value for name, value in part(call.data, "attributeMapping").items() if isinstance(value, str)}
    if not _POOL_ID.fullmatch(key) or key.startswith("gcp-"):
        return errors.invalid("workload_identity_pool_provider_id must be 4 to 32 small letters, digits or hyphens.")
    if key in pool.providers:
        return errors.google(409, "Requested entity already exists", "ALREADY_EXISTS")
    if not text(oidc, "issuerUri").startswith("https://"):
        return errors.invalid("oidc.issuer_uri must be an https address.")
    if "google.subject" not in mapping:
        return errors.invalid("The attribute mapping must map google.subject.")
    provider = Provider(
        text(oidc, "issuerUri"),
        mapping,
        text(call.data, "attributeCondition"),
        texts(oidc, "allowedAudiences"),
        text(call.data, "displayName"),
        description=text(call.data, "description"),
    )
    changed_pool = replace(pool, providers={**pool.providers, key: provider})
    changed = replace(project, pools={**project.pools, call.args["pool"]: changed_pool})
    body = _provider_body(changed, call.args["pool"], key, provider)
    kind = f"{_TYPE}Provider"
    return begun(call, call.state.with_project(changed), f"{body['name']}/operations/", {"@type": kind, **body})


def _delete_pool(call: Call) -> Answer:
    """Google keeps what is deleted for 30 days, and its id with it; here it is gone at once."""
    project = project_for(call, call.args["project"], "iam.googleapis.com/workloadIdentityPools.delete")
    if isinstance(project, Response):
        return project
    key = call.args["pool"]
    if key not in project.pools:
        return errors.not_found()
    changed = replace(project, pools={name: one for name, one in project.pools.items() if name != key})
    prefix = f"{_base(project)}/{key}/operations/"
    return begun(call, call.state.with_project(changed), prefix, {"@type": _TYPE, "state": "DELETED"})


def _delete_provider(call: Call) -> Answer:
    found = _providers(call, "delete")
    if isinstance(found, Response):
        return found
    (project, pool), name, key = found, call.args["pool"], call.args["provider"]
    if key not in pool.providers:
        return errors.not_found()
    smaller = replace(pool, providers={other: one for other, one in pool.providers.items() if other != key})
    changed = replace(project, pools={**project.pools, name: smaller})
    prefix = f"{_base(project)}/{name}/providers/{key}/operations/"
    return begun(call, call.state.with_project(changed), prefix, {"@type": f"{_TYPE}Provider", "state": "DELETED"})


def _form(call: Call) -> Mapping[str, str]:
    """The fields of a form or JSON body."""
    raw = call.request.body.decode("utf-8", "replace")[:100_000]
    if raw.lstrip().startswith("{"):
        try:
            data = json.loads(raw)
        except (ValueError, RecursionError):
            return {}
        return {key: value for key, value in data.items() if isinstance(value, str)}
    return dict(parse_qsl(raw))


def _oauth_error(kind: str, description: str) -> Response:
    return answer({"error": kind, "error_description": description}, 400)


def _id_token(subject: str, audience: str, now: datetime) -> str:
    """An unsigned JWT that can be decoded: gcloud reads its ``exp``."""
    start = int(now.timestamp())
    claims = {"iss": "https://accounts.google.com", "aud": audience, "sub": subject, "email": subject}
    claims |= {"email_verified": True, "iat": start, "exp": start + 3600}  # type: ignore[dict-item]
    encoded = [
        base64.urlsafe_b64encode(json.dumps(one).encode()).rstrip(b"=").decode()
        for one in ({"alg": "RS256", "typ": "JWT", "kid": "emulator"}, claims)
    ]
    return ".".join((*encoded, "ZW11bGF0b3I"))


def _token(call: Call) -> Answer:
    """OAuth's token endpoint: a service account's signed assertion, or a user's refresh token."""
    form = _form(call)
    grant = form.get("grant_type", "")
    if grant == "refresh_token":
        caller = call.state.world.caller.principal
        granted = {"access_token": PREFIX + caller, "expires_in": 3599, "token_type": "Bearer"}
        return answer(granted | {"scope": "https://www.googleapis.com/auth/cloud-platform"})
    if grant != _JWT_GRANT:
        return _oauth_error("unsupported_grant_type", f"Invalid grant_type: {grant[:80]}")
    claims = claims_of(form.get("assertion", ""))
    issuer = str(claims.get("iss", "")) if claims else ""
    account = service_account_of(call.state, issuer)
    if account is None:
        return _oauth_error("invalid_grant", "Invalid grant: account not found")
    if account.disabled:
        return _oauth_error("invalid_grant", "Invalid grant: account is disabled")
    audience = claims.get("target_audience") if claims else None
    if isinstance(audience, str):
        return answer({"id_token": _id_token(issuer, audience, call.now)})
    token = f"{PREFIX}serviceAccount:{issuer}"
    id_token = _id_token(issuer, "https://www.googleapis.com/oauth2/v4/token", call.now)
    return answer({"access_token": token, "expires_in": 3599, "token_type": "Bearer", "id_token": id_token})


def _mapped(provider: Provider, claims: Mapping[str, Any]) -> dict[str, str] | None:
    """The attributes that the provider's mapping makes of an assertion; None where the subject has no value."""
    names = {"assertion": claims}
    found: dict[str, str] = {}
    for target, expression in provider.mapping.items():
        value = evaluate(expression, names)
        if isinstance(value, list):
            found[target] = ",".join(map(str, value))
        elif value is not None:
            found[target] = str(value)
    return found if found.get("google.subject") else None


def _federated(call: Call, form: Mapping[str, str], match: re.Match[str]) -> Response:
    project = call.state.project(match[1])
    pool = project.pools.get(match[2]) if project else None
    provider = pool.providers.get(match[3]) if pool else None
    if project is None or pool is None or provider is None or pool.disabled or provider.disabled:
        return _oauth_error("invalid_target", "The target service indicated by the audience is invalid.")
    claims = claims_of(form.get("subject_token", "") or form.get("subjectToken", ""))
    if claims is None or str(claims.get("iss", "")).rstrip("/") != provider.issuer.rstrip("/"):
        return _oauth_error("invalid_grant", "The issuer in the ID Token does not match the expected issuer.")
    mapped = _mapped(provider, claims)
    if mapped is None:
        return _oauth_error("invalid_grant", "Could not obtain a value for google.subject from the credential.")
    attributes = {key.partition(".")[2]: value for key, value in mapped.items() if key.startswith("attribute.")}
    names = {"assertion": claims, "attribute": attributes, "google": {"subject": mapped["google.subject"]}}
    if provider.condition and holds(provider.condition, names) is not True:
        return _oauth_error("unauthorized_client", "The given credential is rejected by the attribute condition.")
    member = f"principal://iam.googleapis.com/{_base(project)}/{match[2]}/subject/{mapped['google.subject']}"
    rest = {key: value for key, value in mapped.items() if key != "google.subject"}
    token = PREFIX + member + (f"?{urlencode(rest)}" if rest else "")
    kind = "urn:ietf:params:oauth:token-type:access_token"
    return answer({"access_token": token, "issued_token_type": kind, "token_type": "Bearer", "expires_in": 3600})


def _exchange(call: Call) -> Answer:
    form = _form(call)
    match = _AUDIENCE.fullmatch(form.get("audience", ""))
    if match is None:
        return _oauth_error("invalid_request", "Invalid value for audience.")
    return _federated(call, form, match)


def routes() -> tuple[Route, ...]:
    """What these APIs serve."""
    pools = "/v1/projects/{project}/locations/global/workloadIdentityPools"
    providers = pools + "/{pool}/providers"
    return (
        Route("POST", "/token", OAUTH, _token, open=True, reads_json=False),
        Route("POST", "/v1/token", STS, _exchange, open=True, reads_json=False),
        Route("GET", pools, IAM, _list_pools),
        Route("POST", pools, IAM, _create_pool),
        Route("GET", pools + "/{pool}", IAM, _get_pool),
        Route("DELETE", pools + "/{pool}", IAM, _delete_pool),
        Route("DELETE", providers + "/{provider}", IAM, _delete_provider),
        Route("GET", providers, IAM, _list_providers),
        Route("POST", providers, IAM, _create_provider),
        Route("GET", providers + "/{provider}", IAM, _get_provider),
    )
