"""Mends: for each rule, the change to a world that a failure of that rule asks for, and nothing besides.

With them the laws can say that a report's failures are necessary (mend all but one, and something is still refused)
and sufficient (mend all, and what is still refused was reported as open).
"""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterable
from typing import Any

from generated_features import COUNTED_AT, refused_features
from generated_runs import lacking_members, new_run, refused_places
from generated_worlds import AIPLATFORM, ODD_MODELS, PROJECT, Case, v2_principal

from vxsetup.findings import Finding, Report, Severity, Verdict

World = dict[str, Any]
Mend = Callable[[World, Finding], None]


def _project(world: World) -> dict[str, Any]:
    found: dict[str, Any] = world["projects"][PROJECT]
    return found


def _place_and_model(finding: Finding) -> tuple[str | None, str]:
    parts = finding.subject.split("/")
    place = parts[parts.index("locations") + 1] if "locations" in parts else None
    return place, parts[parts.index("models") + 1].partition("@")[0]


def _active(world: World, finding: Finding) -> None:
    _project(world)["state"] = "ACTIVE"


def _billed(world: World, finding: Finding) -> None:
    _project(world)["billing"] = {"account": "012345-6789AB-CDEF01", "open": True}


def _enabled_api(world: World, finding: Finding) -> None:
    services = [one for one in _project(world)["services"] if one != AIPLATFORM and not _is(one, AIPLATFORM)]
    _project(world)["services"] = [*services, AIPLATFORM]


def _is(service: Any, name: str) -> bool:
    return isinstance(service, dict) and service["name"] == name


def _granted(world: World, member: str, role: str) -> None:
    _project(world).setdefault("iam", []).append({"role": role, "members": [member]})
    for node in _nodes(world):
        for policy in node.get("deny", ()):
            for rule in policy["rules"]:
                rule.setdefault("except_principals", []).append(v2_principal(member))


def _nodes(world: World) -> Iterable[dict[str, Any]]:
    yield world.get("organization", {})
    yield from world.get("folders", {}).values()
    yield _project(world)


def _caller_may(world: World, finding: Finding) -> None:
    """Grant it; and as a project that is being deleted is refused in the same words, let it live."""
    _project(world)["state"] = "ACTIVE"
    _granted(world, world["caller"]["principal"], "roles/aiplatform.user")


def _member_may(world: World, finding: Finding) -> None:
    assert finding.principal is not None
    for role in ("roles/aiplatform.admin", "roles/consumerprocurement.entitlementManager"):
        _granted(world, finding.principal, role)


def _account_there(world: World, finding: Finding) -> None:
    """Make or enable the account. A right that is given to an account of that name is the new one's too."""
    _project(world)["service_accounts"] = {"app": {}}


def _row(world: World, model: str) -> dict[str, Any]:
    """The model's row of the table, as something that can be changed."""
    models = world["tables"].setdefault("models", {})
    if models.get(model) is None:
        models[model] = {}
    found: dict[str, Any] = models[model]
    return found


def _not_shut_down(world: World, finding: Finding) -> None:
    _row(world, _place_and_model(finding)[1])["shut_down"] = None


def _listed(world: World, finding: Finding) -> None:
    _row(world, _place_and_model(finding)[1])["shut_down"] = None


def _served(world: World, finding: Finding) -> None:
    place, model = _place_and_model(finding)
    asked = [place] if place else []
    row = _row(world, model)
    documented = DOCUMENTED.get(model, ("global", "us", "eu"))  # the last: where the emulator serves what nobody lists
    row["locations"] = list(dict.fromkeys([*row.get("locations", documented), *asked]))
    own = _project(world)["models"].get(model, {})
    if own.get("locations") is not None:
        own["locations"] = list(dict.fromkeys([*own["locations"], *asked]))


