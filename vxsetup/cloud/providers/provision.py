"""The facts of a plan: one role, one service account, and the caller's permissions on any resource (DISC)."""

from __future__ import annotations

from urllib.parse import quote

from vxsetup.cloud.call import Answer, Call, json_body
from vxsetup.cloud.provider import Inputs, Outcomes, Provider, malformed, unknown
from vxsetup.cloud.providers.held import held, test_calls
from vxsetup.facts.base import ABSENT, Fact, Known
from vxsetup.facts.provision import ROLE_TITLE, AccountRecord, AccountState, HeldOn, OwnPermissions, RolePermissions

IAM = "iam.googleapis.com"
RESOURCE_MANAGER = "cloudresourcemanager.googleapis.com"
BILLING = "cloudbilling.googleapis.com"


def _role_calls(key: RolePermissions, inputs: Inputs) -> tuple[Call, ...]:
    url = f"https://{IAM}/v1/{quote(key.role, safe='/')}"
    return (Call(IAM, "iam.roles.get", "GET", url, permission="iam.roles.get"),)


def _role_read(key: RolePermissions, inputs: Inputs, outcomes: Outcomes) -> Fact:
    call, outcome = next(iter(outcomes.items()))
    if isinstance(outcome, Answer) and outcome.status == 404:
        return Known(ABSENT, call.method, outcome.at)
    if not isinstance(outcome, Answer) or not outcome.ok:
        return unknown(call, outcome)
    data = outcome.mapping() or {}
    permissions = data.get("includedPermissions", [])
    named = str(data.get("name")).rpartition("/")[2] == key.role.rpartition("/")[2]
    if not named or not isinstance(permissions, list) or not all(isinstance(name, str) for name in permissions):
        return malformed(call, outcome)
    if data.get("deleted") is True:  # it can be brought back for 7 days, and gives nothing until then
        return Known(ABSENT, call.method, outcome.at)
    own = data.get("title") == ROLE_TITLE
    return Known(OwnPermissions(permissions) if own else frozenset(permissions), call.method, outcome.at)


def _account_calls(key: AccountRecord, inputs: Inputs) -> tuple[Call, ...]:
    url = f"https://{IAM}/v1/projects/{quote(key.project, safe=':')}/serviceAccounts/{quote(key.email, safe='@')}"
    return (Call(IAM, "iam.serviceAccounts.get", "GET", url, permission="iam.serviceAccounts.get"),)


def _account_read(key: AccountRecord, inputs: Inputs, outcomes: Outcomes) -> Fact:
    call, outcome = next(iter(outcomes.items()))
    # IAM names the account that it does not find; a 404 without the name may be of anything on the way.
    if isinstance(outcome, Answer) and outcome.status == 404 and key.email in outcome.text:
        return Known(ABSENT, call.method, outcome.at)
    if not isinstance(outcome, Answer) or not outcome.ok:
        return unknown(call, outcome)
    data = outcome.mapping() or {}
    disabled = data.get("disabled", False)
    if data.get("email") != key.email or not isinstance(disabled, bool):
        return malformed(call, outcome)
    return Known(AccountState(disabled), call.method, outcome.at)


def _test_call(resource: str, permissions: tuple[str, ...]) -> Call:
    billing = resource.startswith("billingAccounts/")
    service, version = (BILLING, "v1") if billing else (RESOURCE_MANAGER, "v3")
    url = f"https://{service}/{version}/{quote(resource, safe='/:')}:testIamPermissions"
    method = f"{service.partition('.')[0]}.{resource.partition('/')[0]}.testIamPermissions"
    return Call(service, method, "POST", url, json_body({"permissions": list(permissions)}))


def _held_calls(key: HeldOn, inputs: Inputs) -> tuple[Call, ...]:
    return test_calls(key, lambda names: _test_call(key.resource, names))


def _held_read(key: HeldOn, inputs: Inputs, outcomes: Outcomes) -> Fact:
    return held(key, outcomes)


PROVIDERS = (
    Provider(RolePermissions, IAM, ("iam.roles.get",), _role_calls, _role_read),
    Provider(AccountRecord, IAM, ("iam.serviceAccounts.get",), _account_calls, _account_read),
    Provider(HeldOn, RESOURCE_MANAGER, (), _held_calls, _held_read),
)
