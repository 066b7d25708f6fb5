"""Remedies of VX406 and VX407: enable a model, share data where the config consents; the rest is for people."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

from vxsetup.catalog.model import ModelState
from vxsetup.facts.access import AllowPolicies
from vxsetup.facts.base import ABSENT, Known
from vxsetup.facts.changes import LATER, ConfigSet, is_later
from vxsetup.facts.models import Probe, PublisherModelConfig
from vxsetup.facts.policies import EffectivePolicy
from vxsetup.facts.project import Billing, Services
from vxsetup.facts.quotas import EffectiveQuota
from vxsetup.facts.refusal import Cause
from vxsetup.findings import Diff, Fix, Permit, Step, StepKind
from vxsetup.rules.path import ModelTarget, Target, project_name
from vxsetup.rules.remedies.base import Wanted, by_hand
from vxsetup.rules.served import model_card

ENTITLEMENT = "roles/consumerprocurement.entitlementManager"
SHARING = {"dataSharingEnabledProvider": "ANTHROPIC"}
BY_CONFIG = "the config asks for it: consents.enable_models: api"


def enable(wanted: Wanted) -> tuple[Step, ...]:
    """VX406: enable the model by the API where the config consents to it, else leave it to a person."""
    model: ModelTarget = wanted.requirement.target
    shows_later = bool(model.probes) and all(is_later(wanted.facts[probe]) for probe in model.probes)
    if not wanted.failed and not shows_later:
        return ()
    if model.model is not None and not _open_to_new(wanted, model):
        return ()
    if not wanted.failed and _nobodys(wanted, model):
        return ()
    project, bare = wanted.requirement.project, model.written.partition("@")[0]
    gives = {**wanted.later(Probe)}
    needs = (Billing(project), *_services(wanted, project))
    # Behind a quota of zero, a policy or a missing grant no request shows whether the model is enabled.
    behind = (key for key in wanted.facts if isinstance(key, (EffectiveQuota, EffectivePolicy, AllowPolicies)))
    after = tuple(sorted(behind, key=repr))
    depends = {"model": wanted.requirement.subject, "enabled": False}
    title = f"enable {model.written} in Model Garden for {project}"
    url = model_card(project, bare)
    if wanted.declaration.project.consents.enable_models != "api":
        if not wanted.failed:
            title += ", unless it is enabled already"
        fix = Fix("on the model's card press Enable, answer the form, accept the terms", url=url)
        who = f"{ENTITLEMENT} on {project}"
        return (by_hand(wanted, f"model/{project}/{model.written}", title, fix, who, gives, needs, depends, after),)
    return (
        Step(
            id=f"model/{project}/{model.written}",
            title=title,
            reason=wanted.reason,
            project=project,
            action={"do": "enable_model", "project": project, "model": bare, "card": url},
            gives=gives,
            needs=needs,
            after=after,
            diff=(Diff("enabled", "no" if wanted.failed else None, "yes"),),
            permissions=(
                Permit(project_name(project), "consumerprocurement.entitlements.list", ENTITLEMENT, doubtful=True),
            ),
            depends=depends,
            asked_by=wanted.finding.fingerprint,
            patience=60.0,
            expects="that the form is answered and the terms are accepted, or a Private Offer is active: the API "
            "enables nothing before that",
            consent=BY_CONFIG,
        ),
    )


def _nobodys(wanted: Wanted, model: ModelTarget) -> bool:
    """Whether neither the publisher's list nor the catalogue knows the model: then there is no card to press Enable on,
    and VX404 says so. A model of the catalogue may be offered beside the list, by invitation."""
    if model.model is not None or model.listed is None:
        return False
    listed = wanted.facts[model.listed]
    return isinstance(listed, Known) and listed.value is ABSENT


def _open_to_new(wanted: Wanted, model: ModelTarget) -> bool:
    """Whether a project that never used the model can still enable it, as far as is documented."""
    assert model.model is not None
    closed = model.model.existing_customers_only
    if closed is not None and closed.value:
        return False
    return model.model.state(wanted.circumstances.today).name is not ModelState.SHUT_DOWN


def _services(wanted: Wanted, project: str) -> tuple[Any, ...]:
    return tuple(key for key in wanted.facts if isinstance(key, Services) and key.project == project)


def _sharing(wanted: Wanted) -> dict[Hashable, Any]:
    return {key: ConfigSet(SHARING) for key in wanted.reads(PublisherModelConfig)}


def share_data(wanted: Wanted) -> tuple[Step, ...]:
    """VX407: switch data sharing on under the config's consent; without one, and for the addendum, people decide."""
    if not wanted.failed:
        return ()
    target: Target = wanted.requirement.target
    project, bare = target.project, target.bare_id
    fact = wanted.facts[target.probe] if target.probe is not None else None
    refusal = fact.value.refusal if isinstance(fact, Known) and hasattr(fact.value, "refusal") else None
    gives: dict[Hashable, Any] = {target.probe: LATER} if target.probe is not None else {}
    where = f"{target.model} at {target.location}"
    depends = {"model": target.subject, "refused": refusal.cause.value if refusal is not None else None}
    consent = wanted.declaration.project.consents.data_sharing
    covered = consent is not None and any(name.partition("@")[0] == bare for name in consent.models)
    addendum = refusal is not None and refusal.cause is Cause.ADDENDUM
    if addendum or consent is None or not covered:
        name = f"addendum/{project}" if addendum else f"data-sharing/{target.subject}"
        title = (
            f"consent to the Advanced AI Safety Addendum for {project}"
            if addendum
            else f"decide on data sharing with Anthropic for {where}"
        )
        who = "your legal contact, with aiplatform.consents.update" if addendum else "your legal contact"
        fix = wanted.fix
        if not addendum:
            fix = Fix(
                f"{fix.summary}; or write the decision into the config, consents.data_sharing", fix.command, fix.url
            )
        gives |= wanted.later(Probe) if addendum else _sharing(wanted)
        return (by_hand(wanted, name, title, fix, who, gives, (), depends),)
    return (
        Step(
            id=f"data-sharing/{target.subject}",
            title=f"share data of {where} with Anthropic",
            reason=wanted.reason,
            project=project,
            action={
                "do": "set_model_config",
                "host": target.probe.host if target.probe is not None else "",
                "project": project,
                "location": target.location,
                "model": bare,
                "mask": "dataSharingEnabledProvider",
                "config": SHARING,
            },
            gives={**gives, **_sharing(wanted)},
            kind=StepKind.CHANGE,
            diff=(Diff("dataSharingEnabledProvider", None, "ANTHROPIC"),),
            permissions=(
                Permit(
                    project_name(project),
                    "aiplatform.endpoints.setPublisherModelConfig",
                    "roles/aiplatform.admin",
                    doubtful=True,
                ),
            ),
            depends=depends,
            asked_by=wanted.finding.fingerprint,
            consent=f"{consent.accept} ({consent.by})",
        ),
    )
