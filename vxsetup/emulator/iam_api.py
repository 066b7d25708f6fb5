"""IAM: roles, service accounts, deny policies, and short-lived tokens of service accounts."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import unquote

from . import errors
from .access import node_for, project_for, titled, usable
from .http import Response, answer
from .iam import Resource, allows, principal_of, project_resource, within
from .iam_policy import shown, tested, wanted_version, written
from .model import DenyPolicy, DenyRule, Project, Role, ServiceAccount
from .routing import Answer, Call, Route
from .shapes import etag_of, page, part, text, texts
from .tokens import PREFIX

API = "iam.googleapis.com"
CREDENTIALS = "iamcredentials.googleapis.com"
_ACCOUNT_ID = re.compile(r"[a-z][a-z0-9-]{4,28}[a-z0-9]")
_ROLE_ID = re.compile(r"[A-Za-z0-9_.]{3,64}")
_LIFETIME = re.compile(r"(\d{1,6})s")
_MAX_LIFETIME_S = 3600


def _predefined(call: Call) -> Answer:
    name = f"roles/{call.args['role']}"
    row = call.state.tables.roles.get(name)
    if row is None:
        return errors.not_found(f"The role named {name} was not found.")
    return answer(
        {
            "name": name,
            "title": row.title,
            "stage": row.stage,
            "includedPermissions": sorted(row.permissions),
            "etag": "AA==",
        }
    )


def _role_body(name: str, role: Role) -> dict[str, Any]:
    return {
        "name": name,
        "title": role.title or name.rpartition("/")[2],
        "stage": role.stage,
        **({"includedPermissions": list(role.permissions)} if role.permissions else {}),
        **({"deleted": True} if role.deleted else {}),
        "etag": etag_of([name, role.title, list(role.permissions), role.deleted]),
    }


def _owner_name(call: Call) -> str:
    return (
        f"projects/{call.args['project']}" if "project" in call.args else f"organizations/{call.args['organization']}"
    )


def _custom(call: Call) -> Answer:
    node = node_for(call, _owner_name(call), "iam.roles.get")
    if isinstance(node, Response):
        return node
    role = node.roles.get(call.args["role"])
    name = f"{node.name}/roles/{call.args['role']}"
    return answer(_role_body(name, role)) if role else errors.not_found(f"The role named {name} was not found.")


def _create_role(call: Call) -> Answer:
    node = node_for(call, _owner_name(call), "iam.roles.create")
    if isinstance(node, Response):
        return node
    key, raw = text(call.data, "roleId"), part(call.data, "role")
    if not _ROLE_ID.fullmatch(key):
        return errors.invalid(f"The role_id {key!r} must be 3 to 64 letters, digits, underscores or full stops.")
    if key in node.roles:
        return errors.google(409, f"A role named {key} in {node.name} already exists.", "ALREADY_EXISTS")
    held = texts(raw, "includedPermissions")
    unknown = [name for name in held if name not in call.state.tables.permissions]
    if unknown:
        return errors.invalid(f"Permission {unknown[0]} is not valid.")
    role = Role(held, text(raw, "title"), text(raw, "stage") or "GA")
    changed = replace(node, roles={**node.roles, key: role})
    return call.state.with_node(changed), answer(_role_body(f"{node.name}/roles/{key}", role))


def _own_role(call: Call, permission: str, deleted: bool) -> Answer:
    """Delete or undelete a custom role. A deleted one stays for 7 days, and its id with it (DISC); here it always stays."""
    node = node_for(call, _owner_name(call), permission)
    if isinstance(node, Response):
        return node
    key = call.args["role"]
    name = f"{node.name}/roles/{key}"
    if key not in node.roles:
        return errors.not_found(f"The role named {name} was not found.")
    role = replace(node.roles[key], deleted=deleted)
    changed = replace(node, roles={**node.roles, key: role})
    return call.state.with_node(changed), answer(_role_body(name, role))


def _patch_role(call: Call) -> Answer:
    """Change the title or the permissions of a custom role, as the update mask says."""
    node = node_for(call, _owner_name(call), "iam.roles.update")
    if isinstance(node, Response):
        return node
    key = call.args["role"]
    name = f"{node.name}/roles/{key}"
    if key not in node.roles:
        return errors.not_found(f"The role named {name} was not found.")
    role, mask = node.roles[key], ",".join(call.target.query.get("updateMask", ())).split(",")
    changed = replace(role, title=text(call.data, "title")) if "title" in mask else role
    if "includedPermissions" in mask:
        held = texts(call.data, "includedPermissions")
        unknown = [name for name in held if name not in call.state.tables.permissions]
        if unknown:
            return errors.invalid(f"Permission {unknown[0]} is not valid.")
        changed = replace(changed, permissions=held)
    state = call.state.with_node(replace(node, roles={**node.roles, key: changed}))
    return state, answer(_role_body(name, changed))


def _delete_role(call: Call) -> Answer:
    return _own_role(call, "iam.roles.delete", True)


def _undelete_role(call: Call) -> Answer:
    return _own_role(call, "iam.roles.undelete", False)


def _testable(call: Call) -> Answer:
    name = text(call.data, "fullResourceName")
    kind, _, key = name.removeprefix("//cloudresourcemanager.googleapis.com/").partition("/")
    if not name.startswith("//") or kind not in ("projects", "folders", "organizations") or not key:
        return errors.invalid("full_resource_name must be //cloudresourcemanager.googleapis.com/projects/ID.")
    node = node_for(call, f"{kind}/{key}", f"resourcemanager.{kind}.get")
    if isinstance(node, Response):
        return node
    rows = [{"name": one, "stage": "GA"} for one in sorted(call.state.tables.permissions)]
    size, token = call.data.get("pageSize", 100), text(call.data, "pageToken")
    seen, following = page(rows, str(size), token, 100)
    return answer({"permissions": seen, **({"nextPageToken": following} if following else {})})


def _account_body(project: Project, account: ServiceAccount) -> dict[str, Any]:
    unique = str(
        100_000_000_000_000_000_000 + int(hashlib.sha256(account.email.encode("utf-8", "replace")).hexdigest()[:15], 16)
    )
    body: dict[str, Any] = {
        "name": f"projects/{project.id}/serviceAccounts/{account.email}",
        "projectId": project.id,
        "uniqueId": unique,
        "email": account.email,
        "oauth2ClientId": unique,
        "etag": etag_of([account.display_name, account.description, account.disabled]),
    }
    optional = {"displayName": account.display_name, "description": account.description, "disabled": account.disabled}
    return body | {key: value for key, value in optional.items() if value}


def account_resource(call: Call, project: Project, account: ServiceAccount) -> Resource:
    """A service account as a resource: it has its own policy and inherits its project's."""
    above = project_resource(call.state, project)
    name = f"projects/{project.id}/serviceAccounts/{account.email}"
    return within(above, name, f"{API}/ServiceAccount", API, account.iam)


