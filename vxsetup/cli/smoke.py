"""``vxsetup smoke``: shows the request for each model and location, or sends it and judges the answer."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from vxsetup.cli.options import CHARGED_PROJECT, cloud_options, listing_options, one_config_options, option
from vxsetup.cli.output import EXIT_FINDINGS, EXIT_UNDECIDED, Refused, echo, style, typed, write_text

if TYPE_CHECKING:
    from vxsetup.catalog import Catalogue
    from vxsetup.cli.asking import Asked
    from vxsetup.config.project import Project
    from vxsetup.smoke.answer import Check, Read
    from vxsetup.smoke.build import Bound, Prepared

TIMEOUT = 180.0
"""Seconds to wait for one answer; a model that thinks takes its time, and SDKs wait for ten minutes (SDKPY)."""

_FILE_FROM = 2_000
"""From this length on the body is shown shortened, and the curl command reads it from a file."""


@click.command("smoke")
@click.argument("path", required=False, metavar="[PATH]")
@option("--project", type=CHARGED_PROJECT, metavar="ID", help="Without a config file: this project, with --model.")
@option("--model", "models", multiple=True, metavar="ID", help="Only this model; may be repeated.")
@option("--location", "locations", multiple=True, metavar="NAME", help="Only this location; may be repeated.")
@option("--send", is_flag=True, envvar=None, help="Send the requests. This costs money, as printed before.")
@option("--stream", is_flag=True, help="Ask for a stream of events.")
@option("--count-tokens", is_flag=True, help="Count tokens instead, which is free.")
@option("--feature", "features", multiple=True, metavar="NAME", help="Also a request that uses this; may be repeated.")
@option("--save", type=click.Path(file_okay=False), metavar="DIR", help="Write bodies, curl scripts and answers there.")
@one_config_options
@cloud_options
@listing_options
def command(
    path: str | None,
    project: str | None,
    models: tuple[str, ...],
    locations: tuple[str, ...],
    send: bool,
    stream: bool,
    count_tokens: bool,
    features: tuple[str, ...],
    save: str | None,
    environment: str | None,
    catalog: str | None,
    now: datetime | None,
    impersonate: str | None,
    quota_project: str | None,
    emulate: str | None,
    emulate_state: str | None,
    format_: str,
    color: str,
) -> int:
    """Show the exact request for each model and location of a config: address, headers, body, and the same as curl.

    Nothing is sent, unless --send says so: then each answer is checked (status, model, usage, and what --feature asks
    for) and timed. Exits with 0, with 1 where a sent request failed, and with 3 where that could not be told. Of a config
    with several environments one is named with --env.
    """
    from vxsetup.cli.asking import open_cloud, state_kept
    from vxsetup.cli.configs import read_catalogue

    if count_tokens and (stream or features):
        raise Refused("--count-tokens has an endpoint of its own; --stream and --feature do not go with it")
    if not send and any(typed(name) for name in ("emulate", "impersonate")):
        raise Refused("--emulate and --impersonate-service-account are for what is sent; add --send")
    catalogue = read_catalogue(catalog)
    chosen = _project(path, project, models, locations, environment)
    requests = _requests(chosen, catalogue, models, locations, _known(features), stream, count_tokens)
    folder = _folder(save)
    entries = [_entry(one, catalogue) for one in requests]
    code = 0
    document: dict[str, Any] = {"format": "vxsetup.smoke/1", "project": chosen.id, "environment": chosen.environment}
    document |= {"sent": send, "total": _total(entries), "requests": entries}
    if folder is not None:
        for one in requests:
            _save(folder, one)
    if send:
        asked = open_cloud(emulate, state_kept(emulate, emulate_state), None, impersonate, quota_project)
        today = (now or asked.now).date()
        _announce(document)
        for one, entry in zip(requests, entries, strict=True):
            entry |= _sent(one, asked, catalogue, chosen, today, folder)
        if asked.emulation is not None:
            from vxsetup.cli.emulation import keep

            keep(asked.emulation, emulate_state)
        verdicts = {check["verdict"] for entry in entries for check in entry["checks"]}
        code = EXIT_FINDINGS if "fail" in verdicts else EXIT_UNDECIDED if "unknown" in verdicts else 0
    _show(document, format_, color, save)
    return code


def _known(features: Sequence[str]) -> tuple[str, ...]:
    from vxsetup.smoke.features import NOT_SENT, SENT

    for name in features:
        if name in NOT_SENT:
            raise Refused(f"--feature {name}: {NOT_SENT[name]}")
        if name not in SENT:
            raise Refused(f"--feature {name[:60]}: there are {', '.join(SENT)}")
    return tuple(dict.fromkeys(features))


def _project(
    path: str | None,
    project: str | None,
    models: tuple[str, ...],
    locations: tuple[str, ...],
    environment: str | None,
) -> Project:
    """The one project that is meant, of a config or of the flags."""
    from vxsetup.cli.configs import made_from_flags, one_project
    from vxsetup.cli.provisioning import sound_configs

    if project is not None and (path is None or not typed("project")):
        if path is None:
            if not models:
                raise Refused("--project goes with --model ID: which model is to be asked?")
            made = made_from_flags(project, models, locations)
            if not made.projects:
                raise Refused("; ".join(finding.message for finding in made.findings))
            return made.projects[0]
    elif project is not None:
        raise Refused("give either a config file or --project, not both")
    configs = sound_configs((path,) if path else (), environment)
    return one_project(configs, "smoke is about")


def _requests(
    project: Project,
    catalogue: Catalogue,
    models: tuple[str, ...],
    locations: tuple[str, ...],
    features: tuple[str, ...],
    stream: bool,
    count_tokens: bool,
) -> list[Prepared]:
    """One request for each place, and one more for each feature. Ends the command where there is none or one is too large."""
    from vxsetup.rules.path import SENDABLE
    from vxsetup.smoke.build import Wanted, prepare, size_fault

    places = [(model, place.location) for model in project.models for place in model.locations]
    chosen = [
        (model, location)
        for model, location in places
        if (not models or model.id in models) and (not locations or location in locations)
    ]
    if not chosen:
        there = ", ".join(dict.fromkeys(f"{model.id} @ {location}" for model, location in places))
        raise Refused(f"the config asks for no such place; it has {there}" if there else "the config asks for no model")
    made = []
    for model, location in chosen:
        found = catalogue.recognise(model.id)
        if found.kind not in SENDABLE:
            right = f"; write {found.suggestion}" if found.suggestion else ""
            raise Refused(f"{model.id} cannot stand in a request: {found.says}{right} (VX401)")
        for feature in (None, *features):
            wanted = Wanted(project.id, model.id, location, model.traffic, feature, stream, count_tokens)
            try:
                one = prepare(wanted, catalogue)
            except ValueError as error:
                raise Refused(str(error)) from error
            fault = size_fault(one, catalogue)
            if fault is not None:
                raise Refused(f"{one.name}: {fault}; it is not sent (VX869)")
            made.append(one)
    return made


def _entry(prepared: Prepared, catalogue: Catalogue) -> dict[str, Any]:
    """A request as JSON data."""
    import json

    from vxsetup.smoke.build import bound, curl

    wanted = prepared.wanted
    limit: Bound = bound(prepared, catalogue)
    return {
        "model": wanted.model,
        "location": wanted.location,
        "feature": wanted.feature,
        "stream": wanted.stream,
        "count_tokens": wanted.count_tokens,
        "times": prepared.times,
        "name": prepared.name,
        "method": "POST",
        "host": prepared.host,
        "path": prepared.path,
        "url": prepared.url,
        "headers": {"Authorization": "Bearer $(gcloud auth print-access-token)", **prepared.headers},
        "body": json.loads(prepared.body),
        "curl": curl(prepared, f"{prepared.name}.json" if len(prepared.body) > _FILE_FROM else None),
        "bound": {
            "input_tokens": limit.input_tokens,
            "output_tokens": limit.output_tokens,
            "usd": limit.usd,
            "source": limit.source,
            "date": limit.date,
            "open": limit.open,
        },
    }


def _total(entries: list[dict[str, Any]]) -> dict[str, Any]:
    """The bound over all requests; no sum of dollars where one of them has none."""
    bounds = [entry["bound"] for entry in entries]
    costs = [one["usd"] for one in bounds]
    return {
        "input_tokens": sum(one["input_tokens"] for one in bounds),
        "output_tokens": sum(one["output_tokens"] for one in bounds),
        "usd": None if None in costs else round(sum(costs), 6),
        "open": next((one["open"] for one in bounds if one["open"]), None),
    }


def _announce(document: dict[str, Any]) -> None:
    """Before anything is sent: what it can cost at the most."""
    from vxsetup.cli.output import complain
    from vxsetup.report.smoke import cost_words

    count = sum(entry["times"] for entry in document["requests"])
    complain(f"Sending {count} request{'s' if count > 1 else ''}: {cost_words(document['total'])}.")


def _sent(
    prepared: Prepared, asked: Asked, catalogue: Catalogue, project: Project, today: Any, folder: Path | None
) -> dict[str, Any]:
    """Sends one request as often as it takes, and judges what came back."""
    from vxsetup.cloud.call import Answer, Call
    from vxsetup.cloud.session import Timed
    from vxsetup.smoke.answer import checks, read

    call = Call(
        "aiplatform.googleapis.com", "aiplatform rawPredict", "POST", prepared.url, prepared.body, probe=True
    )  # a probe: never charged to another project, as clients send it
    answers: list[Read] = []
    rows: list[dict[str, Any]] = []
    for number in range(prepared.times):
        if asked.session is None:
            timed = Timed(asked.send(call))
        else:
            timed = asked.session.timed(call, prepared.headers, TIMEOUT)
        outcome = timed.outcome
        rows.append({"first_byte_s": _rounded(timed.first_byte), "total_s": _rounded(timed.total)})
        if not isinstance(outcome, Answer):
            return {"answers": rows, "checks": [_unanswered(outcome.says, outcome.remedy)]}
        rows[-1] |= {"status": outcome.status, "at": outcome.at}
        if folder is not None:
            suffix = f".{number + 1}" if prepared.times > 1 else ""
            kind = "sse" if prepared.wanted.stream and outcome.ok else "json"
            write_text(str(folder / f"{prepared.name}.answer{suffix}.{kind}"), outcome.text)
        if not outcome.ok:
            return {"answers": rows, "checks": [_refusal(prepared, outcome, catalogue, project, today)]}
        answer = read(outcome.text, prepared.wanted.stream)
        answers.append(answer)
        rows[-1] |= {"model": answer.message.get("model"), "usage": dict(answer.usage), "text": answer.text}
    found = [_passed("status", "200")] + [_check(one) for one in checks(prepared, answers, catalogue)]
    return {"answers": rows, "checks": found}


def _passed(name: str, says: str) -> dict[str, Any]:
    """A check that passed, as JSON data."""
    return {"name": name, "verdict": "pass", "says": says, "rule": None}


def _rounded(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds, 3)


def _check(check: Check) -> dict[str, Any]:
    fix = None
    if check.rule is not None and check.verdict.value != "pass":
        fix = {"summary": f"see vxsetup explain {check.rule}", "command": f"vxsetup explain {check.rule}", "url": None}
    return {"name": check.name, "verdict": check.verdict.value, "says": check.says, "rule": check.rule, "fix": fix}


def _unanswered(says: str, remedy: str | None) -> dict[str, Any]:
    """No answer came: what the request would meet is not known, and a request that was to succeed has not."""
    fix = {"summary": "see vxsetup doctor", "command": remedy or "vxsetup doctor", "url": None}
    return {"name": "answer", "verdict": "fail", "says": says, "rule": "VX301" if remedy else None, "fix": fix}


def _refusal(prepared: Prepared, outcome: Any, catalogue: Catalogue, project: Project, today: Any) -> dict[str, Any]:
    """A refusal with its diagnosis: the rule that stands behind it, why, and what to do."""
    from vxsetup.explain import Own, diagnose

    wanted = prepared.wanted
    text = f"POST {prepared.url}\nHTTP {outcome.status}\n{outcome.text}"
    own = Own(project.id, wanted.location, (wanted.model,))
    found = diagnose(text, "", catalogue=catalogue, today=today, own=own)
    row: dict[str, Any] = {"name": "status", "verdict": "fail", "says": f"{outcome.status}: {_words(outcome)}"}
    row |= {"rule": None, "fix": None, "causes": []}
    # What was asked for is known here: where counting can be the cause, a text that could mean more stands back.
    causes = sorted(found.causes, key=lambda one: wanted.count_tokens and one.cause != "count-tokens")
    if causes:
        first = causes[0]
        row["rule"] = first.rule
        row["fix"] = {"summary": first.fix.summary, "command": first.fix.command, "url": first.fix.url}
        row["causes"] = [
            {"cause": one.cause, "title": one.title, "confidence": one.confidence, "rule": one.rule, "why": one.why}
            for one in causes
        ]
    return row


def _words(outcome: Any) -> str:
    from vxsetup.facts.answers import parse_error

    error = parse_error(outcome.status, outcome.text)
    return error.message[:300] or " ".join(outcome.text.split())[:200] or "an empty answer"


def _folder(path: str | None) -> Path | None:
    if path is None:
        return None
    try:
        Path(path).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Refused(f"{path} cannot be made: {error.strerror}") from error
    return Path(path)


def _save(folder: Path, prepared: Prepared) -> None:
    from vxsetup.smoke.build import curl

    write_text(str(folder / f"{prepared.name}.json"), prepared.body + "\n")
    script = f'#!/bin/sh\ncd "$(dirname "$0")" || exit 1\n{curl(prepared, f"{prepared.name}.json")}\n'
    write_text(str(folder / f"{prepared.name}.sh"), script)


def _show(document: dict[str, Any], format_: str, color: str, save: str | None) -> None:
    import json

    from vxsetup.report.smoke import smoke_text

    if format_ == "json":
        echo(json.dumps(document, indent=2, ensure_ascii=False))
    else:
        echo(smoke_text(document, style(color), save))
