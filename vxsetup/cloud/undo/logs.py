"""The dataset of the logs and who writes there (BigQuery v2, DISC)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from vxsetup.cloud.call import Answer, Call, json_body
from vxsetup.cloud.changes.base import Changed, Hands, NotChanged, refused
from vxsetup.cloud.changes.bigquery import SERVICE
from vxsetup.cloud.changes.bigquery import WRITER as WRITER_ROLE
from vxsetup.cloud.undo.base import Eyes, Made, Undoing, again, read, removed, text
from vxsetup.facts.made import AS_MADE, GONE, Standing, compared


def _url(one: Made) -> str:
    place = f"projects/{quote(one.action['project'], safe=':')}/datasets/{quote(one.action['dataset'], safe='')}"
    return f"https://{SERVICE}/bigquery/v2/{place}"


def _get(one: Made) -> Call:
    return Call(SERVICE, "bigquery.datasets.get", "GET", _url(one))


def _agents(entry: Any) -> bool:
    """Whether an entry is the one of Vertex AI's service agent, which vxsetup adds by a step of its own."""
    email = entry.get("userByEmail") if isinstance(entry, dict) else None
    return isinstance(email, str) and email.endswith("@gcp-sa-aiplatform.iam.gserviceaccount.com")


def _entries(access: Any) -> set[str]:
    rows = access if isinstance(access, list) else []
    return {json.dumps(entry, sort_keys=True) for entry in rows if not _agents(entry)}


def _access_change(before: Any, now: Any) -> tuple[str, str | None, str | None]:
    """What was added to and taken from the access list since; nothing where it was not kept."""
    if not isinstance(before, list):
        return ("access", None, None)
    old, new = _entries(before), _entries(now)
    return ("access", text(sorted(old - new)), text(sorted(new - old)))


def _look_at_dataset(one: Made, eyes: Eyes) -> Standing:
    action = one.action
    found = read(_get(one), eyes.send)
    if found is None:
        return GONE
    if isinstance(found, Standing):
        return found
    tables = read(Call(SERVICE, "bigquery.tables.list", "GET", f"{_url(one)}/tables?maxResults=1000"), eyes.send)
    if isinstance(tables, Standing):
        return tables
    rows = (tables or {}).get("tables", ())
    names = [str((row.get("tableReference") or {}).get("tableId")) for row in rows]
    labels = found.get("labels")
    labels = labels if isinstance(labels, dict) else {}
    now = {key: labels.get(key) for key in action["labels"] if key in labels}
    return compared(
        (
            ("location", str(action["location"]).upper(), str(found.get("location", "")).upper() or None),
            ("description", action["description"], text(found.get("description"))),
            ("labels", text(action["labels"]), text(now)),
            ("default table expiration", None, text(found.get("defaultTableExpirationMs"))),
            ("default partition expiration", None, text(found.get("defaultPartitionExpirationMs"))),
            _access_change(one.made.get("access"), found.get("access")),
        ),
        holds=_held(names),
    )


def _held(names: list[str]) -> str | None:
    if not names:
        return None
    shown = ", ".join(names[:3]) + (" …" if len(names) > 3 else "")
    return f"{len(names)} table{'s' if len(names) > 1 else ''} ({shown})"


def _delete_dataset(one: Made, hands: Hands) -> Changed | NotChanged:
    """Delete the dataset. Without ``contents`` BigQuery itself refuses one that holds a table by then."""
    url = f"{_url(one)}?deleteContents={'true' if one.contents else 'false'}"
    return removed(hands.send(Call(SERVICE, "bigquery.datasets.delete", "DELETE", url)))


DATASET = Undoing(_look_at_dataset, _delete_dataset)


def _writes(entry: Any, member: str | None) -> bool:
    named = isinstance(entry, dict) and entry.get("role") in ("WRITER", WRITER_ROLE)
    return named and (entry.get("userByEmail") == member if member else _agents(entry))


def _member(made: Mapping[str, Any]) -> str | None:
    member = made.get("member")
    return member if isinstance(member, str) else None


def _look_at_writer(one: Made, eyes: Eyes) -> Standing:
    found = read(_get(one), eyes.send)
    if isinstance(found, Standing):
        return found
    entries = (found or {}).get("access", ())
    return AS_MADE if any(_writes(entry, _member(one.made)) for entry in entries) else GONE


def _take_writer_back(one: Made, hands: Hands) -> Changed | NotChanged:
    started, pause = hands.seconds(), 0.5
    while True:
        found = read(_get(one), hands.send)
        if isinstance(found, Standing):
            return NotChanged(found.says, found.permission)
        access = found.get("access") if found is not None else []
        if not isinstance(access, list) or (found is not None and not isinstance(found.get("etag"), str)):
            return NotChanged("BigQuery answered with a dataset that cannot be read, so that it will not be written")
        left = [entry for entry in access if not _writes(entry, _member(one.made))]
        if found is None or left == access:
            return Changed(already=True)
        headers = (("If-Match", str(found["etag"])),)
        body = json_body({"access": left})
        outcome = hands.send(Call(SERVICE, "bigquery.datasets.patch", "PATCH", _url(one), body, headers=headers))
        if isinstance(outcome, Answer) and outcome.ok:
            return Changed()
        if not again(outcome, hands, started, pause, 412):
            return refused(outcome)
        pause = min(pause * 2, 10.0)


WRITER = Undoing(_look_at_writer, _take_writer_back)
