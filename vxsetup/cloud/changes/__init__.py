"""Carries out the changes of a plan, one file for each API. What goes wrong comes back as a value.

A change is JSON data: ``do`` names it, the rest is what it needs. Each reads before it writes where a second try, or
somebody else, could have been there before.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from vxsetup.cloud.changes.base import Changed, Hands, NotChanged

__all__ = ["Changed", "Hands", "NotChanged", "actions", "carry_out"]

Action = Callable[[Mapping[str, Any], Hands], Changed | NotChanged]


def actions() -> Mapping[str, Action]:
    """Every kind of change by its name."""
    from vxsetup.cloud.changes import (
        aiplatform,
        bigquery,
        cloud_billing,
        cloud_quotas,
        federation,
        iam,
        org_policy,
        resource_manager,
        service_usage,
    )

    return {
        "create_project": resource_manager.create_project,
        "link_billing": cloud_billing.link,
        "enable_services": service_usage.enable,
        "create_service_account": iam.create_service_account,
        "create_role": iam.create_role,
        "create_pool": federation.create_pool,
        "create_provider": federation.create_provider,
        "let_act": federation.let_act,
        "grant": resource_manager.grant,
        "enable_model": aiplatform.enable_model,
        "set_model_config": aiplatform.set_model_config,
        "prefer_quota": cloud_quotas.prefer,
        "create_dataset": bigquery.create_dataset,
        "grant_dataset": bigquery.let_agent_write,
        "allow_value": org_policy.allow_value,
    }


def carry_out(action: Mapping[str, Any], hands: Hands) -> Changed | NotChanged:
    """Do one action and wait for its operation. Raises ValueError for a kind that does not exist: a fault of vxsetup."""
    known = actions().get(action["do"])
    if known is None:
        raise ValueError(f"no way to carry out {action['do']!r}")
    return known(action, hands)