def _denied(permission: str) -> Response:
    return errors.google(
        403,
        f"Permission '{permission}' denied on resource (or it may not exist).",
        details=[errors.info("IAM_PERMISSION_DENIED", API, {"permission": permission})],
    )


def find_account(call: Call, email: str, project_name: str) -> tuple[Project, ServiceAccount] | None:
    """A service account with its project; ``-`` for the project means: whichever has it."""
    world = call.state.world
    named = None if project_name == "-" else call.state.project(project_name)
    for project in world.projects.values() if project_name == "-" else (named,):
        if project is not None and email in project.service_accounts:
            return project, project.service_accounts[email]
    return None


def _account_for(call: Call, permission: str) -> tuple[Project, ServiceAccount] | Response:
    """The account where the caller has the permission. Who may look in the project learns that one is not there."""
    email, name = call.args["account"], call.args["project"]
    found = find_account(call, email, name)
    if found is not None and allows(call.state, call.principal, account_resource(call, *found), permission, call.now):
        return found
    project = call.state.project(name)
    if found is None and project is not None:
        above = project_resource(call.state, project)
        if allows(call.state, call.principal, above, permission, call.now):
            return errors.not_found(f"Unknown service account: {email}")
    return _denied(permission)


def _get_account(call: Call) -> Answer:
    found = _account_for(call, "iam.serviceAccounts.get")
    return found if isinstance(found, Response) else answer(_account_body(*found))


def _list_accounts(call: Call) -> Answer:
    project = project_for(call, call.args["project"], "iam.serviceAccounts.list")
    if isinstance(project, Response):
        return project
    rows = [_account_body(project, account) for account in project.service_accounts.values()]
    seen, following = page(rows, call.target.first("pageSize"), call.target.first("pageToken"), 20)
    return answer({"accounts": seen, **({"nextPageToken": following} if following else {})} if seen else {})


