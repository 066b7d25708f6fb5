"""What a judgement depends on beside the requirement and the facts; all of it is given, none of it read."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Literal

from vxsetup.catalog import Catalogue
from vxsetup.facts.caller import UNKNOWN_CALLER, Caller

if TYPE_CHECKING:
    from dataclasses import dataclass
else:
    from vxsetup.values import dataclass

ProbeMode = Literal["none", "free", "paid"]


@dataclass(frozen=True, slots=True)
class Circumstances:
    """The time, the catalogue, who asks, and how far the run may go to find out.

    ``troubleshoot``: Policy Troubleshooter may be asked where policies leave something open.
    """

    now: datetime
    catalogue: Catalogue
    caller: Caller = UNKNOWN_CALLER
    online: bool = True
    probe: ProbeMode = "free"
    troubleshoot: bool = False

    @property
    def today(self) -> date:
        """The day of ``now``."""
        return self.now.date()
