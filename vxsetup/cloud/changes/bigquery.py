"""BigQuery v2: make the dataset of the logs, and let Vertex AI's service agent write to it (DISC)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from vxsetup.cloud.call import Answer, Call, json_body
from vxsetup.cloud.changes.base import Changed, Hands, NotChanged, error_of, lost, refused, seal

SERVICE = "bigquery.googleapis.com"
WRITER = "roles/bigquery.dataEditor"


def create_dataset(action: Mapping[str, Any], hands: Hands) -> Changed | NotChanged:
    """Make the dataset of an action: ``project``, ``dataset``, ``location``, ``labels``, ``description``.

    No expiration is ever set. A dataset that is there already is fine; whether it lies right is read after.
    """
    body = {
        "datasetReference": {"projectId": action["project"], "datasetId": action["dataset"]},
        "location": action["location"],
        "labels": dict(action["labels"]),
        "description": action["description"],
    }
    url = f"https://{SERVICE}/bigquery/v2/projects/{quote(action['project'], safe=':')}/datasets"
    made = {key: action[key] for key in ("project", "dataset", "location")}
    hands.sending(made)
    outcome = hands.send(Call(SERVICE, "bigquery.datasets.insert", "POST", url, json_body(body)))
    if isinstance(outcome, Answer) and outcome.ok:
        # The access list that Google gave it tells later who was let in by others.
        return Changed(made={**made, "access": (outcome.mapping() or {}).get("access")})
    error = error_of(outcome)
    if error is None or error.http != 409:
        return refused(outcome)
    return Changed(already=not lost(outcome), made=made, unsure=lost(outcome))


def let_agent_write(action: Mapping[str, Any], hands: Hands) -> Changed | NotChanged:
    """Add the service agent to the access list of a dataset: ``project``, ``dataset``.

    Read, modify, write with the etag that was read (If-Match), and again where somebody else was faster; every other
    entry is written back as it was read.
    """
    agent = _agent(action["project"], hands)
    if isinstance(agent, NotChanged):
        return agent
    place = f"projects/{quote(action['project'], safe=':')}/datasets/{quote(action['dataset'], safe='')}"
    url = f"https://{SERVICE}/bigquery/v2/{place}"
    made = {"dataset": f"{action['project']}.{action['dataset']}", "role": WRITER, "member": agent}
    started, pause, unsure = hands.seconds(), 0.5, False
    while True:
        read = hands.send(Call(SERVICE, "bigquery.datasets.get", "GET", url))
        dataset = read.mapping() if isinstance(read, Answer) and read.ok else None
        if dataset is None:
            return refused(read, unsure)
        access, etag = dataset.get("access", []), dataset.get("etag")
        if not isinstance(access, list) or not isinstance(etag, str):
            return NotChanged("BigQuery answered with a dataset that cannot be read, so that it will not be written")
        if any(is_writer(entry, agent) for entry in access):
            return Changed(already=not unsure, unsure=unsure)
        wanted = [*access, {"role": "WRITER", "userByEmail": agent}]
        hands.sending({**made, "sent": access_seal(wanted)})
        body = json_body({"access": wanted})
        call = Call(SERVICE, "bigquery.datasets.patch", "PATCH", url, body, headers=(("If-Match", etag),))
        outcome = hands.send(call)
        if isinstance(outcome, Answer) and outcome.ok:
            return Changed(made=made)
        unsure = unsure or lost(outcome)
        error = error_of(outcome)
        # 412: somebody else wrote. 400 about an account: one that was just made is not known everywhere at once.
        again = error is not None and (error.http == 412 or (error.http == 400 and agent in error.message))
        if not again or hands.seconds() - started > hands.deadline or not hands.wait(pause):
            return refused(outcome, unsure)
        pause = min(pause * 2, 10.0)


def access_seal(access: list[Any]) -> str:
    """The seal of an access list, whatever the order of its entries."""
    return seal(access=sorted(json_body({"entry": entry}) for entry in access))


def is_writer(entry: Any, agent: str) -> bool:
    """Whether an entry of an access list lets an account write."""
    roles = ("WRITER", "OWNER", WRITER, "roles/bigquery.dataOwner")
    return isinstance(entry, dict) and entry.get("role") in roles and entry.get("userByEmail") == agent


def _agent(project: str, hands: Hands) -> str | NotChanged:
    """The e-mail of Vertex AI's service agent in a project. Google makes it when it is first needed, or asked for."""
    name = quote(project, safe=":")
    url = f"https://serviceusage.googleapis.com/v1beta1/projects/{name}/services/aiplatform.googleapis.com"
    call = Call(
        "serviceusage.googleapis.com",
        "serviceusage.services.generateServiceIdentity",
        "POST",
        f"{url}:generateServiceIdentity",
        "{}",
    )
    hands.send(call)  # where it is refused the agent may still be there; if it is not, the grant itself says so
    api = "cloudresourcemanager.googleapis.com"
    record = hands.send(Call(api, "cloudresourcemanager.projects.get", "GET", f"https://{api}/v3/projects/{name}"))
    found = record.mapping() if isinstance(record, Answer) and record.ok else None
    number = str((found or {}).get("name", "")).removeprefix("projects/")
    if not number.isdigit():
        return refused(record)
    return f"service-{number}@gcp-sa-aiplatform.iam.gserviceaccount.com"
