"""Cloud Billing v1: which account a project is linked to, and linking it."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from . import errors
from .access import project_for
from .http import Response, answer
from .iam import Resource, allows, chain_of
from .iam_policy import tested
from .model import Billing, BillingAccount, Project
from .routing import Answer, Call, Route
from .shapes import text

API = "cloudbilling.googleapis.com"
_NAME = re.compile(r"billingAccounts/([0-9A-F]{6}-[0-9A-F]{6}-[0-9A-F]{6})")


def _info(project: Project) -> dict[str, Any]:
    billing = project.billing
    return {
        "name": f"projects/{project.id}/billingInfo",
        "projectId": project.id,
        "billingAccountName": f"billingAccounts/{billing.account}" if billing else "",
        # A closed account stays linked, and the project counts as having none (DISC).
        "billingEnabled": bool(billing and billing.open),
    }


def _account_resource(call: Call, account: BillingAccount) -> Resource:
    above = tuple(call.state.world.organizations.values())
    chain = chain_of(call.state, above[0]) if above else ()
    name = f"billingAccounts/{account.id}"
    return Resource(name, f"{API}/BillingAccount", API, chain, account.iam)


def _account(call: Call, key: str) -> BillingAccount | None:
    """A listed account, or one that some project is linked to."""
    listed = call.state.world.billing_accounts.get(key)
    if listed is not None:
        return listed
    for project in call.state.world.projects.values():
        if project.billing is not None and project.billing.account == key:
            return BillingAccount(key, project.billing.open)
    return None


def _may(call: Call, account: BillingAccount, permission: str) -> bool:
    return allows(call.state, call.principal, _account_resource(call, account), permission, call.now)


def _denied() -> Response:
    return errors.google(403, "The caller does not have permission")


def _get_info(call: Call) -> Answer:
    project = project_for(call, call.args["project"], "resourcemanager.projects.get")
    return _denied() if isinstance(project, Response) else answer(_info(project))


def _unlink(call: Call) -> Answer:
    project = project_for(call, call.args["project"], "resourcemanager.projects.deleteBillingAssignment")
    if isinstance(project, Response):
        return _denied()
    changed = replace(project, billing=None)
    return call.state.with_project(changed), answer(_info(changed))


def _put_info(call: Call) -> Answer:
    name = text(call.data, "billingAccountName")
    if not name:
        return _unlink(call)
    match = _NAME.fullmatch(name)
    if match is None:
        return errors.invalid("billing_account_name must be billingAccounts/XXXXXX-XXXXXX-XXXXXX.")
    project = project_for(call, call.args["project"], "resourcemanager.projects.createBillingAssignment")
    account = _account(call, match[1])
    if isinstance(project, Response) or account is None:
        return _denied()
    if not _may(call, account, "billing.resourceAssociations.create"):
        return _denied()
    if not account.open:
        return errors.precondition("Precondition check failed.")
    changed = replace(project, billing=Billing(account.id, account.open))
    return call.state.with_project(changed), answer(_info(changed))


def _account_body(account: BillingAccount) -> dict[str, Any]:
    return {
        "name": f"billingAccounts/{account.id}",
        "open": account.open,
        "displayName": account.display_name or "Billing account",
        "currencyCode": "USD",
    }


def _get_account(call: Call) -> Answer:
    account = _account(call, call.args["account"])
    if account is None or not _may(call, account, "billing.accounts.get"):
        return _denied()
    return answer(_account_body(account))


def _list_accounts(call: Call) -> Answer:
    accounts = call.state.world.billing_accounts.values()
    found = [_account_body(account) for account in accounts if _may(call, account, "billing.accounts.get")]
    return answer({"billingAccounts": found} if found else {})


def _test(call: Call) -> Answer:
    account = _account(call, call.args["account"])
    found = tested(call, _account_resource(call, account) if account else None)
    return found if isinstance(found, Response) else answer(found)


def routes() -> tuple[Route, ...]:
    """What this API serves."""
    return (
        Route("GET", "/v1/projects/{project}/billingInfo", API, _get_info),
        Route("PUT", "/v1/projects/{project}/billingInfo", API, _put_info),
        Route("GET", "/v1/billingAccounts", API, _list_accounts),
        Route("GET", "/v1/billingAccounts/{account}", API, _get_account),
        Route("POST", "/v1/billingAccounts/{account}:testIamPermissions", API, _test),
    )
