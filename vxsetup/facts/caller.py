"""Who asks the cloud, as far as that is known without asking it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dataclasses import dataclass
else:
    from vxsetup.values import dataclass


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks.

    ``principal`` is ``user:…`` or ``serviceAccount:…`` where it is known, else None; ``kind`` is user,
    service_account, federated, impersonated or unknown; ``quota_project`` is the project charged for management reads.
    """

    principal: str | None
    kind: str
    quota_project: str | None = None

    @property
    def name(self) -> str:
        """How to speak of the caller in a message."""
        return self.principal or "the caller"


UNKNOWN_CALLER = Caller(None, "unknown")