def _create_account(call: Call) -> Answer:
    project = project_for(call, call.args["project"], "iam.serviceAccounts.create")
    if isinstance(project, Response):
        return project
    key, raw = text(call.data, "accountId"), part(call.data, "serviceAccount")
    if not _ACCOUNT_ID.fullmatch(key):
        return errors.invalid("account_id must be 6 to 30 small letters, digits or hyphens, and begin with a letter.")
    email = f"{key}@{project.id}.iam.gserviceaccount.com"
    if email in project.service_accounts:
        name = f"projects/{project.id}/serviceAccounts/{email}"
        return errors.google(409, f"Service account {key} already exists within project {name}.", "ALREADY_EXISTS")
    account = ServiceAccount(email, text(raw, "displayName"), text(raw, "description"))
    changed = replace(project, service_accounts={**project.service_accounts, email: account})
    return call.state.with_project(changed), answer(_account_body(changed, account))


def _delete_account(call: Call) -> Answer:
    found = _account_for(call, "iam.serviceAccounts.delete")
    if isinstance(found, Response):
        return found
    project, account = found
    left = {email: one for email, one in project.service_accounts.items() if email != account.email}
    return call.state.with_project(replace(project, service_accounts=left)), answer({})


def _list_keys(call: Call) -> Answer:
    """Each account has the key that Google keeps for it; none of this emulator's has keys that people made."""
    found = _account_for(call, "iam.serviceAccountKeys.list")
    if isinstance(found, Response):
        return found
    if "SYSTEM_MANAGED" not in (call.target.query.get("keyTypes") or ("SYSTEM_MANAGED",)):
        return answer({})
    body = _account_body(*found)
    key = {
        "name": f"{body['name']}/keys/{body['uniqueId']}",
        "keyType": "SYSTEM_MANAGED",
        "keyOrigin": "GOOGLE_PROVIDED",
    }
    return answer({"keys": [key]})


def _get_account_policy(call: Call) -> Answer:
    found = _account_for(call, "iam.serviceAccounts.getIamPolicy")
    return found if isinstance(found, Response) else answer(shown(found[1].iam, (), wanted_version(call)))


def _set_account_policy(call: Call) -> Answer:
    found = _account_for(call, "iam.serviceAccounts.setIamPolicy")
    if isinstance(found, Response):
        return found
    project, account = found
    policy = written(call, account.iam, ())
    if isinstance(policy, Response):
        return policy
    changed = replace(account, iam=policy.bindings)
    accounts = {**project.service_accounts, account.email: changed}
    state = call.state.with_project(replace(project, service_accounts=accounts))
    return state, answer(shown(changed.iam, (), 3))


def _test_account(call: Call) -> Answer:
    found = find_account(call, call.args["account"], call.args["project"])
    result = tested(call, account_resource(call, *found) if found else None)
    return result if isinstance(result, Response) else answer(result)


def _deny_rule(rule: DenyRule) -> dict[str, Any]:
    inside: dict[str, Any] = {
        "deniedPrincipals": list(rule.principals),
        "deniedPermissions": list(rule.permissions),
    }
    if rule.except_principals:
        inside["exceptionPrincipals"] = list(rule.except_principals)
    if rule.except_permissions:
        inside["exceptionPermissions"] = list(rule.except_permissions)
    if rule.condition is not None:
        inside["denialCondition"] = {"title": rule.condition.title, "expression": rule.condition.expression}
    return {"denyRule": inside}


def _deny_policy(attachment: str, policy: DenyPolicy, whole: bool) -> dict[str, Any]:
    body: dict[str, Any] = {
        "name": f"policies/{attachment}/denypolicies/{policy.id}",
        "kind": "DenyPolicy",
        "displayName": policy.display_name or policy.id,
        "etag": etag_of([_deny_rule(rule) for rule in policy.rules]),
    }
    # Lists leave the rules out (DISC: list returns metadata, get returns the rules).
    return body | ({"rules": [_deny_rule(rule) for rule in policy.rules]} if whole else {})


def _attached(call: Call, permission: str) -> tuple[str, tuple[DenyPolicy, ...]] | Response:
    raw = call.args["attachment"]
    point = unquote(raw)
    prefix = "cloudresourcemanager.googleapis.com/"
    if not point.startswith(prefix):
        return errors.invalid("The attachment point must be cloudresourcemanager.googleapis.com%2Fprojects%2FID.")
    node = node_for(call, point.removeprefix(prefix), permission)
    if isinstance(node, Response):
        return node
    return point.replace("/", "%2F"), node.deny


