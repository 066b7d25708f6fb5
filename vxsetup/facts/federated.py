"""What steps change in the facts about federation: a pool, a provider, a pool's identities that may act as an account. Pure.

Each is a change as in ``facts.changes``: ``applied(old, source)`` gives what holds then, ``holds(fact)`` whether it does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from vxsetup.facts.access import Binding
from vxsetup.facts.base import ABSENT, Fact, Known, Unknown
from vxsetup.facts.federation import IdentityProvider, Pool

if TYPE_CHECKING:
    from dataclasses import dataclass, replace
else:
    from vxsetup.values import dataclass, replace


@dataclass(frozen=True, slots=True)
class PoolMade:
    """A pool that is there and can be used, by its full name. Changes ``IdentityPools``.

    The name may hold the project's id in place of its number, where nobody knows that yet.
    """

    name: str

    def applied(self, old: Fact, source: str) -> Fact:
        """The pools with this one among them."""
        if isinstance(old, Unknown) or self.holds(old):
            return old
        return Known(replace(old.value, pools=(*old.value.pools, Pool(self.name, True))), source)

    def holds(self, fact: Fact) -> bool:
        """Whether a usable pool has its id; the list is of one project."""
        found = fact.value.pools if isinstance(fact, Known) else ()
        return any(pool.usable and pool.id == self.name.rpartition("/")[2] for pool in found)


@dataclass(frozen=True, slots=True)
class ProviderMade:
    """A provider that is there, as it was asked for. Changes ``IdentityProviders``."""

    provider: IdentityProvider

    def applied(self, old: Fact, source: str) -> Fact:
        """The providers with this one among them."""
        if isinstance(old, Unknown) or self.holds(old):
            return old
        return Known(replace(old.value, providers=(*old.value.providers, self.provider)), source)

    def holds(self, fact: Fact) -> bool:
        """Whether a usable provider of this id, in a pool of this id, has its issuer, mapping and condition."""
        return isinstance(fact, Known) and any(self._is(provider) for provider in fact.value.providers)

    def _is(self, found: IdentityProvider) -> bool:
        mine = self.provider
        same = (found.issuer, dict(found.mapping), found.condition) == (
            mine.issuer,
            dict(mine.mapping),
            mine.condition,
        )
        return found.usable and found.label == mine.label and same


@dataclass(frozen=True, slots=True)
class AccountThere:
    """A service account that was made, with a policy of its own. Changes ``AccountPolicy``."""

    def applied(self, old: Fact, source: str) -> Fact:
        """An empty policy, where there was none for want of the account."""
        return Known((), source) if isinstance(old, Known) and old.value is ABSENT else old

    def holds(self, fact: Fact) -> bool:
        """Whether there is a policy to read: then there is an account."""
        return isinstance(fact, Known) and fact.value is not ABSENT


@dataclass(frozen=True, slots=True)
class ActsAs:
    """A role on a service account for some identities of a pool, without a condition. Changes ``AccountPolicy``.

    ``pool`` is the pool's full name, ``select`` what is chosen there: ``attribute.repository/OWNER/NAME``.
    """

    role: str
    pool: str
    select: str

    def applied(self, old: Fact, source: str) -> Fact:
        """The policy with the binding among it; that of an account that is not there stays so."""
        if isinstance(old, Unknown) or old.value is ABSENT or self.holds(old):
            return old
        member = f"principalSet://iam.googleapis.com/{self.pool}/{self.select}"
        return Known((*old.value, Binding(self.role, (member,))), source)

    def holds(self, fact: Fact) -> bool:
        """Whether the binding is there. Where the pool's name has the project's id, its number is not compared."""
        bindings = fact.value if isinstance(fact, Known) and fact.value is not ABSENT else ()
        return any(
            one.role == self.role and one.condition is None and any(self._named(member) for member in one.members)
            for one in bindings
        )

    def _named(self, member: str) -> bool:
        _, place, tail = self.pool.split("/", 2)
        start, _, rest = member.removeprefix("principalSet://iam.googleapis.com/").partition("/")
        number, _, end = rest.partition("/")
        return start == "projects" and end == f"{tail}/{self.select}" and (number == place or not place.isdigit())
