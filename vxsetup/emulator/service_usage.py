"""Service Usage v1: which APIs a project has on, and turning them on (DISC 20260921)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from . import errors
from .access import service_restricted
from .http import Response, answer
from .iam import allows, project_resource
from .model import Project
from .operations import begun
from .routing import Answer, Call, Route
from .shapes import page, texts
from .state import State
from .tables import BILLED_SERVICES

API = "serviceusage.googleapis.com"
MAX_ENABLE = 20
MAX_GET = 30


def _body(state: State, project: Project, service: str) -> dict[str, Any]:
    return {
        "name": f"projects/{project.number}/services/{service}",
        "parent": f"projects/{project.number}",
        "config": {"name": service, "title": state.tables.services.get(service, service)},
        "state": "ENABLED" if service in project.services else "DISABLED",
    }


def _allowed(call: Call, permission: str, doing: str) -> Project | Response:
    project = call.state.project(call.args["project"])
    if project is not None and allows(
        call.state, call.principal, project_resource(call.state, project), permission, call.now
    ):
        return project
    return errors.google(
        403,
        f"Permission denied to {doing}",
        details=[errors.info("AUTH_PERMISSION_DENIED", API, {})],
    )


def _unknown(services: list[str]) -> Response:
    names = ",".join(services)
    return errors.google(
        403,
        f"Not found or permission denied for service(s): {names}.",
        details=[errors.info("SERVICE_CONFIG_NOT_FOUND_OR_PERMISSION_DENIED", API, {"services": names})],
    )


def _known(call: Call, service: str) -> bool:
    return service in call.state.tables.services or any(
        service in project.services for project in call.state.world.projects.values()
    )


def _get(call: Call) -> Answer:
    service = call.args["service"]
    project = _allowed(call, "serviceusage.services.get", f"get service [{service}]")
    if isinstance(project, Response):
        return project
    return answer(_body(call.state, project, service)) if _known(call, service) else _unknown([service])


def _list(call: Call) -> Answer:
    name = call.args["project"]
    project = _allowed(call, "serviceusage.services.list", f"list services for consumer container [projects/{name}]")
    if isinstance(project, Response):
        return project
    wanted = call.target.first("filter").replace(" ", "")
    if wanted not in ("", "state:ENABLED", "state:DISABLED"):
        return errors.invalid("The only filters are state:ENABLED and state:DISABLED.")
    names = sorted({*call.state.tables.services, *project.services})
    rows = [_body(call.state, project, service) for service in names]
    rows = [row for row in rows if not wanted or row["state"] == wanted.partition(":")[2]]
    shown, following = page(rows, call.target.first("pageSize"), call.target.first("pageToken"), 50)
    return answer({"services": shown, **({"nextPageToken": following} if following else {})} if shown else {})


def _batch_get(call: Call) -> Answer:
    project = _allowed(call, "serviceusage.services.get", "get services")
    if isinstance(project, Response):
        return project
    names = call.target.query.get("names", ())
    if not names or len(names) > MAX_GET:
        return errors.invalid(f"Between 1 and {MAX_GET} names must be given.")
    services = []
    for name in names:
        owner, _, service = name.partition("/services/")
        if call.state.project(owner.removeprefix("projects/")) is not project:
            return errors.invalid(f"The name {name} is not of the parent projects/{call.args['project']}.")
        services.append(service)
    unknown = [service for service in services if not _known(call, service)]
    if unknown:
        return _unknown(unknown)
    return answer({"services": [_body(call.state, project, service) for service in services]})


def _billing_missing(project: Project, services: tuple[str, ...]) -> Response | None:
    """400 where services that cost are to be enabled without billing (F#20316262311; that it holds of aiplatform is assumed)."""
    billed = [service for service in services if service in BILLED_SERVICES and service not in project.services]
    if not billed or (project.billing is not None and project.billing.open):
        return None
    names = ",".join(billed)
    metadata = {"project": project.number, "services": names}
    return errors.precondition(
        f"Billing account for project '{project.number}' is not found. Billing must be enabled for activation of "
        f"service(s) '{names}' to proceed.",
        [errors.info("UREQ_PROJECT_BILLING_NOT_FOUND", "serviceusage.googleapis.com/billing-enabled", metadata)],
    )


def _enabled(call: Call, services: tuple[str, ...], batch: bool) -> Answer:
    project = _allowed(call, "serviceusage.services.enable", f"enable service [{','.join(services)[:200]}]")
    if isinstance(project, Response):
        return project
    unknown = [service for service in services if not _known(call, service)]
    if unknown:
        return _unknown(unknown)
    refusal = _billing_missing(project, services)
    if refusal is None:
        refused = (service_restricted(call.state, project, service) for service in services)
        refusal = next((response for response in refused if response is not None), None)
    if refusal is not None:
        return refusal
    delay = call.state.world.behaviour.enable_propagation_s
    usable = call.now + timedelta(seconds=delay) if delay else None
    fresh = {service: usable for service in services if service not in project.services}
    changed = replace(project, services={**project.services, **fresh})
    rows = [_body(call.state, changed, service) for service in services]
    kind = "type.googleapis.com/google.api.serviceusage.v1."
    response: dict[str, Any] = {"@type": f"{kind}EnableServiceResponse", "service": rows[0]}
    if batch:
        response = {"@type": f"{kind}BatchEnableServicesResponse", "services": rows}
    state = call.state.with_project(changed)
    metadata = {"@type": f"{kind}OperationMetadata", "resourceNames": [row["name"] for row in rows]}
    return begun(call, state, f"operations/acat.p2-{project.number}-", response, metadata)


def _enable(call: Call) -> Answer:
    return _enabled(call, (call.args["service"],), batch=False)


def _batch_enable(call: Call) -> Answer:
    services = tuple(dict.fromkeys(texts(call.data, "serviceIds")))
    if not services or len(services) > MAX_ENABLE:
        return errors.invalid(f"Between 1 and {MAX_ENABLE} services must be given.")
    return _enabled(call, services, batch=True)


def _disable(call: Call) -> Answer:
    service = call.args["service"]
    project = _allowed(call, "serviceusage.services.disable", f"disable service [{service}]")
    if isinstance(project, Response):
        return project
    left = {name: usable for name, usable in project.services.items() if name != service}
    changed = replace(project, services=left)
    kind = "type.googleapis.com/google.api.serviceusage.v1."
    row = _body(call.state, changed, service)
    response = {"@type": f"{kind}DisableServiceResponse", "service": row}
    metadata = {"@type": f"{kind}OperationMetadata", "resourceNames": [row["name"]]}
    prefix = f"operations/acat.p2-{project.number}-"
    return begun(call, call.state.with_project(changed), prefix, response, metadata)


def _generate_identity(call: Call) -> Answer:
    """Make the service agent of an API (v1beta1). It answers the same where the agent is there already."""
    service = call.args["service"]
    project = _allowed(call, "serviceusage.services.enable", f"generate the identity of [{service}]")
    if isinstance(project, Response):
        return project
    email = f"service-{project.number}@gcp-sa-{service.partition('.')[0]}.iam.gserviceaccount.com"
    kind = "type.googleapis.com/google.api.serviceusage.v1beta1."
    response = {"@type": f"{kind}ServiceIdentity", "email": email, "uniqueId": project.number}
    return begun(call, call.state, f"operations/finished.DONE_OPERATION-{project.number}-", response)


def routes() -> tuple[Route, ...]:
    """What this API serves."""
    root = "/v1/projects/{project}/services"
    return (
        Route("GET", root, API, _list),
        Route("GET", root + ":batchGet", API, _batch_get),
        Route("POST", root + ":batchEnable", API, _batch_enable),
        Route("GET", root + "/{service}", API, _get),
        Route("POST", root + "/{service}:enable", API, _enable),
        Route("POST", root + "/{service}:disable", API, _disable),
        Route(
            "POST", "/v1beta1/projects/{project}/services/{service}:generateServiceIdentity", API, _generate_identity
        ),
    )
