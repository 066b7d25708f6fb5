"""Whether something that is in the cloud is vxsetup's own doing, where the answer to the request that made it was lost.

It is so where the thing bears a mark that vxsetup alone sets and is no older than the request, or where the whole of a
policy or setting is to the letter what was sent. Elsewhere nothing in the cloud tells who did it, and it is said so.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from vxsetup.cloud.call import Answer, Call, Outcome
from vxsetup.cloud.changes import aiplatform, bigquery, cloud_quotas, federation, iam, org_policy, resource_manager
from vxsetup.cloud.changes.base import Hands, NotChanged, error_of, refused, seal
from vxsetup.facts.logging import without_read_only

if TYPE_CHECKING:
    from dataclasses import dataclass, field
else:
    from vxsetup.values import dataclass, field

SKEW = timedelta(minutes=5)
"""How far this machine's clock may be from Google's."""

Send = Callable[[Call], Outcome]


class Origin(StrEnum):
    """Whose doing a thing is: ``own``, ``foreign``, not to be told (``open``); or it is not there (``absent``); or it
    cannot be read (``unread``)."""

    OWN = "own"
    FOREIGN = "foreign"
    OPEN = "open"
    ABSENT = "absent"
    UNREAD = "unread"


@dataclass(frozen=True, slots=True)
class Proof:
    """What a reading shows of a thing's origin, and in words by what it shows it. ``made`` is more to keep of it."""

    origin: Origin
    says: str
    made: Mapping[str, Any] = field(default_factory=dict)


ABSENT = Proof(Origin.ABSENT, "it is not there")
NO_AUTHOR = "it is there, and nothing in the cloud tells who did it"
_SEALED = "it is to the letter what vxsetup sent"
_EDITED = "it is there among other changes, so that nothing in the cloud tells who did it"


def proof_of(action: Mapping[str, Any], sent: Mapping[str, Any], at: str, send: Send) -> Proof:
    """Read whether what an action was to make is there by vxsetup's own doing.

    ``sent`` is what was noted just before the write, ``at`` when (RFC 3339). Never raises: a journal is a file that
    people can edit, and an answer may be malformed.
    """
    known = _PROOFS.get(str(action.get("do")))
    if known is None:
        return Proof(Origin.OPEN, NO_AUTHOR)
    try:
        return known(action, sent, at, send)
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        return Proof(Origin.UNREAD, f"its line in the journal, or the answer, is not whole ({error!r})")


def _got(service: str, url: str, send: Send) -> Mapping[str, Any] | Proof:
    outcome = send(Call(service, f"{service} get", "GET", url))
    error = error_of(outcome)
    if error is not None and error.http == 404:
        return ABSENT
    data = outcome.mapping() if isinstance(outcome, Answer) and outcome.ok else None
    return data if data is not None else Proof(Origin.UNREAD, refused(outcome).says)


def _marked(found: Mapping[str, Any], mark: str, bears: bool, made_at: datetime | None, at: str) -> Proof:
    """The proof of a thing that bears vxsetup's mark or does not, and that Google says was made then."""
    if not bears:
        return Proof(Origin.FOREIGN, f"it is there without {mark}, so that somebody else made it")
    asked = _time(at)
    if made_at is not None and asked is not None and made_at < asked - SKEW:
        return Proof(Origin.FOREIGN, f"it was made at {made_at.isoformat()}, before vxsetup asked for it")
    age = f", and was made at {made_at.isoformat()}, when vxsetup asked for it" if made_at is not None else ""
    return Proof(Origin.OWN, f"it bears {mark}{age}")


def _time(text: Any) -> datetime | None:
    """A time of Google's or of the journal's; None where there is none that can be read."""
    try:
        found = datetime.fromisoformat(text) if isinstance(text, str) else None
    except ValueError:
        return None
    return found.replace(tzinfo=UTC) if found is not None and found.tzinfo is None else found


def _project(action: Mapping[str, Any], sent: Mapping[str, Any], at: str, send: Send) -> Proof:
    service = resource_manager.SERVICE
    found = _got(service, f"https://{service}/v3/projects/{quote(action['project'], safe=':')}", send)
    if isinstance(found, Proof):
        return found
    labels = found.get("labels") or {}
    own = all(labels.get(key) == value for key, value in action["labels"].items())
    bears = own and found.get("parent") == action["parent"]
    return _marked(found, "vxsetup's label", bears, _time(found.get("createTime")), at)


def _account(action: Mapping[str, Any], sent: Mapping[str, Any], at: str, send: Send) -> Proof:
    place = f"projects/{quote(action['project'], safe=':')}/serviceAccounts/{quote(action['email'], safe='@')}"
    found = _got(iam.SERVICE, f"https://{iam.SERVICE}/v1/{place}", send)
    if isinstance(found, Proof):
        return found
    return _marked(found, "vxsetup's description", found.get("description") == action["description"], None, at)


def _role(action: Mapping[str, Any], sent: Mapping[str, Any], at: str, send: Send) -> Proof:
    place = f"projects/{quote(action['project'], safe=':')}/roles/{quote(action['role_id'], safe='')}"
    found = _got(iam.SERVICE, f"https://{iam.SERVICE}/v1/{place}", send)
    if isinstance(found, Proof):
        return found
    if found.get("deleted"):
        return ABSENT
    held = set(found.get("includedPermissions") or ())
    if "before" in sent:  # it was there before: what was sent is what it holds
        return _sealed(held >= set(action["permissions"]), seal(permissions=sorted(held)), sent)
    return _marked(found, "vxsetup's title", found.get("title") == action["title"], None, at)


