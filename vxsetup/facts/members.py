"""Whether a member of a policy covers a principal: yes, no, or not to be told from policies alone. Pure.

Allow policies (IAM v1) and deny policies (IAM v2) spell principals differently; both are read. Source: IAMD
(2026-05-30), principal identifiers and the overview of principals.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dataclasses import dataclass
else:
    from vxsetup.values import dataclass

EVERYONE = "allUsers"
EVERY_ACCOUNT = "allAuthenticatedUsers"


class Cover(StrEnum):
    """Whether a member covers a principal."""

    YES = "yes"
    NO = "no"
    MAYBE = "maybe"


@dataclass(frozen=True, slots=True)
class Place:
    """A project and what lies above it, for the sets of principals that are named by a place.

    ``number`` is None where it was not read; ``above`` are ``folders/…`` and ``organizations/…``, all of them where
    ``complete``.
    """

    project: str
    number: str | None = None
    above: tuple[str, ...] = ()
    complete: bool = False


_V2 = (
    ("principal://goog/subject/", "user:"),
    ("principalSet://goog/group/", "group:"),
    ("principal://iam.googleapis.com/projects/-/serviceAccounts/", "serviceAccount:"),
    ("principalSet://goog/cloudIdentityCustomerId/", "customer:"),
)
_BY_EMAIL = ("user:", "serviceAccount:", "group:", "domain:")
_PLACED = "principalSet://cloudresourcemanager.googleapis.com/"
_POOLS = ("principal://iam.googleapis.com/", "principalSet://iam.googleapis.com/")
_CONVENIENCE = ("projectOwner:", "projectEditor:", "projectViewer:")


def as_v1(member: str) -> str:
    """A principal of a deny policy as allow policies spell it; what is spelled alike stays."""
    if member == "principalSet://goog/public:all":
        return EVERYONE
    for prefix, kind in _V2:
        if member.startswith(prefix):
            return kind + member.removeprefix(prefix)
    return member


def same(member: str, principal: str) -> bool:
    """Whether two spellings name the same principal. E-mail addresses are compared without case, subjects as written."""
    one, other = as_v1(member), as_v1(principal)
    if one.startswith(_BY_EMAIL):
        return one.casefold() == other.casefold()
    return one == other


def covers(member: str, principal: str, place: Place) -> Cover:
    """Whether ``member`` is the principal, or holds all that the principal stands for."""
    member, principal = as_v1(member), as_v1(principal)
    if member == EVERYONE or same(member, principal):
        return Cover.YES
    kind = member.partition(":")[0]
    if kind in ("deleted", "user", "serviceAccount"):
        return _legacy_pod(member, principal)
    if member == EVERY_ACCOUNT:
        return _every_account(principal)
    if kind == "group":
        return Cover.MAYBE
    if kind == "domain":
        # IAM goes by the customer behind the domain, so that an address tells neither that a user is in it nor that it
        # is not; service accounts and federated identities are in none.
        return Cover.MAYBE if principal.startswith(("user:", "group:", "domain:", "customer:")) else Cover.NO
    if member.startswith(_PLACED):
        return _placed(member.removeprefix(_PLACED), principal, place)
    if member.startswith(_POOLS):
        return _pooled(member, principal)
    if kind == "principal":
        return Cover.MAYBE if member.casefold() == principal.casefold() else Cover.NO
    return Cover.MAYBE


def _legacy_pod(member: str, principal: str) -> Cover:
    """A Kubernetes account has an old spelling as a service account, which names one or more of its pool's identities."""
    pod = member.startswith("serviceAccount:") and member.endswith("]") and ".svc.id.goog[" in member
    return Cover.MAYBE if pod and ".svc.id.goog/" in principal else Cover.NO


def _every_account(principal: str) -> Cover:
    if principal.startswith(("user:", "serviceAccount:", "group:", "domain:", _PLACED)):
        return Cover.YES
    return Cover.NO if principal.startswith(_POOLS) else Cover.MAYBE


def _placed(rest: str, principal: str, place: Place) -> Cover:
    """All service accounts, or all service agents, of a project, folder or organization: ``projects/1/type/ServiceAccount``."""
    where, _, kind = rest.partition("/type/")
    if principal.startswith(("user:", "domain:", *_POOLS)):
        return Cover.NO
    email = principal.removeprefix("serviceAccount:")
    home = email.partition("@")[2].removesuffix(".iam.gserviceaccount.com")
    ours = principal.startswith("serviceAccount:") and home == project_host(place.project)
    if not ours:
        return Cover.MAYBE
    if kind == "ServiceAgent":
        return Cover.NO  # an account that has the project's own domain was made by a person of the project
    if kind != "ServiceAccount":
        return Cover.MAYBE
    if where.startswith("projects/"):
        if place.number is None:
            return Cover.MAYBE
        return Cover.YES if where == f"projects/{place.number}" else Cover.NO
    if where in place.above:
        return Cover.YES
    return Cover.NO if place.complete else Cover.MAYBE


def project_host(project: str) -> str:
    """The part of a service account's domain that is its project: ``app.example.com`` for the old ``example.com:app``."""
    domain, _, short = project.rpartition(":")
    return f"{short}.{domain}" if domain else short


def _pooled(member: str, principal: str) -> Cover:
    """One identity of a workforce or workload identity pool, or a set of them: by group, by attribute, all."""
    if not principal.startswith(_POOLS):
        return Cover.MAYBE if ".svc.id.goog/" in member and ".svc.id.goog[" in principal else Cover.NO
    if member.casefold() == principal.casefold():
        return Cover.MAYBE
    if member.startswith("principal:"):
        return Cover.NO
    pool, selects = _pool(member)
    own, _ = _pool(principal)
    if pool != own:
        numbered = pool[0].isdigit() == own[0].isdigit()
        return Cover.NO if pool[1] != own[1] or numbered else Cover.MAYBE  # a project by its id and by its number
    return Cover.YES if selects == "*" else Cover.MAYBE


def _pool(name: str) -> tuple[tuple[str, str], str]:
    """The project (empty for a workforce pool) and the pool of a name, and what it selects of the pool."""
    path = name.partition("://iam.googleapis.com/")[2].split("/")
    at = next((i for i, part in enumerate(path) if part in ("workloadIdentityPools", "workforcePools")), len(path))
    project = path[1] if path[:1] == ["projects"] and len(path) > 1 else ""
    return (project, "/".join(path[at : at + 2])), "/".join(path[at + 2 :])


def convenience(member: str) -> tuple[str, str] | None:
    """The role and the project of ``projectOwner:P`` and its like: those who have the basic role on the project."""
    if not member.startswith(_CONVENIENCE):
        return None
    kind, _, project = member.partition(":")
    return f"roles/{kind.removeprefix('project').lower()}", project