def _enabled_model(world: World, finding: Finding) -> None:
    """Enable it; and as a 404 at a documented place looks the same where the model is not served, let it be served."""
    model = _place_and_model(finding)[1]
    row = _project(world)["models"].setdefault(model, {})
    row["enabled"] = True
    row.pop("locations", None)
    if world["tables"].get("models", {}).get(model, {}) is None:
        del world["tables"]["models"][model]  # the same 404 again, of a model that is not published
    (world["tables"].get("models", {}).get(model) or {}).pop("shut_down", None)
    if model in DOCUMENTED and "locations" in (world["tables"].get("models", {}).get(model) or {}):
        known = _row(world, model)
        known["locations"] = list(dict.fromkeys([*known["locations"], *DOCUMENTED[model]]))


def _consented(world: World, finding: Finding) -> None:
    row = _project(world)["models"].setdefault(_place_and_model(finding)[1], {})
    row |= {"data_sharing": True, "addendum": True}


def _permitted(world: World, finding: Finding) -> None:
    """Whatever policy refuses the model: its own constraint is opened for the project, and so are the two that close an API."""
    for node in _nodes(world):
        for name in ("gcp.restrictServiceUsage", "gcp.restrictEndpointUsage"):
            node.get("policies", {}).pop(name, None)
    _project(world).setdefault("policies", {})["vertexai.allowedModels"] = {"allow_all": True}


def _feature_permitted(world: World, finding: Finding) -> None:
    """Whatever policy refuses the feature is opened for the project."""
    constraint = "allowedModels" if _counts(finding) else "allowedPartnerModelFeatures"
    _project(world).setdefault("policies", {})[f"vertexai.{constraint}"] = {"allow_all": True}


def _counts(finding: Finding) -> bool:
    """Whether a finding about a feature is about the counting of tokens, which is a model to policies."""
    return finding.subject.endswith("/features/count_tokens")


def _of_models(finding: Finding) -> bool:
    """Whether the policy behind a finding is the one about models, and not the one about their features."""
    return finding.rule == "VX501" or _counts(finding)


def _roomy(world: World, finding: Finding) -> None:
    place, model = _place_and_model(finding)
    assert place is not None
    rows = _project(world)["quotas"].setdefault(place, {})
    family = next((name for name in ("fable", "opus", "sonnet", "haiku") if name in model), "nova")
    for base in (f"anthropic-claude-{family}", f"anthropic-{model}"):
        kinds = {"requests": 60, "input_tokens": 100_000, "output_tokens": 10_000, "tokens": 100_000}
        rows[base] = {**rows.get(base, {}), **kinds}


def _answered(world: World, finding: Finding) -> None:
    """A refusal in words that nobody knows, for a model at a place: it is served there and enabled."""
    _served(world, finding)
    _enabled_model(world, finding)


MENDS: dict[str, Mend] = {
    "VX201": _active,
    "VX202": _billed,
    "VX203": _enabled_api,
    "VX302": _caller_may,
    "VX303": _member_may,
    "VX305": _account_there,
    "VX402": _not_shut_down,
    "VX404": _listed,
    "VX405": _served,
    "VX406": _enabled_model,
    "VX407": _consented,
    "VX410": _answered,
    "VX501": _permitted,
    "VX503": _feature_permitted,
    "VX602": _roomy,
}
"""Rule -> what its fix does to the world. A rule that fails in a generated world and is not here fails the law."""

NOT_THE_CLOUDS = {"VX401": "the id itself is wrong, whatever the cloud does"}

DOCUMENTED: dict[str, tuple[str, ...]] = {}
"""Where the emulator's own table serves each model: filled once from its data."""


def _fill() -> None:
    from vxsetup.emulator.tables import shipped

    DOCUMENTED.update({name: row.locations for name, row in shipped().models.items()})


_fill()


def failures(report: Report) -> list[Finding]:
    """The failures that decide the verdict."""
    return [f for f in report.findings if f.verdict is Verdict.FAIL and f.severity is Severity.ERROR]


def mended(case: Case, findings: Iterable[Finding]) -> Case:
    """The case with the world changed as the findings' fixes say."""
    world = copy.deepcopy(case.world)
    for finding in findings:
        MENDS[finding.rule](world, finding)
    return Case(case.config, world, case.made)


