"""VX5xx: what organization policies and perimeters do to a request, as far as a probe shows it."""

from __future__ import annotations

from vxsetup.facts.base import Facts
from vxsetup.findings import Fix, Judgement, Requirement, Rule, RuleDocs, Rung, Severity, Verdict
from vxsetup.rules.circumstances import Circumstances
from vxsetup.rules.path import Outcome, Target, for_each_target, judge_gate


def _judge_policy(requirement: Requirement, facts: Facts, circumstances: Circumstances) -> Judgement:
    def failed(target: Target, seen: Outcome) -> Judgement:
        constraint = (seen.refusal.constraint if seen.refusal else None) or "vertexai.allowedModels"
        message = f"The organization policy {constraint} does not allow {target.model} at {target.location}."
        if constraint == "gcp.restrictServiceUsage":
            message = f"The organization policy {constraint} does not allow the Vertex AI API in {target.project}."
        value = f"publishers/anthropic/models/{target.bare_id}:predict"
        summary = {
            "vertexai.allowedModels": f"ask an organization policy administrator to add {value} to the allowed values",
            "gcp.restrictEndpointUsage": "use a multi-region or regional location, or ask for the endpoint to be allowed",
        }.get(constraint, "ask an organization policy administrator to allow it (roles/orgpolicy.policyAdmin)")
        command = f"gcloud org-policies describe {constraint} --project={target.project} --effective"
        return Judgement(Verdict.FAIL, message, seen.evidence, Fix(summary, command=command))

    return judge_gate(requirement, facts, circumstances, requirement.sentence, failed)


def _judge_perimeter(requirement: Requirement, facts: Facts, circumstances: Circumstances) -> Judgement:
    def failed(target: Target, seen: Outcome) -> Judgement:
        message = f"A service perimeter refuses requests of this caller to {target.model} at {target.location}."
        fix = Fix(
            "give the identifier in the evidence to a VPC Service Controls administrator, or run inside the perimeter"
        )
        return Judgement(Verdict.FAIL, message, seen.evidence, fix)

    return judge_gate(requirement, facts, circumstances, requirement.sentence, failed)


RULES = (
    Rule(
        "VX501",
        "policy-refuses-model",
        Severity.ERROR,
        Rung.PROBED,
        RuleDocs(
            "No organization policy stands between the project and the model at this location.",
            "vertexai.allowedModels, gcp.restrictEndpointUsage and others refuse a request with 400 or 403. The refusal "
            "names the constraint; the person who can change it is rarely the one who sees it.",
            "From the free probe alone: passed when the model's layer answered, failed when the answer names a "
            "constraint. The policies themselves are not read yet, so without a probe this is unknown.",
            "The free probes.",
            "Ask an organization policy administrator to add the value that the answer names.",
            ("GD:control-model-access", "F#12923988830", "F#61424486628"),
        ),
        for_each_target("VX501", "no organization policy refuses {model} at {location}"),
        _judge_policy,
    ),
    Rule(
        "VX502",
        "perimeter-refuses",
        Severity.ERROR,
        Rung.PROBED,
        RuleDocs(
            "No service perimeter refuses the request.",
            "VPC Service Controls refuses calls that cross a perimeter, whatever the permissions.",
            "From the free probe alone: passed when the model's layer answered, failed when the answer says "
            "SECURITY_POLICY_VIOLATED. Seen on other Google APIs; its wording on Vertex AI is not documented.",
            "The free probes.",
            "Take the identifier in the answer to an administrator of the perimeter.",
            ("F#57418643417", "F#54841302395"),
        ),
        for_each_target("VX502", "no service perimeter refuses {model} at {location}"),
        _judge_perimeter,
    ),
)
