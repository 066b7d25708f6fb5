"""VX702, VX706 and VX707: whether requests and their metadata are recorded, as the models' own settings have it."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from typing import TYPE_CHECKING

from vxsetup.catalog import Catalogue
from vxsetup.config.project import RequestResponse
from vxsetup.facts.base import Facts, Known, Unknown
from vxsetup.facts.logging import LoggingState, events_state, logging_state
from vxsetup.facts.models import PublisherModelConfig
from vxsetup.facts.project import ProjectRecord
from vxsetup.findings import Evidence, Fix, Judgement, Requirement, Rule, RuleDocs, Rung, Severity, Verdict
from vxsetup.rules.circumstances import Circumstances
from vxsetup.rules.model_settings import set_command, settings_of
from vxsetup.rules.path import Declaration, Target, blocking, declared, for_each_target, from_unknown

if TYPE_CHECKING:
    from dataclasses import dataclass, replace
else:
    from vxsetup.values import dataclass, replace

PAGE = "GD:request-response-logging"
LARGEST_ROW_MB = 10
LARGEST_PAYLOAD_MB = 30


@dataclass(frozen=True, slots=True)
class LogTarget:
    """One model at one location, the settings that tell, and what the config asks to be logged (None: events alone)."""

    place: Target
    settings: PublisherModelConfig | None
    asked: RequestResponse | None = None


def all_settings(declaration: Declaration) -> tuple[PublisherModelConfig, ...]:
    """The settings of every model at every location that the config asks for."""
    return tuple(dict.fromkeys(key for place, *_ in declaration.places if (key := settings_of(place)) is not None))


def cited(catalogue: Catalogue, source: str, says: str) -> Evidence:
    """What a document says, with the date at which it was read."""
    found = catalogue.sources.get(source)
    return Evidence(Rung.CATALOGUE, found.what if found else source, says, found.date if found else None)


def percent(rate: float) -> str:
    """A share as people read it: ``12.5 %``."""
    return f"{rate * 100:.6g} %"


def _each_place(declaration: Declaration, rule: str, sentence: str, *reads: Hashable) -> Iterator[Requirement]:
    for requirement in for_each_target(rule, sentence, lambda target: ())(declaration):
        place: Target = requirement.target
        key = settings_of(place)
        own: tuple[Hashable, ...] = (key, *reads) if key is not None else reads
        yield replace(requirement, reads=own, target=LogTarget(place, key))


def _settings(target: LogTarget, facts: Facts, what: str) -> Known | Judgement:
    """The settings, or what is to be said where they cannot be had."""
    place = target.place
    if target.settings is None:
        message = f"{what[:1].upper()}{what[1:]} is not known: {place.model} is no id that a request can carry."
        fix = Fix("settle VX401 first", command="vxsetup explain VX401")
        return Judgement(Verdict.UNKNOWN, message, declared("models", place.model), fix, (blocking("VX401", place),))
    fact = facts[target.settings]
    if isinstance(fact, Unknown):
        found = from_unknown(place.project, facts, fact, what)
        waits = tuple(blocking(rule, place) for rule in ("VX402", "VX404", "VX405"))
        # A model that is not there has no settings either.
        return replace(found, blocked_by=(*found.blocked_by, *waits)) if fact.says.startswith("404") else found
    return fact


def _not_documented(what: str, fact: Known) -> Judgement:
    message = f"{what[:1].upper()}{what[1:]} is not known: the settings are not as Google's documents have them."
    fix = Fix("look at the settings in the console, or update vxsetup")
    return Judgement(Verdict.UNKNOWN, message, (fact.evidence("an answer of another shape"),), fix)


# VX702 ------------------------------------------------------------------------------------------------------------


def _logging_required(declaration: Declaration) -> Iterator[Requirement]:
    project = declaration.project
    asked = project.logging.request_response
    if asked is None:
        return
    sentence = "requests to {model} at {location} are logged to " + asked.dataset
    for requirement in _each_place(declaration, "VX702", sentence, ProjectRecord(project.id)):
        own = replace(requirement.target, asked=asked)
        yield replace(requirement, target=own, related=(*requirement.related, project.key_span(asked.config_path)))


def _judge_logging(requirement: Requirement, facts: Facts, circumstances: Circumstances) -> Judgement:
    target: LogTarget = requirement.target
    place, asked = target.place, target.asked
    assert asked is not None  # required only where the config asks
    what = f"whether requests to {place.model} at {place.location} are logged"
    fact = _settings(target, facts, what)
    if isinstance(fact, Judgement):
        return fact
    state = logging_state(fact.value)
    if state is None:
        return _not_documented(what, fact)
    evidence = (fact.evidence(_says(state)), *_doubted(place, circumstances.catalogue))
    fix = _switch_on(place, asked, fact)
    if not state.enabled:
        message = (
            f"Requests to {place.model} at {place.location} are not logged: request-response logging is off there."
        )
        return Judgement(Verdict.FAIL, message, evidence, fix)
    goes = _goes_there(state, asked, place, facts)
    wrong = []
    if goes is False:
        wrong.append(f"go to {state.uri or 'no dataset'} and not to the dataset {asked.dataset} of {place.project}")
    if state.rate is not None and state.rate < asked.sampling_rate:
        wrong.append(f"hold {percent(state.rate)} of the requests and not {percent(asked.sampling_rate)}")
    if wrong:
        message = f"The logs of {place.model} at {place.location} {' and '.join(wrong)}."
        return Judgement(Verdict.FAIL, message, evidence, fix)
    if goes is None:
        message = f"The logs of {place.model} at {place.location} go to {state.uri}; whether that is {place.project} is not known."
        record = facts[ProjectRecord(place.project)]
        also = (record.evidence(),) if isinstance(record, Unknown) else ()
        waits = from_unknown(place.project, facts, record, what).blocked_by if isinstance(record, Unknown) else ()
        return Judgement(Verdict.UNKNOWN, message, (*evidence, *also), fix, waits)
    if state.rate is None:
        message = f"Which share of the requests to {place.model} at {place.location} is logged is not known: the settings name none."
        return Judgement(Verdict.UNKNOWN, message, evidence, fix)
    return Judgement(Verdict.PASS, requirement.sentence, evidence)


def _says(state: LoggingState) -> str:
    rate = f"samplingRate {state.rate:g}" if state.rate is not None else "no samplingRate"
    return f"loggingConfig: {'enabled' if state.enabled else 'not enabled'}, {rate}, {state.uri or 'no destination'}"


def _goes_there(state: LoggingState, asked: RequestResponse, place: Target, facts: Facts) -> bool | None:
    """Whether the logs go to the dataset of the config; None where only the project's number would tell."""
    target = state.destination
    if target is None or target.dataset != asked.dataset:
        return False
    if target.project == place.project:
        return True
    record = facts[ProjectRecord(place.project)]
    if isinstance(record, Known):
        return bool(target.project == record.value.number)
    return None if target.project.isdigit() else False