def _calm(case: Case) -> Case:
    """The case without faults of single answers and without times that are still to come."""
    world = copy.deepcopy(case.world)
    world["faults"] = []
    return Case(case.config, world, case.made)


def necessary(case: Case) -> list[str]:
    """Mend every reported failure but one: what that one is about is still refused."""
    case = _calm(case)
    report, _ = new_run(case, frozen=True).judge()
    failed = failures(report)
    unknown_rules = {f.rule for f in failed} - set(MENDS) - set(NOT_THE_CLOUDS)
    broken = [f"no mend is known for {rule}" for rule in sorted(unknown_rules)]
    if broken or any(f.rule in NOT_THE_CLOUDS for f in failed) or PROJECT not in case.world["projects"]:
        return broken
    for left in failed:
        if left.rule == "VX303" and _ability(left, case) not in TRIED:
            continue  # nobody can ask the emulator whether that ability is held
        if left.rule == "VX402":
            continue  # a documented date fails alone where no probe answered, in a world that may serve the model
        if left.rule == "VX404" and _of_this_project_alone(left, case):
            continue  # the public list does not have it, and no request got far enough to tell that it is served here
        if left.rule == "VX503" and not _askable(left, case):
            continue  # tokens are counted at none of the model's places, so that nobody can ask whether policies let them
        others = [f for f in failed if f is not left and not _one_root(f, left, case)]
        run = new_run(mended(case, others), frozen=True)
        refused = [*refused_places(run), *refused_features(run)]
        lacking = lacking_members(run, mended(case, others))
        if not _concerned(left, refused, lacking):
            broken.append(
                f"all but {left.rule} {left.subject} {left.principal or ''} is mended, and nothing is refused"
            )
    return broken


def _askable(finding: Finding, case: Case) -> bool:
    """Whether a request could show what a finding about a feature says."""
    places = {
        place for model in config_of(case)["models"] for place in model["locations"] if model["id"] in finding.subject
    }
    return not _counts(finding) or bool(places & set(COUNTED_AT))


TRIED = ("invoke", "batch", "administer")
"""The abilities that ``lacking_members`` tries."""


def _ability(finding: Finding, case: Case) -> str:
    """The ability that a finding about a member is about."""
    _, entry, _, number = finding.config_path
    ability: str = config_of(case)["access"][entry]["can"][number]
    return ability


def _of_this_project_alone(finding: Finding, case: Case) -> bool:
    """Whether the world serves this project a model that nobody lists, as one that is for the invited."""
    model = _place_and_model(finding)[1]
    return model in _project(case.world)["models"] and model not in DOCUMENTED


def _one_root(one: Finding, other: Finding, case: Case) -> bool:
    """Whether one change mends both: the same right of a principal, the same consent, policy or bucket."""
    rules = {one.rule, other.rule}
    if rules <= {"VX302", "VX303"}:
        caller = case.world["caller"]["principal"]
        principals = {one.principal or caller, other.principal or caller}
        return len(principals) == 1 or any(name.startswith("group:") for name in principals)  # who is in it has it too
    if rules <= {"VX402", "VX404", "VX405", "VX406", "VX407", "VX410"}:
        return _place_and_model(one)[1] == _place_and_model(other)[1]  # with and without its @date it is one model
    if rules == {"VX404", "VX602"}:  # a model that is published brings its buckets
        return _place_and_model(one)[1] == _place_and_model(other)[1]
    if rules <= {"VX501", "VX503"}:
        return _of_models(one) == _of_models(other)
    if len(rules) > 1:
        return False
    if one.rule == "VX602":
        return _place_and_model(one)[0] == _place_and_model(other)[0]
    return False


def _concerned(left: Finding, refused: list[str], lacking: list[str]) -> bool:
    if left.rule in ("VX303", "VX305"):
        return any(one.rpartition(" ")[0] == left.principal for one in lacking)
    if "/models/" not in left.subject:
        return bool(refused)
    parts = left.subject.split("/")
    model = parts[parts.index("models") + 1]
    place = parts[parts.index("locations") + 1] if "locations" in parts else ""
    if left.rule == "VX503":
        return any(one.startswith(f"{model} with {parts[-1]} @ ") for one in refused)
    return any(one == f"{model} @ {place}" or (not place and one.startswith(f"{model} @ ")) for one in refused)


