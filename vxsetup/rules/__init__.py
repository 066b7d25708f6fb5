"""The rules: one file for each family, one explicit registry. Loaded when it is asked for, not when it is imported."""

from __future__ import annotations

from vxsetup.findings import Rule


def registry() -> tuple[Rule, ...]:
    """Every rule, in the order of its id."""
    from vxsetup.config import faults
    from vxsetup.rules import (
        access,
        bodies,
        clients,
        expiry,
        features,
        federation,
        gates,
        grants,
        impersonation,
        increases,
        log_dataset,
        log_retention,
        logging,
        machine,
        members,
        models,
        networking,
        policy,
        project,
        quota,
        residency,
        restrictions,
        served,
        throughput,
    )

    families = (
        faults,
        project,
        access,
        members,
        expiry,
        grants,
        federation,
        impersonation,
        features,
        models,
        served,
        gates,
        policy,
        restrictions,
        networking,
        quota,
        throughput,
        increases,
        residency,
        logging,
        log_dataset,
        log_retention,
        clients,
        machine,
        bodies,
    )
    return tuple(sorted((rule for family in families for rule in family.RULES), key=lambda rule: rule.id))


def by_name(name: str) -> Rule | None:
    """A rule by its id (any case) or its kebab name, or None."""
    wanted = name.casefold()
    return next((rule for rule in registry() if wanted in (rule.id.casefold(), rule.name)), None)
