"""Facts about federation: the workload identity pools of a project, their providers, and who may act as an account."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from vxsetup.facts.base import Unknown
from vxsetup.facts.members import project_host

if TYPE_CHECKING:
    from dataclasses import dataclass
else:
    from vxsetup.values import dataclass


@dataclass(frozen=True, slots=True)
class IdentityPools:
    """Asks for the workload identity pools of a project. Value: ``Pools``."""

    project: str


@dataclass(frozen=True, slots=True)
class Pool:
    """A pool by its full name ``projects/NUMBER/locations/global/workloadIdentityPools/ID``.

    A disabled or deleted pool exchanges no tokens (DISC iam v1).
    """

    name: str
    usable: bool

    @property
    def id(self) -> str:
        """The last part of the name."""
        return self.name.rpartition("/")[2]


@dataclass(frozen=True, slots=True)
class Pools:
    """Pools, in the order of the answer; ``complete`` is false where there are more of them than were listed."""

    pools: tuple[Pool, ...]
    complete: bool = True


@dataclass(frozen=True, slots=True)
class AccountPolicy:
    """Asks for the allow policy of a service account, by e-mail: who may act as it. Value: a tuple of ``Binding`` of
    ``facts.access``, or Absent where the account is not there. ``project`` is where the account lives, or ``-``."""

    project: str
    email: str


def policy_of(project: str, email: str) -> AccountPolicy:
    """The key for an account's policy, as a config of ``project`` names it: the account lives there, in the project that
    its address names, or wherever."""
    host = email.partition("@")[2].removesuffix(".iam.gserviceaccount.com")
    if host == project_host(project):
        return AccountPolicy(project, email)
    return AccountPolicy(host if host and "." not in host else "-", email)


@dataclass(frozen=True, slots=True)
class IdentityProviders:
    """Asks for the providers in the pools of a project, and in pools of elsewhere that the policies of some service
    accounts (by e-mail) name. Value: ``Providers``."""

    project: str
    accounts: tuple[str, ...]

    @property
    def policies(self) -> tuple[AccountPolicy, ...]:
        """The policies of the accounts."""
        return tuple(policy_of(self.project, email) for email in self.accounts)


@dataclass(frozen=True, slots=True)
class IdentityProvider:
    """One provider of a pool. ``issuer`` is None where it is none of OpenID Connect.

    ``mapping`` is from attributes (``google.subject``, ``attribute.x``) to CEL expressions; ``condition`` is CEL, empty:
    whoever has a token of the issuer is let in (DISC).
    """

    name: str
    pool: Pool
    enabled: bool
    issuer: str | None
    mapping: Mapping[str, str]
    condition: str = ""
    audiences: tuple[str, ...] = ()

    @property
    def usable(self) -> bool:
        """Whether it exchanges tokens at all."""
        return self.enabled and self.pool.usable

    @property
    def label(self) -> str:
        """The provider as a message names it: ``POOL/PROVIDER``."""
        return f"{self.pool.id}/{self.name.rpartition('/')[2]}"


@dataclass(frozen=True, slots=True)
class Providers:
    """The providers that were read; ``unread`` says of the others why not."""

    providers: tuple[IdentityProvider, ...]
    unread: tuple[Unknown, ...] = ()


def pool_of(member: str) -> tuple[str, str] | None:
    """The pool that a member of a policy names, and what it selects there: ``*``, ``subject/…``, ``group/…``,
    ``attribute.NAME/VALUE``. None for members that are no identities of a workload identity pool (IAMD)."""
    for prefix in ("principal://iam.googleapis.com/", "principalSet://iam.googleapis.com/"):
        if member.startswith(prefix):
            parts = member.removeprefix(prefix).split("/", 6)
            if len(parts) == 7 and parts[0::2][:3] == ["projects", "locations", "workloadIdentityPools"]:
                return "/".join(parts[:6]), parts[6]
    return None