def _gated_by_surprise(finding: Finding, case: Case) -> bool:
    """Whether this world closes a gate that the documents do not give the model."""
    return bool((case.world["tables"].get("models", {}).get(_place_and_model(finding)[1]) or {}).get("gated"))


def _undocumented(finding: Finding, case: Case) -> bool:
    """Whether the model has no documented bucket at the place, or this world counts otherwise than the documents say."""
    place, model = _place_and_model(finding)
    own = case.world["tables"].get("models", {}).get(model) or {}
    return place not in DOCUMENTED.get(model, ()) or "lineage" in own


PROJECT_ONLY = 'resource.type == "cloudresourcemanager.googleapis.com/Project"'


def _held_on_the_project_alone(finding: Finding, case: Case) -> bool:
    """Whether a grant under a condition holds for the project, of which the caller's permissions are asked, and for no model."""
    grants = _project(case.world)["iam"]
    return any((grant.get("condition") or {}).get("expression") == PROJECT_ONLY for grant in grants)


def _spreads(case: Case) -> bool:
    """Whether the API was enabled just before, so that it acts only later."""
    return any(isinstance(one, dict) and one["name"] == AIPLATFORM for one in _project(case.world)["services"])


ROUNDS = 12


def sufficient(case: Case) -> list[str]:
    """Mend every reported failure: what fails then was reported as open before, never as passed; and so on to the end."""
    case = _calm(case)
    if PROJECT not in case.world["projects"]:
        return []
    withdrawn = {name for name, row in case.world["tables"].get("models", {}).items() if row is None}
    report, _ = new_run(case, frozen=True).judge()
    for _ in range(ROUNDS):
        failed = failures(report)
        if not failed or any(f.rule not in MENDS for f in failed):
            break
        before = {(f.rule, f.subject, f.principal): f for f in report.findings}
        case = mended(case, failed)
        report, _ = new_run(case, frozen=True).judge()
        again = {(f.rule, f.subject, f.principal) for f in failed}
        for finding in failures(report):
            key = (finding.rule, finding.subject, finding.principal)
            seen = before.get(key)
            if finding.rule == "VX402" and key in again:
                return []  # its date stands in a document, which no change of the world can mend
            if finding.rule == "VX410" and finding.subject.rpartition("/")[2] in ODD_MODELS:
                return []  # a version that never was: the request itself is wrong
            if key in again:
                return [f"mended, and yet it fails again: {key} {finding.message}"]
            if finding.rule == "VX407" and _gated_by_surprise(finding, case):
                return []  # a gate that no document knows shows when the request gets there, not before
            if finding.rule == "VX602" and _place_and_model(finding)[1] in withdrawn:
                return []  # its mend publishes a model that this world had not, and its buckets with it
            if finding.rule == "VX602" and _undocumented(finding, case):
                return []  # which bucket counts is not documented where no page lists the model
            if finding.rule == "VX203" and _spreads(case):
                return []  # the list says ENABLED; that it does not act yet shows when a request gets there
            if finding.rule == "VX302" and _held_on_the_project_alone(finding, case):
                return []  # only a request that reaches this gate tells, and the rule's page says so
            if seen is None or seen.verdict not in (Verdict.NOT_REACHED, Verdict.UNKNOWN):
                shown = seen.verdict if seen else "not there"
                return [f"fails after everything was mended, and was {shown} before: {key} {finding.message}"]
    else:
        return [f"still failing after {ROUNDS} rounds: {[f.rule for f in failures(report)]}"]
    run = new_run(case, frozen=True)
    if report.verdict == "ready" and (refused := [*refused_places(run), *refused_features(run)]):
        return [f"everything is mended and called ready, and refused: {refused}"]
    return []


def config_of(case: Case) -> dict[str, Any]:
    """The config as data."""
    found: dict[str, Any] = json.loads(case.config)
    return found
