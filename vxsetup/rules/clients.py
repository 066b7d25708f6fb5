"""VX801 to VX807: whether each client that the config names can do what the config asks: locations, features, residency."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from vxsetup.catalog.claims import Claim
from vxsetup.clients import Fault, Target, Targets, Wanted, faults, shipped_targets
from vxsetup.clients.fit import GATEWAY, FaultKind
from vxsetup.clients.table import MULTI_REGIONS
from vxsetup.facts.base import Facts
from vxsetup.findings import (
    ConfigPath,
    Evidence,
    Fix,
    Judgement,
    Requirement,
    Rule,
    RuleDocs,
    Rung,
    Severity,
    Span,
    Verdict,
)
from vxsetup.rules.circumstances import Circumstances
from vxsetup.rules.path import SENDABLE, Declaration

if TYPE_CHECKING:
    from dataclasses import dataclass, replace
else:
    from vxsetup.values import dataclass, replace

TABLE = "vxsetup's table of clients"


@dataclass(frozen=True, slots=True)
class ClientTarget:
    """A client of the config: its name as written, its row (None: unknown), and what it is to do.

    ``what`` is the location or feature that the requirement is about, or None.
    """

    name: str
    client: Target | None
    nearest: str | None
    date: str
    wanted: tuple[Wanted, ...]
    residency: str
    families: frozenset[str | None]
    what: str | None = None


def _clients(declaration: Declaration) -> tuple[tuple[ClientTarget, ConfigPath], ...]:
    """Every client that the config names, with what all its models are asked for."""
    if "clients" not in declaration.derived:
        declaration.derived["clients"] = tuple(_named_clients(declaration))
    return declaration.derived["clients"]


def _named_clients(declaration: Declaration) -> Iterator[tuple[ClientTarget, ConfigPath]]:
    project, catalogue = declaration.project, declaration.catalogue
    if not project.clients:
        return
    table: Targets = shipped_targets(catalogue.sources)
    asked = [(model, catalogue.model(model.id)) for model in project.models]
    sent = [(model, known) for model, known in asked if catalogue.recognise(model.id).kind in SENDABLE]
    wanted = tuple(
        Wanted(model.id, known.id if known else model.id.partition("@")[0], placement.location)
        for model, known in sent
        for placement in model.locations
    )
    families = frozenset(known.family if known else None for _, known in sent)
    for index, name in enumerate(project.clients):
        found = table.target(name)
        near = None if found else table.nearest(name)
        yield ClientTarget(name, found, near, table.date, wanted, project.residency, families), ("clients", index)


def _requirement(
    declaration: Declaration,
    rule: str,
    target: ClientTarget,
    path: ConfigPath,
    sentence: str,
    related: tuple[Span, ...] = (),
    severity: Severity | None = None,
    aspect: str = "",
) -> Requirement:
    project = declaration.project
    return Requirement(
        rule=rule,
        subject=f"projects/{project.id}/clients/{target.name}{aspect}",
        sentence=sentence,
        span=project.span(path),
        related=related,
        config_path=path,
        project=project.id,
        environment=project.environment,
        severity=severity,
        target=target,
    )


def _named(target: ClientTarget, what: str) -> ClientTarget:
    return replace(target, what=what)


def _usable(declaration: Declaration) -> Iterator[tuple[ClientTarget, Target, ConfigPath]]:
    for target, path in _clients(declaration):
        if target.client is not None and target.client.refused is None:
            yield target, target.client, path


def _evidence(client: Target, claim: Claim[Any] | None, says: str, date: str) -> tuple[Evidence, ...]:
    if claim is None:
        return (Evidence(Rung.CATALOGUE, TABLE, says, date),)
    doubt = "; not verified" if claim.confidence == "inferred" else ""
    note = f" ({claim.note})" if claim.note else ""
    source = client.sources[claim.source].what
    return (Evidence(Rung.CATALOGUE, source, f"{says}{note}{doubt}", claim.date),)


def _failed(target: ClientTarget, client: Target, fault: Fault) -> Judgement:
    says = fault.says[:1].upper() + fault.says[1:] + "."
    evidence = _evidence(client, fault.claim, fault.says, target.date)
    return Judgement(Verdict.FAIL, says, evidence, Fix(fault.instead))


def _first_fault(target: ClientTarget, *kinds: str, location: str | None = None) -> Fault | None:
    assert target.client is not None
    for fault in faults(target.client, target.wanted, target.residency):
        if fault.kind in kinds and (location is None or any(one.location == location for one in fault.wanted)):
            return fault
    return None


# VX801: locations -------------------------------------------------------------------------------------------------


def _reach_required(declaration: Declaration) -> Iterator[Requirement]:
    for target, client, path in _usable(declaration):
        for location in dict.fromkeys(one.location for one in target.wanted):
            places = tuple(span for place, span, _, _ in declaration.places if place.location == location)
            yield _requirement(
                declaration,
                "VX801",
                _named(target, location),
                path,
                f"{client.title} can send to {location}",
                places[:1],
                aspect=f"/locations/{location}",
            )


def _judge_reach(requirement: Requirement, facts: Facts, circumstances: Circumstances) -> Judgement:
    target: ClientTarget = requirement.target
    client, location = target.client, target.what
    assert client is not None
    assert location is not None
    fault = _first_fault(target, FaultKind.LOCATION, location=location)
    if fault is not None:
        return _failed(target, client, fault)
    claim = client.since(location)
    if claim is None:
        says = f"no source says from which version on {client.title} reaches {location}"
        fix = Fix("try one request with the settings of: vxsetup emit " + client.name)
        return Judgement(
            Verdict.UNKNOWN, f"{says[:1].upper()}{says[1:]}.", _evidence(client, None, says, target.date), fix
        )
    kind = location if location in ("global", *MULTI_REGIONS) else "regions"
    says = f"{client.title} sends to {kind} rightly" + (f" from {claim.value} on" if claim.value != "0" else "")
    return Judgement(Verdict.PASS, requirement.sentence, _evidence(client, claim, says, target.date))


# VX802: several locations -----------------------------------------------------------------------------------------


def _several_required(declaration: Declaration) -> Iterator[Requirement]:
    for target, client, path in _usable(declaration):
        if len({one.model for one in target.wanted}) > 1:
            sentence = f"{client.title} can use each model at a location of its own, or one location has them all"
            yield _requirement(declaration, "VX802", target, path, sentence)


# VX803: features --------------------------------------------------------------------------------------------------


def _features_required(declaration: Declaration) -> Iterator[Requirement]:
    project = declaration.project
    asked: dict[str, tuple[Span, ...]] = {}
    for model in project.models:
        for number, feature in enumerate(model.features):
            asked[feature] = (*asked.get(feature, ()), project.span((*model.config_path, "features", number)))
    for target, client, path in _usable(declaration):
        for feature, spans in asked.items():
            yield _requirement(
                declaration,
                "VX803",
                _named(target, feature),
                path,
                f"{client.title} is not known to lack {feature}",
                spans[:3],
                aspect=f"/features/{feature}",
            )


def _judge_feature(requirement: Requirement, facts: Facts, circumstances: Circumstances) -> Judgement:
    target: ClientTarget = requirement.target
    client, feature = target.client, target.what
    assert client is not None
    assert feature is not None
    claim = client.lacks.get(feature)
    if claim is None:
        says = f"no source says that {client.title} lacks {feature}"
        return Judgement(Verdict.PASS, requirement.sentence, _evidence(client, None, says, target.date))
    message = f"{client.title} does not offer {feature} on Vertex AI, and the config asks for it."
    fix = Fix(f"use another client for {feature}: vxsetup emit curl shows plain requests")
    says = f"{client.title} lacks {feature}"
    return Judgement(Verdict.FAIL, message, _evidence(client, claim, says, target.date), fix)


# VX804: residency -------------------------------------------------------------------------------------------------


def _residency_required(declaration: Declaration) -> Iterator[Requirement]:
    project = declaration.project
    if project.residency == "any":
        return
    for target, client, path in _usable(declaration):
        sentence = f"{client.title} is not known to leave the location that it is told"
        yield _requirement(declaration, "VX804", target, path, sentence, (project.span(("residency",)),))


# VX805: known at all ----------------------------------------------------------------------------------------------


def _known_required(declaration: Declaration) -> Iterator[Requirement]:
    for target, path in _clients(declaration):
        # A name that the table lacks may be a client of its own; one that cannot do it at all is an error.
        severity = Severity.WARNING if target.client is None else None
        sentence = f"{target.client.title if target.client else target.name} can use Claude on Vertex AI"
        yield _requirement(declaration, "VX805", target, path, sentence, severity=severity)


def _judge_known(requirement: Requirement, facts: Facts, circumstances: Circumstances) -> Judgement:
    target: ClientTarget = requirement.target
    client = target.client
    if client is None:
        says = f"no client {target.name}"
        unseen = (Evidence(Rung.CATALOGUE, TABLE, says, target.date),)
        message = f"No client {target.name} is known to vxsetup, so nothing is said of what it can do and no settings are written."
        near = f"did you mean {target.nearest}? " if target.nearest else ""
        return Judgement(Verdict.FAIL, message, unseen, Fix(f"{near}see: vxsetup emit --list", "vxsetup emit --list"))
    refused = client.refused
    if refused is not None:
        evidence = _evidence(client, refused, refused.value, target.date)
        return Judgement(Verdict.FAIL, str(refused.value), evidence, Fix(client.instead or GATEWAY))
    says = f"{client.title} has settings for Vertex AI"
    return Judgement(Verdict.PASS, requirement.sentence, _evidence(client, client.claim("checked"), says, target.date))


# VX806: models ----------------------------------------------------------------------------------------------------


def _models_required(declaration: Declaration) -> Iterator[Requirement]:
    for target, client, path in _usable(declaration):
        if client.models is not None and target.wanted:
            sentence = f"the list of models in {client.title} has every model"
            yield _requirement(declaration, "VX806", target, path, sentence)


# VX807: hidden models ---------------------------------------------------------------------------------------------


def _hidden_required(declaration: Declaration) -> Iterator[Requirement]:
    for target, client, path in _usable(declaration):
        if client.families and target.wanted:
            sentence = f"{client.title} finds a model of the config for each of its families"
            yield _requirement(declaration, "VX807", target, path, sentence)


def _judge_hidden(requirement: Requirement, facts: Facts, circumstances: Circumstances) -> Judgement:
    target: ClientTarget = requirement.target
    client = target.client
    assert client is not None
    missing = [family for family in client.families if family not in target.families]
    claims = [claim for name in ("second_models", "asks_besides") if (claim := client.claim(name))]
    evidence = tuple(seen for claim in claims for seen in _evidence(client, claim, str(claim.value), target.date))
    if not missing:
        return Judgement(Verdict.PASS, requirement.sentence, evidence)
    listed = ", ".join(missing)
    message = (
        f"{client.title} asks default models of its own for {listed} unless it is told otherwise, and the config has none "
        "of these families: such a request is refused where the default is not enabled."
    )
    fix = Fix(
        "use the settings that vxsetup writes, which name a model of the config for each", f"vxsetup emit {client.name}"
    )
    return Judgement(Verdict.FAIL, message, evidence, fix)


def _by_fault(*kinds: str) -> Callable[[Requirement, Facts, Circumstances], Judgement]:
    """The judge of a rule that fails by the faults of these kinds."""

    def judge(requirement: Requirement, facts: Facts, circumstances: Circumstances) -> Judgement:
        target: ClientTarget = requirement.target
        assert target.client is not None
        fault = _first_fault(target, *kinds)
        if fault is not None:
            return _failed(target, target.client, fault)
        says = f"nothing is known to stand against it for {target.client.title}"
        return Judgement(Verdict.PASS, requirement.sentence, _evidence(target.client, None, says, target.date))

    return judge


_READS = "The config and the table of clients; nothing is asked of the cloud, and nothing is run."
_JUDGED = "Compares the config with a dated table of what each client was seen, read or documented to do."

RULES = (
    Rule(
        "VX801",
        "client-out-of-reach",
        Severity.ERROR,
        Rung.CATALOGUE,
        RuleDocs(
            "Every client can send to every location that a model is asked for at.",
            "Clients build the host from the location. Older ones, and some to this day, build one for us and eu that does "
            "not exist, so every request ends in a 404 page or a name that cannot be resolved.",
            f"{_JUDGED} A client of which no version reaches the location fails; the least version that does is in the "
            "evidence, and vxsetup emit pins it.",
            _READS,
            "Choose a location that the client reaches, another client, or a gateway in front of it.",
            ("EMIT", "WIRE", "vxsetup emit --list"),
        ),
        _reach_required,
        _judge_reach,
        offline=True,
    ),
    Rule(
        "VX802",
        "client-takes-one-location",
        Severity.WARNING,
        Rung.CATALOGUE,
        RuleDocs(
            "Every client can use each model at its own location, or one location has all models.",
            "A client with one setting for the location asks every model there, and gets a 404 for each that is served or "
            "enabled elsewhere only.",
            f"{_JUDGED} It fails where the client takes one location for all models and none is asked for by each of them, "
            "and where a model that differs has no setting of its own.",
            _READS,
            "Ask for all models at one location, write one file for each location (vxsetup emit TARGET --location), or "
            "use a client that takes several.",
            ("EMIT", "WIRE", "CC"),
        ),
        _several_required,
        _by_fault(FaultKind.SEVERAL, FaultKind.OWN_LOCATION),
        offline=True,
    ),
    Rule(
        "VX803",
        "client-lacks-feature",
        Severity.WARNING,
        Rung.CATALOGUE,
        RuleDocs(
            "No client is known to lack a feature that a model is to use.",
            "Some clients have no call for a feature on Vertex AI, or drop the header that it needs, so the feature is "
            "refused or left out in silence.",
            f"{_JUDGED} Only what a source says to be missing fails; silence passes.",
            _READS,
            "Use another client for this feature, or a plain request.",
            ("EMIT", "WIRE", "SDKPY", "SDKTS"),
        ),
        _features_required,
        _judge_feature,
        offline=True,
    ),
    Rule(
        "VX804",
        "client-leaves-residency",
        Severity.ERROR,
        Rung.CATALOGUE,
        RuleDocs(
            "Under a residency no client sends requests to another location than it is told.",
            "A client that tries again elsewhere after an error sends prompts out of the geography without a word.",
            f"{_JUDGED} It fails where the client is known to change the location by itself and no setting stops it.",
            _READS,
            "Use another client, or a gateway that pins the location.",
            ("EMIT",),
        ),
        _residency_required,
        _by_fault(FaultKind.LEAVES),
        offline=True,
    ),
    Rule(
        "VX805",
        "client-not-supported",
        Severity.ERROR,
        Rung.CATALOGUE,
        RuleDocs(
            "Every client that the config names is known and can use Claude on Vertex AI.",
            "Some programs speak to Anthropic's own API or to Gemini alone, though they name Vertex AI among their "
            "providers.",
            f"{_JUDGED} A client without a way to Vertex AI fails as an error; a name that the table lacks is a warning.",
            _READS,
            "Use the way round that the finding names, mostly a gateway, or correct the name.",
            ("EMIT", "vxsetup emit --list"),
        ),
        _known_required,
        _judge_known,
        offline=True,
    ),
    Rule(
        "VX806",
        "client-lacks-model",
        Severity.WARNING,
        Rung.CATALOGUE,
        RuleDocs(
            "A client with a fixed list of models has every model of the config in it.",
            "Such a client offers only the models of its list, whatever the project has enabled.",
            f"{_JUDGED} A later version of the client may have more.",
            _READS,
            "Choose a model of its list, update the client, or put a gateway in front of it.",
            ("EMIT",),
        ),
        _models_required,
        _by_fault(FaultKind.MODEL),
        offline=True,
    ),
    Rule(
        "VX807",
        "client-has-hidden-models",
        Severity.INFO,
        Rung.CATALOGUE,
        RuleDocs(
            "The config has a model for every family that a client asks without being told.",
            "Background tasks, titles and sub-agents go to default models. Where these are not enabled in the project, a "
            "session fails in the middle, with an error that names a model that nobody chose. Claude Code besides asks for one "
            "token of models that it knows, at each start and whatever is set; that these are refused harms nothing.",
            f"{_JUDGED} It is information: the settings that vxsetup writes name a model of the config for each family.",
            _READS,
            "Use the settings of vxsetup emit, or ask for a model of each family.",
            ("CC", "CCD", "WIRE"),
        ),
        _hidden_required,
        _judge_hidden,
        offline=True,
    ),
)
