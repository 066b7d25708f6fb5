"""VX407 and VX413: the publisher's conditions on a model, and models that take no new customers any more."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from typing import TYPE_CHECKING

from vxsetup.catalog import Catalogue
from vxsetup.facts.base import Facts, Known
from vxsetup.facts.models import PublisherModelConfig
from vxsetup.facts.refusal import Cause
from vxsetup.findings import Evidence, Fix, Judgement, Requirement, Rule, RuleDocs, Rung, Severity, Verdict
from vxsetup.rules.circumstances import Circumstances
from vxsetup.rules.model_settings import set_command, settings_of
from vxsetup.rules.path import Declaration, ModelTarget, Outcome, Target, for_each_target, not_judged, outcome
from vxsetup.rules.served import for_each_model, model_card

if TYPE_CHECKING:
    from dataclasses import replace
else:
    from vxsetup.values import replace

# VX407 ------------------------------------------------------------------------------------------------------------

_for_each = for_each_target("VX407", "the publisher's conditions on {model} are met")


def config_key(target: Target, catalogue: Catalogue) -> PublisherModelConfig | None:
    """The settings that tell whether data is shared; None where no document asks for that with this model."""
    model = catalogue.model(target.model)
    return settings_of(target) if model is not None and model.needs_gate("data_sharing") is not None else None


def _gates_required(declaration: Declaration) -> Iterator[Requirement]:
    for requirement in _for_each(declaration):
        key = config_key(requirement.target, declaration.catalogue)
        reads: tuple[Hashable, ...] = (*requirement.reads, key) if key is not None else requirement.reads
        yield replace(requirement, reads=reads)


def _judge_gates(requirement: Requirement, facts: Facts, circumstances: Circumstances) -> Judgement:
    target: Target = requirement.target
    seen = outcome(target, facts, circumstances)
    if seen.passed is not None:
        return Judgement(Verdict.PASS, requirement.sentence, seen.evidence)
    key = config_key(target, circumstances.catalogue)
    config = facts[key] if key is not None else None
    off = config if isinstance(config, Known) and config.value.shares_data_with != "ANTHROPIC" else None
    if seen.stopped_at == requirement.rule:
        return _refused(target, seen, off)
    if off is not None:
        return Judgement(Verdict.FAIL, _sharing_is_off(target), (_says_off(off),), _share_data(target))
    model = circumstances.catalogue.model(target.model)
    if model is not None and model.locations and not any(gate.required for gate in model.gates):
        return Judgement(Verdict.NOT_APPLICABLE, f"no gate of the publisher's is documented for {target.model}")
    open_ = not_judged(target, facts, seen)
    if isinstance(config, Known):
        message = (
            f"Data sharing for {target.model} at {target.location} is on; whether the Advanced AI Safety Addendum is "
            "accepted is told by no API, only by a request that gets as far."
        )
        shared = config.evidence(f"dataSharingEnabledProvider is {config.value.shares_data_with}")
        return replace(open_, message=message, evidence=(*open_.evidence, shared))
    unread = (config.evidence(),) if config is not None else ()
    return replace(open_, evidence=(*open_.evidence, *(piece for piece in unread if piece not in open_.evidence)))


def _says_off(off: Known) -> Evidence:
    written = off.value.raw.get("dataSharingEnabledProvider")
    return off.evidence(f"dataSharingEnabledProvider is {written if written else 'not set'}")


def _sharing_is_off(target: Target) -> str:
    return f"{target.model} needs data sharing with Anthropic, and it is off for {target.project} at {target.location}."


def _refused(target: Target, seen: Outcome, off: Known | None) -> Judgement:
    read = (_says_off(off),) if off is not None else ()
    if seen.refusal is None or seen.refusal.cause is not Cause.ADDENDUM:
        return Judgement(Verdict.FAIL, _sharing_is_off(target), (*seen.evidence, *read), _share_data(target))
    message = f"{target.model} needs consent to the Advanced AI Safety Addendum, and {target.project} has not given it."
    if off is not None:
        message += f" Data sharing with Anthropic, which it needs too, is off at {target.location}."
    summary = (
        "a decision for your legal contact: someone with aiplatform.consents.update consents once for the project, "
        "in the console; there is no API for it"
    )
    card = model_card(target.project, target.bare_id)
    if off is None:
        return Judgement(Verdict.FAIL, message, seen.evidence, Fix(summary, url=card))
    both = Fix(f"{summary}. Data sharing is then switched on by the command", _share_data(target).command, card)
    return Judgement(Verdict.FAIL, message, (*seen.evidence, *read), both)


def _share_data(target: Target) -> Fix:
    summary = (
        "a decision for your legal contact, not a technical one: prompts and responses may be kept by the publisher "
        "for up to 30 days. When it is taken, set dataSharingEnabledProvider to ANTHROPIC for this model and location "
        "(aiplatform.endpoints.setPublisherModelConfig)"
    )
    command = set_command(target, "dataSharingEnabledProvider", "ANTHROPIC")
    return Fix(summary, command, model_card(target.project, target.bare_id))


# VX413 ------------------------------------------------------------------------------------------------------------


def _closed_required(declaration: Declaration) -> Iterator[Requirement]:
    """One for each model that Google has closed, or says that it will close, to projects that never used it."""
    for requirement in for_each_model("VX413", "{project} has {model}, or can still enable it")(declaration):
        known = requirement.target.model
        if known is not None and known.existing_customers_only is not None and known.existing_customers_only.value:
            yield requirement


def _judge_closed(requirement: Requirement, facts: Facts, circumstances: Circumstances) -> Judgement:
    model: ModelTarget = requirement.target
    known = model.model
    assert known is not None  # required only for models of the catalogue
    today, shut, since = circumstances.today, known.shut_down_on, known.deprecated_on
    if shut is not None and shut.value <= today:
        return Judgement(Verdict.NOT_APPLICABLE, "the model is past its shut-down date, see VX402")
    claim = since or known.existing_customers_only
    assert claim is not None  # the requirement rests on it
    closed = circumstances.catalogue.evidence(
        claim, f"deprecated on {since.value}: for existing customers only" if since else "for existing customers only"
    )
    if since is not None and today < since.value:
        return Judgement(Verdict.PASS, requirement.sentence, (closed,))
    seen = [(target, outcome(target, facts, circumstances)) for target in model.targets]
    passed = next((each for _, each in seen if each.passed is not None), None)
    if passed is not None:
        return Judgement(Verdict.PASS, requirement.sentence, (*passed.evidence, closed))
    refused = next((each for _, each in seen if each.stopped_at == "VX406"), None)
    if refused is not None:
        when = f" since {since.value}" if since else ""
        message = (
            f"{model.written} is closed to projects that never used it{when}, and {requirement.project} has no access "
            "to it: it cannot be enabled any more."
        )
        newer = known.successor(today)
        summary = f"move to {newer.value}" if newer else "choose another model"
        fix = Fix(f"{summary}; only your account team at Google can say otherwise", command="vxsetup models")
        return Judgement(Verdict.FAIL, message, (*refused.evidence, closed), fix)
    target, open_ = next((pair for pair in seen if pair[1].unknown is not None), seen[0])
    judgement = not_judged(target, facts, open_)
    return replace(judgement, evidence=(*judgement.evidence, closed))


RULES = (
    Rule(
        "VX407",
        "publisher-gate-closed",
        Severity.ERROR,
        Rung.PROBED,
        RuleDocs(
            "The publisher's conditions on the model are met: data sharing, the safety addendum.",
            "Some models answer 403 until the project shares data with the publisher. Clients show it as a request to log "
            "in again. It is a legal decision.",
            "Passed when the model's layer answered a probe. Failed when the answer asks for data sharing or the addendum, "
            "and also when the model's settings are read to have no data sharing, though the probe stopped earlier. That "
            "the addendum is accepted is told by no API: settings alone never pass. Not applicable to models for which no "
            "condition is documented.",
            "The free probes; fetchPublisherModelConfig of models that need data sharing. The permission that it checks is "
            "not documented.",
            "Let the right person decide; then set it for this model and location. The write needs its updateMask: without "
            "one it replaces all other settings of the model.",
            ("GD:abuse-monitoring", "GD:request-response-logging", "F#70443882767", "F#68609550218"),
        ),
        _gates_required,
        _judge_gates,
    ),
    Rule(
        "VX413",
        "model-closed-to-newcomers",
        Severity.WARNING,
        Rung.PROBED,
        RuleDocs(
            "A deprecated model is used only where the project has it already.",
            "From the day of its deprecation Google gives a model to existing customers only. Whoever never used it looks "
            "for a way to enable it that is not there any more.",
            "Passed when the model's layer answered a probe, and before the day of deprecation. Failed when the model is "
            "not enabled (VX406) after it. Open where no request got as far.",
            "The free probes; the dated catalogue.",
            "Move to a newer model.",
            ("GD:deprecations",),
        ),
        _closed_required,
        _judge_closed,
    ),
)
