"""Reads a whole folder or organization from Cloud Asset Inventory in a few requests: the APIs that its projects have on,
and their allow policies.

It is an index: collecting and indexing take a while, and Google promises no time (DISC cloudasset v1 20261017, "volatile
window"). So what it says stands on the rung ``listed``, below a read of the project itself; what it does not say, such
as an API without a row, is left to such a read.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode, urlsplit

from vxsetup.cloud.call import Answer, Call, Outcome
from vxsetup.cloud.provider import malformed, unknown
from vxsetup.cloud.providers.resource_manager import bindings_of
from vxsetup.facts.access import AllowPolicy
from vxsetup.facts.base import Known, Unknown
from vxsetup.facts.project import Services, ServiceStates
from vxsetup.findings import Rung

if TYPE_CHECKING:
    from dataclasses import dataclass, field
else:
    from vxsetup.values import dataclass, field

SERVICE = "cloudasset.googleapis.com"
SEARCH_RESOURCES = "cloudasset.assets.searchAllResources"
SEARCH_POLICIES = "cloudasset.assets.searchAllIamPolicies"

PAGE = 500
"""Rows of a page: the most that a search gives (GAPIC-ASSET)."""
_MOST_PAGES = 400

_PROJECT_TYPE = "cloudresourcemanager.googleapis.com/Project"
_SERVICE_TYPE = "serviceusage.googleapis.com/Service"
_PROJECT_NAME = re.compile(r"//cloudresourcemanager\.googleapis\.com/projects/([a-z][a-z0-9.:-]*)")
_SERVICE_NAME = re.compile(r"//serviceusage\.googleapis\.com/projects/(\d+)/services/([a-z0-9.-]+)")
_NUMBER = re.compile(r"projects/(\d+)")
_SCOPE = re.compile(r"(?:folders|organizations)/\d{1,25}")


def is_scope(text: str) -> bool:
    """Whether the text names a folder or an organization by its number."""
    return _SCOPE.fullmatch(text) is not None


def recorded_scope(urls: Iterable[str]) -> str | None:
    """The folder or organization that recorded requests searched; None where there was no search."""
    for url in urls:
        parts = urlsplit(url)
        scope, _, verb = parts.path.removeprefix("/v1/").partition(":")
        if parts.netloc == SERVICE and verb == "searchAllResources" and is_scope(scope):
            return scope
    return None


@dataclass(frozen=True, slots=True)
class Inventory:
    """What the index told: facts by their keys, each on the rung ``listed``; ``refused`` is why a search gave nothing."""

    facts: Mapping[Hashable, Known] = field(default_factory=dict)
    refused: tuple[Unknown, ...] = ()

    @property
    def read_at(self) -> str | None:
        """When the last of its answers came (RFC 3339)."""
        return max((fact.at for fact in self.facts.values() if fact.at), default=None)


@dataclass(frozen=True, slots=True)
class _Found:
    """The rows of one search over all its pages, or why it gave none."""

    rows: tuple[Mapping[str, Any], ...] = ()
    at: str = ""
    refused: Unknown | None = None


def read_inventory(
    scope: str,
    projects: Iterable[str],
    services: Iterable[Services],
    send: Callable[[Call], Outcome],
    keep: Callable[[Call, Outcome], None],
) -> Inventory:
    """Search a folder or organization for the projects named. ``send`` may be called from several threads; ``keep`` is
    told each call with its outcome."""
    keys = tuple(services)
    searches = (_projects_call(scope), _policies_call(scope), *((_services_call(scope, keys),) if keys else ()))
    with ThreadPoolExecutor(max_workers=len(searches), thread_name_prefix="vxsetup-assets") as pool:
        found = list(pool.map(lambda first: _search(first, send, keep), searches))
    refused = tuple({one.refused.says: one.refused for one in found if one.refused is not None}.values())
    names = dict(_named(found[0].rows))
    wanted = set(projects)
    facts: dict[Hashable, Known] = dict(_policies(found[1], names, wanted))
    if keys:
        facts |= _services(found[2], names, keys)
    return Inventory(facts, refused)


def _call(scope: str, verb: str, permission: str, **query: str) -> Call:
    words = urlencode({**query, "pageSize": str(PAGE)}, quote_via=quote)
    url = f"https://{SERVICE}/v1/{scope}:{verb}?{words}"
    return Call(SERVICE, permission, "GET", url, permission=permission)


def _projects_call(scope: str) -> Call:
    return _call(scope, "searchAllResources", SEARCH_RESOURCES, assetTypes=_PROJECT_TYPE, readMask="name,project")


def _services_call(scope: str, keys: Iterable[Services]) -> Call:
    names = sorted({name for key in keys for name in key.names})
    query = f"state:ENABLED AND name:({' OR '.join(names)})"
    mask = "name,project,state"
    return _call(scope, "searchAllResources", SEARCH_RESOURCES, assetTypes=_SERVICE_TYPE, query=query, readMask=mask)


def _policies_call(scope: str) -> Call:
    return _call(scope, "searchAllIamPolicies", SEARCH_POLICIES, assetTypes=_PROJECT_TYPE)


def _search(first: Call, send: Callable[[Call], Outcome], keep: Callable[[Call, Outcome], None]) -> _Found:
    """Every page of a search. One page that does not come makes all of it unread: half a list looks like a short one."""
    rows: list[Mapping[str, Any]] = []
    seen: set[str] = set()
    call, at = first, ""
    while True:
        outcome = send(call)
        keep(call, outcome)
        data = outcome.mapping() if isinstance(outcome, Answer) and outcome.ok else None
        results = data.get("results", []) if data is not None else None
        if not isinstance(outcome, Answer) or data is None:
            return _Found(refused=unknown(call, outcome))
        if not isinstance(results, list) or not all(isinstance(row, dict) for row in results):
            return _Found(refused=malformed(call, outcome))
        rows += results
        at = max(at, outcome.at)
        token = data.get("nextPageToken")
        if not token or not isinstance(token, str):
            return _Found(tuple(rows), at)
        if token in seen or len(seen) == _MOST_PAGES:
            return _Found(refused=malformed(call, outcome))  # a list that does not end
        seen.add(token)
        call = Call(
            first.service,
            first.method,
            first.verb,
            f"{first.url}&pageToken={quote(token, safe='')}",
            permission=first.permission,
        )


def _number(row: Mapping[str, Any]) -> str | None:
    match = _NUMBER.fullmatch(str(row.get("project")))
    return match[1] if match else None


def _named(rows: Iterable[Mapping[str, Any]]) -> Iterator[tuple[str, str]]:
    """Project numbers and the ids that belong to them."""
    for row in rows:
        name, number = _PROJECT_NAME.fullmatch(str(row.get("name"))), _number(row)
        if name and number:
            yield number, name[1]


def _policies(found: _Found, names: Mapping[str, str], wanted: set[str]) -> dict[Hashable, Known]:
    """The allow policy of each wanted project that has one row, and one only, that reads as a policy."""
    facts: dict[Hashable, Known] = {}
    twice: set[Hashable] = set()
    for row in found.rows:
        number, policy = _number(row), row.get("policy")
        project = names.get(number or "")
        if project not in wanted or not isinstance(policy, dict) or row.get("assetType") != _PROJECT_TYPE:
            continue
        key = AllowPolicy(f"projects/{project}")
        bindings = bindings_of(policy)
        if key in facts or bindings is None or not bindings:
            twice.add(key)
            continue
        facts[key] = Known(bindings, SEARCH_POLICIES, found.at, Rung.LISTED)
    return {key: fact for key, fact in facts.items() if key not in twice}


def _services(found: _Found, names: Mapping[str, str], keys: Iterable[Services]) -> dict[Hashable, Known]:
    """The keys of which every API has a row that says that it is on. That one is off, only the project itself can say."""
    on: dict[str, set[str]] = {}
    for row in found.rows:
        match = _SERVICE_NAME.fullmatch(str(row.get("name")))
        if match and row.get("state") == "ENABLED" and match[1] in names:
            on.setdefault(names[match[1]], set()).add(match[2])
    facts: dict[Hashable, Known] = {}
    for key in keys:
        if set(key.names) <= on.get(key.project, set()):
            states = ServiceStates(dict.fromkeys(key.names, True))
            facts[key] = Known(states, SEARCH_RESOURCES, found.at, Rung.LISTED)
    return facts
