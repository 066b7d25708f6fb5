"""Remedies: what would make a requirement true, one file for each family of rules. Only a plan loads them.

A remedy is a pure function from a requirement that does not hold to steps; ``remedies`` is their explicit registry.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vxsetup.rules.path import Declaration
    from vxsetup.rules.remedies.base import Remedy


def remedies() -> Mapping[str, Remedy]:
    """Every remedy, by the id of the rule whose requirements it makes true."""
    from vxsetup.rules.remedies import access, federation, logging, models, policy, project, quota

    return {
        "VX201": project.create,
        "VX202": project.billing,
        "VX203": project.enable,
        "VX204": project.enable_readers,
        "VX303": access.grant,
        "VX305": access.account,
        "VX310": federation.admit,
        "VX311": federation.close,
        "VX313": federation.let_act,
        "VX314": federation.narrow,
        "VX315": federation.enable_tokens,
        "VX406": models.enable,
        "VX407": models.share_data,
        "VX501": policy.allow_model,
        "VX503": policy.allow_feature,
        "VX601": quota.raise_to_need,
        "VX602": quota.raise_zero,
        "VX702": logging.switch_logging_on,
        "VX703": logging.make_dataset,
        "VX705": logging.let_write,
        "VX707": logging.switch_events_on,
    }


def reads(declaration: Declaration) -> tuple[Hashable, ...]:
    """The facts that a plan of this config asks for beside those that its rules read."""
    from vxsetup.rules.remedies import access

    return access.reads(declaration)