def _doubted(place: Target, catalogue: Catalogue) -> tuple[Evidence, ...]:
    """Two ages of one page differ about endpoints that are no region."""
    if catalogue.location_kind(place.location) == "region":
        return ()
    says = (
        f"until 2026-08-05 this page left out global and multi-region endpoints, such as {place.location}, for Claude; "
        "since then it names all locations of a model. The settings that are read back decide"
    )
    return (cited(catalogue, PAGE, says),)


def _switch_on(place: Target, asked: RequestResponse, fact: Known) -> Fix:
    old = fact.value.raw.get("loggingConfig", {})
    kept = {key: old[key] for key in ("enableOtelLogging", "errorSamplingRate") if key in old}
    new = {
        "enabled": True,
        "samplingRate": asked.sampling_rate,
        "bigqueryDestination": {"outputUri": f"bq://{place.project}.{asked.dataset}"},
    }
    summary = (
        "set the model's logging at this location (aiplatform.endpoints.setPublisherModelConfig); it takes some minutes "
        "to act. The update mask is what keeps the model's other settings"
    )
    return Fix(summary, set_command(place, "loggingConfig", {**new, **kept}))


# VX706 ------------------------------------------------------------------------------------------------------------


def _size_required(declaration: Declaration) -> Iterator[Requirement]:
    project = declaration.project
    asked = project.logging.request_response
    if asked is None:
        return
    yield Requirement(
        rule="VX706",
        subject=f"projects/{project.id}/datasets/{asked.dataset}",
        sentence="every request is small enough for a row of the log",
        span=project.span((*asked.config_path, "dataset")),
        config_path=(*asked.config_path, "dataset"),
        project=project.id,
        environment=project.environment,
    )


def _judge_size(requirement: Requirement, facts: Facts, circumstances: Circumstances) -> Judgement:
    says = f"a request and its answer are not recorded where together they go over BigQuery's {LARGEST_ROW_MB} MB for a row"
    message = (
        f"The log holds no request that is larger than {LARGEST_ROW_MB} MB together with its answer, and Claude takes "
        f"up to {LARGEST_PAYLOAD_MB} MB: large documents and images leave no trace in it."
    )
    fix = Fix("where each request must be kept, record large ones in the application")
    return Judgement(Verdict.FAIL, message, (cited(circumstances.catalogue, PAGE, says),), fix)