def _federation(action: Mapping[str, Any], sent: Mapping[str, Any], at: str, send: Send) -> Proof:
    place = f"projects/{quote(action['project'], safe=':')}/locations/global/workloadIdentityPools"
    tail = f"/providers/{quote(action['provider'], safe='')}" if "provider" in action else ""
    url = f"https://{federation.SERVICE}/v1/{place}/{quote(action['pool'], safe='')}{tail}"
    found = _got(federation.SERVICE, url, send)
    if isinstance(found, Proof):
        return found
    if found.get("state") == "DELETED":
        return ABSENT
    return _marked(found, "vxsetup's description", found.get("description") == federation.DESCRIPTION, None, at)


def _dataset_at(project: str, dataset: str, send: Send) -> Mapping[str, Any] | Proof:
    place = f"projects/{quote(project, safe=':')}/datasets/{quote(dataset, safe='')}"
    return _got(bigquery.SERVICE, f"https://{bigquery.SERVICE}/bigquery/v2/{place}", send)


def _dataset(action: Mapping[str, Any], sent: Mapping[str, Any], at: str, send: Send) -> Proof:
    found = _dataset_at(action["project"], action["dataset"], send)
    if isinstance(found, Proof):
        return found
    labels = found.get("labels") or {}
    own = all(labels.get(key) == value for key, value in action["labels"].items())
    stamp = found.get("creationTime")  # milliseconds since 1970, as text (DISC)
    made_at = datetime.fromtimestamp(int(stamp) / 1000, UTC) if isinstance(stamp, (str, int)) else None
    proof = _marked(found, "vxsetup's label", own, made_at, at)
    return Proof(proof.origin, proof.says, {"access": found.get("access")})


def _sealed(there: bool, now: str, sent: Mapping[str, Any]) -> Proof:
    """The proof of one entry among others: the whole of what holds it is what was sent."""
    if not there:
        return ABSENT
    return Proof(Origin.OWN, _SEALED) if sent.get("sent") == now else Proof(Origin.OPEN, _EDITED)


def _grant(action: Mapping[str, Any], sent: Mapping[str, Any], at: str, send: Send) -> Proof:
    """A role in a policy, of a project or of a service account."""
    acting = action["do"] == "let_act"
    resource, role, member = (sent.get(key) or action[key] for key in ("resource", "role", "member"))
    service = federation.SERVICE if acting else resource_manager.SERVICE
    base = f"https://{service}/{'v1' if acting else 'v3'}/{quote(resource, safe='/:@')}"
    query = "?options.requestedPolicyVersion=3" if acting else ""
    policy = resource_manager.read_policy(base, service, Hands(send, lambda seconds: False, lambda: 0.0), query)
    if isinstance(policy, NotChanged):
        return Proof(Origin.UNREAD, policy.says)
    there = resource_manager.holds(policy, role, member)
    return _sealed(there, resource_manager.policy_seal(policy), sent)


def _writer(action: Mapping[str, Any], sent: Mapping[str, Any], at: str, send: Send) -> Proof:
    found = _dataset_at(action["project"], action["dataset"], send)
    if isinstance(found, Proof):
        return found
    access = list(found.get("access") or ())
    there = any(bigquery.is_writer(entry, sent["member"]) for entry in access)
    return _sealed(there, bigquery.access_seal(access), sent)


def _value(action: Mapping[str, Any], sent: Mapping[str, Any], at: str, send: Send) -> Proof:
    place = f"projects/{quote(action['project'], safe=':')}/policies/{quote(action['constraint'], safe='.')}"
    found = _got(org_policy.SERVICE, f"https://{org_policy.SERVICE}/v2/{place}", send)
    if isinstance(found, Proof):
        return found
    spec = found["spec"]
    return _sealed(org_policy.allows(spec.get("rules", ()), action["value"]), org_policy.policy_seal(spec), sent)


def _setting(action: Mapping[str, Any], sent: Mapping[str, Any], at: str, send: Send) -> Proof:
    found = _got(aiplatform.SERVICE, f"{aiplatform.config_base(action)}:fetchPublisherModelConfig", send)
    if isinstance(found, Proof):
        return found
    names = [name for name in action["mask"].split(",") if name]
    wanted = sent.get("config") or action["config"]
    there = all(without_read_only(found.get(name)) == wanted.get(name) for name in names)
    return _sealed(there, aiplatform.config_seal(found), sent)


def _preference(action: Mapping[str, Any], sent: Mapping[str, Any], at: str, send: Send) -> Proof:
    service = cloud_quotas.SERVICE
    own = f"projects/{action['project']}/locations/global/quotaPreferences/{cloud_quotas.own_name(action)}"
    name = sent.get("preference") or own
    found = _got(service, f"https://{service}/v1/{quote(name, safe='/:')}", send)
    if isinstance(found, Proof):
        return found
    if cloud_quotas.preferred(found) != action["value"]:
        return ABSENT
    if str(name).rpartition("/")[2] != cloud_quotas.own_name(action):
        return Proof(Origin.OPEN, NO_AUTHOR)
    return Proof(Origin.OWN, "it bears the name that vxsetup gives", {"preference": name})


_PROOFS: Mapping[str, Callable[[Mapping[str, Any], Mapping[str, Any], str, Send], Proof]] = {
    "create_project": _project,
    "create_service_account": _account,
    "create_role": _role,
    "create_pool": _federation,
    "create_provider": _federation,
    "create_dataset": _dataset,
    "grant": _grant,
    "let_act": _grant,
    "grant_dataset": _writer,
    "allow_value": _value,
    "set_model_config": _setting,
    "prefer_quota": _preference,
}
"""Kinds whose origin can be told. An API that is on, a billing link and an enabled model say nothing of who did it."""