def _list_deny(call: Call) -> Answer:
    found = _attached(call, "iam.denypolicies.list")
    if isinstance(found, Response):
        return found
    rows = [_deny_policy(found[0], policy, whole=False) for policy in found[1]]
    return answer({"policies": rows} if rows else {})


def _get_deny(call: Call) -> Answer:
    found = _attached(call, "iam.denypolicies.get")
    if isinstance(found, Response):
        return found
    policy = next((one for one in found[1] if one.id == call.args["policy"]), None)
    return answer(_deny_policy(found[0], policy, whole=True)) if policy else errors.not_found()


def _delegated(call: Call, emails: tuple[str, ...]) -> bool:
    """Whether the caller may act through each delegate in turn, up to the last account."""
    principal = call.principal
    for position, email in enumerate(emails):
        found = find_account(call, email.rpartition("/")[2], "-")
        last = position == len(emails) - 1
        permission = "iam.serviceAccounts.getAccessToken" if last else "iam.serviceAccounts.implicitDelegation"
        if found is None or found[1].disabled:
            return False
        if not allows(call.state, principal, account_resource(call, *found), permission, call.now):
            return False
        principal = principal_of(f"serviceAccount:{found[1].email}")
    return True


def _lifetime(data: Mapping[str, Any]) -> int | None:
    match = _LIFETIME.fullmatch(text(data, "lifetime") or f"{_MAX_LIFETIME_S}s")
    seconds = int(match[1]) if match else 0
    return seconds if 0 < seconds <= _MAX_LIFETIME_S else None


def _generate(call: Call) -> Answer:
    email = call.args["account"]
    found = find_account(call, email, "-")
    if not texts(call.data, "scope"):
        return errors.invalid("At least one scope must be given.")
    seconds = _lifetime(call.data)
    if seconds is None:
        return errors.invalid(f"The lifetime must be between 1s and {_MAX_LIFETIME_S}s.")
    if found is not None and not usable(found[0], CREDENTIALS, call.now):
        return errors.service_disabled(CREDENTIALS, titled(call.state, CREDENTIALS), found[0].number)
    if not _delegated(call, (*texts(call.data, "delegates"), email)):
        return _denied("iam.serviceAccounts.getAccessToken")
    expires = (call.now + timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%SZ")
    return answer({"accessToken": f"{PREFIX}serviceAccount:{email}", "expireTime": expires})


def routes() -> tuple[Route, ...]:
    """What these APIs serve."""
    accounts = "/v1/projects/{project}/serviceAccounts"
    deny = "/v2/policies/{attachment+}/denypolicies"
    return (
        Route("GET", "/v1/roles/{role}", API, _predefined),
        Route("GET", "/v1/projects/{project}/roles/{role}", API, _custom),
        Route("PATCH", "/v1/projects/{project}/roles/{role}", API, _patch_role),
        Route("DELETE", "/v1/projects/{project}/roles/{role}", API, _delete_role),
        Route("POST", "/v1/projects/{project}/roles/{role}:undelete", API, _undelete_role),
        Route("GET", "/v1/organizations/{organization}/roles/{role}", API, _custom),
        Route("POST", "/v1/projects/{project}/roles", API, _create_role),
        Route("POST", "/v1/organizations/{organization}/roles", API, _create_role),
        Route("POST", "/v1/permissions:queryTestablePermissions", API, _testable),
        Route("GET", accounts, API, _list_accounts),
        Route("POST", accounts, API, _create_account),
        Route("GET", accounts + "/{account}", API, _get_account),
        Route("DELETE", accounts + "/{account}", API, _delete_account),
        Route("GET", accounts + "/{account}/keys", API, _list_keys),
        Route("POST", accounts + "/{account}:getIamPolicy", API, _get_account_policy),
        Route("POST", accounts + "/{account}:setIamPolicy", API, _set_account_policy),
        Route("POST", accounts + "/{account}:testIamPermissions", API, _test_account),
        Route("POST", accounts + "/{account}:generateAccessToken", CREDENTIALS, _generate, charged=False),
        Route("GET", deny, API, _list_deny),
        Route("GET", deny + "/{policy}", API, _get_deny),
    )