# VX707 ------------------------------------------------------------------------------------------------------------


def _events_required(declaration: Declaration) -> Iterator[Requirement]:
    project = declaration.project
    if not project.logging.inference_events:
        return
    sentence = "inference events of {model} at {location} are logged"
    for requirement in _each_place(declaration, "VX707", sentence):
        line = project.key_span(("logging", "inference_events"))
        yield replace(requirement, related=(*requirement.related, line))


def _judge_events(requirement: Requirement, facts: Facts, circumstances: Circumstances) -> Judgement:
    target: LogTarget = requirement.target
    place = target.place
    what = f"whether inference events of {place.model} at {place.location} are logged"
    fact = _settings(target, facts, what)
    if isinstance(fact, Judgement):
        return fact
    state = events_state(fact.value)
    if state is None:
        return _not_documented(what, fact)
    found = fact.value.raw.get("inferenceEventLoggingConfig", {}).get("state", "not set, which counts as DISABLED")
    evidence = (fact.evidence(f"inferenceEventLoggingConfig.state is {found}"),)
    if state:
        return Judgement(Verdict.PASS, requirement.sentence, evidence)
    message = f"Inference events of {place.model} at {place.location} are not logged."
    summary = (
        "switch them on (aiplatform.endpoints.setPublisherModelConfig): who called, what kind of traffic, how many tokens, "
        "in the Cloud Logging log aiplatform.googleapis.com/inference_request"
    )
    command = set_command(place, "inferenceEventLoggingConfig", {"state": "ENABLED"})
    return Judgement(Verdict.FAIL, message, evidence, Fix(summary, command))


_READS = (
    "fetchPublisherModelConfig of each model at each location. The permission that it checks is not documented; setting "
    "needs aiplatform.endpoints.setPublisherModelConfig, a name that no list of permissions has."
)

RULES = (
    Rule(
        "VX702",
        "requests-not-logged",
        Severity.ERROR,
        Rung.READ,
        RuleDocs(
            "Requests to each model at each of its locations are logged to the declared dataset, at the declared rate or more.",
            "Anthropic advises to keep prompts and answers for at least 30 days, so that misuse can be looked into; the "
            "logs stay in your project. Logging is set for each model at each location apart, so that a model "
            "that is added later is silently not logged.",
            "Reads the model's settings: loggingConfig is enabled, its samplingRate is not below sampling_rate, and its "
            "destination is the dataset, with any table. A destination that names the project alone makes a dataset of "
            "another name, and fails. A rate that is not said stays unknown. The feature is in preview; about global and "
            "multi-region endpoints two ages of Google's page differ, and what is read back decides.",
            f"{_READS} The project's number, where a destination names it by number.",
            "Set it for the model and the location with the update mask loggingConfig: without a mask all other settings "
            "of the model are lost.",
            ("SEED", "DISC", PAGE, "F#68609550218"),
        ),
        _logging_required,
        _judge_logging,
    ),
    Rule(
        "VX706",
        "large-requests-not-logged",
        Severity.INFO,
        Rung.CATALOGUE,
        RuleDocs(
            "Whoever relies on the log knows that large requests are not in it.",
            f"A row of BigQuery holds {LARGEST_ROW_MB} MB and a request to Claude up to {LARGEST_PAYLOAD_MB} MB. What "
            "does not fit is left out without an error.",
            "Told wherever request-response logging is asked for. Information: it changes no verdict.",
            "The config; nothing is asked of the cloud.",
            "Keep large requests smaller, or record them in the application.",
            ("SEED", PAGE),
        ),
        _size_required,
        _judge_size,
        offline=True,
    ),
    Rule(
        "VX707",
        "inference-events-not-logged",
        Severity.ERROR,
        Rung.READ,
        RuleDocs(
            "Inference events of each model at each of its locations are logged.",
            "They tell who called a model, with what kind of traffic and how many tokens, in Cloud Logging, without "
            "prompts and answers.",
            "Reads the model's settings: inferenceEventLoggingConfig.state is ENABLED. What is not set counts as disabled.",
            _READS,
            "Set the state for the model and the location with the update mask inferenceEventLoggingConfig.",
            ("DISC",),
        ),
        _events_required,
        _judge_events,
    ),
)
