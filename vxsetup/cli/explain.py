"""``vxsetup explain``: the page of a rule or of a cause, or the likely causes of an error."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from vxsetup.cli.options import Time, cloud_options, option

if TYPE_CHECKING:
    from vxsetup.catalog import Catalogue
    from vxsetup.cli.configs import Configs
    from vxsetup.cloud.call import Outcome
    from vxsetup.explain import Own, Page
    from vxsetup.findings import Finding, Rule
    from vxsetup.report.terminal import Style

MAX_BYTES = 10 * 1024 * 1024
"""Of a longer text its beginning and its end are looked at."""

_HEAD = 2 * 1024 * 1024
_CHUNK = 1024 * 1024


@click.command("explain")
@click.argument("what", metavar="[WHAT]", required=False)
@option("--error", "error", metavar="FILE|-", help="Explain the error in this file; - reads standard input.")
@option("--context", default="", metavar="TEXT", help="What you know besides: client, location, model, environment.")
@option("--config", type=click.Path(exists=True), metavar="PATH", help="Your config: its project, location and models.")
@option("--env", "environment", metavar="NAME", help="With --config: this environment.")
@option("--live", is_flag=True, help="Also ask the cloud, to tell the remaining causes apart.")
@option(
    "--format",
    "format_",
    type=click.Choice(["text", "json", "github"]),
    default="text",
    show_default=True,
    help="How to write the answer.",
)
@option(
    "--color",
    type=click.Choice(["auto", "always", "never"]),
    default="auto",
    show_default=True,
    help="Colour the text.",
)
@option("--now", type=Time(), metavar="TIME", help="Judge the dates of models as of this time.")
@cloud_options
def command(
    what: str | None,
    error: str | None,
    context: str,
    config: str | None,
    environment: str | None,
    live: bool,
    format_: str,
    color: str,
    now: datetime | None,
    impersonate: str | None,
    quota_project: str | None,
    emulate: str | None,
    emulate_state: str | None,
) -> int:
    """Explain WHAT: a rule (VX402), a cause (quota-zero), or an error.

    An error is the pasted text, a file given with --error, or whatever comes through a pipe:
    some-client 2>&1 | vxsetup explain --error -
    """
    cloud = (emulate, emulate_state, impersonate, quota_project)
    gc.disable()  # hundreds of rows are made and nothing is to be collected: a third of the time would go there
    try:
        return _explain(what, error, context, (config, environment), live, format_, color, now, cloud)
    finally:
        gc.enable()


def _explain(
    what: str | None,
    error: str | None,
    context: str,
    config: tuple[str | None, str | None],
    live: bool,
    format_: str,
    color: str,
    now: datetime | None,
    cloud: tuple[str | None, str | None, str | None, str | None],
) -> int:
    if what is not None and error is None and _page(what, config, format_, color):
        return 0
    text = _text(what, error)
    configs = _configs(*config)
    if not live and any(_typed(name) for name in ("emulate", "emulate_state", "impersonate", "quota_project")):
        raise refused("--emulate, --impersonate-service-account and --quota-project go with --live")
    _diagnose(text, context, configs, now, cloud if live else None, format_, color)
    return 0


def refused(message: str) -> click.ClickException:
    """What ends the command with one line; its module is loaded only when it is needed, as explain is to start fast."""
    from vxsetup.cli.output import Refused

    return Refused(message)


def _typed(name: str) -> bool:
    from click.core import ParameterSource

    return click.get_current_context().get_parameter_source(name) is ParameterSource.COMMANDLINE


def _style(color: str) -> Style:
    from vxsetup.report.terminal import style_for

    return style_for(sys.stdout, os.environ, color)


def _echo(text: str) -> None:
    """Print a result; whatever goes wrong in that is the business of the way all commands print."""
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    try:
        click.echo(text.encode(encoding, "replace").decode(encoding), nl=not text.endswith("\n"), color=True)
    except OSError:
        from vxsetup.cli.output import echo

        echo(text)


def _page(what: str, config: tuple[str | None, str | None], format_: str, color: str) -> bool:
    """Print the page that a word names. False where the text is not a word but an error."""
    word = what.strip()
    # Ids of rules hold digits, names of causes hyphens: invalid_grant and UNAUTHENTICATED are what an error says.
    code = "_" in word or (word.isalpha() and word.isupper())
    pasted = len(word.split()) != 1 or "{" in word or word == "-" or code
    if pasted:
        return False
    rule, page = _rule(word), _cause(word)
    if rule is None and page is None:
        raise refused(
            f"there is no rule and no cause {what!r}{_nearest(what)} (vxsetup rules lists the rules; an error is given "
            "as its whole text, with --error FILE, or through a pipe)"
        )
    if format_ == "github":
        raise refused("--format github is for errors; the page of a rule or a cause is text or JSON")
    if page is not None:
        from vxsetup.cli.explain_own import own_of
        from vxsetup.explain.fill import read_alone

        own = own_of(_configs(*config), "")
        page = read_alone(page, own, None if own is None else _catalogue())
    _echo(_written(rule, page, format_, color))
    return True


def _written(rule: Rule | None, page: Page | None, format_: str, color: str) -> str:
    """The page of a rule, of a cause, or of both where one name stands for both: the docs of a cause are its rule's."""
    from vxsetup.report.diagnosis import page_data, page_text
    from vxsetup.report.rules import rule_data, rule_text

    if format_ == "json":
        from vxsetup.report.json import dumps

        cause = None if page is None else page_data(page, _in_words(page.sources))
        if rule is None:
            return dumps(cause or {})
        data = {"format": "vxsetup.rule/1", **rule_data(_cited(rule))}
        return dumps(data if cause is None else {**data, "cause": cause})
    parts = []
    if page is not None:
        parts.append(page_text(page, _style(color), _in_words(page.sources)))
    if rule is not None:
        parts.append(rule_text(_cited(rule), _style(color)))
    return "\n".join(parts)


def _rule(word: str) -> Rule | None:
    from vxsetup.rules import by_name

    return by_name(word)


def _cause(word: str) -> Page | None:
    from vxsetup.explain import page_of

    return page_of(word.lower())


def _nearest(what: str) -> str:
    import difflib

    from vxsetup.explain import causes
    from vxsetup.rules import registry

    names = [*(name for rule in registry() for name in (rule.id, rule.name)), *causes()]
    id_ = what[:2].upper() == "VX"  # of an id two wrong digits leave nothing of what was meant
    near = difflib.get_close_matches(what.upper() if id_ else what.lower(), names, n=1, cutoff=0.75 if id_ else 0.6)
    return f", did you mean {near[0]}?" if near else ""


def _cited(rule: Rule) -> Rule:
    """The rule with its references in words: the source's key, what it is, its date."""
    from vxsetup.values import replace

    return replace(rule, docs=replace(rule.docs, references=_in_words(rule.docs.references)))


def _in_words(keys: Sequence[str]) -> tuple[str, ...]:
    sources = _catalogue().sources
    found = (sources.get(key) for key in keys)
    return tuple(
        key if source is None else f"{key}: {source.what} ({source.date})"
        for key, source in zip(keys, found, strict=True)
    )


def _catalogue() -> Catalogue:
    from vxsetup.catalog import CatalogueProblem, load_catalogue

    found = load_catalogue()
    if isinstance(found, CatalogueProblem):
        raise refused(str(found))
    return found


def _text(what: str | None, error: str | None) -> str:
    """The error's text from where it was given. Ends the command where there is none."""
    if what is not None and what.strip() == "-" and error is None:
        what, error = None, "-"
    if what is not None and error is not None and _typed("error"):
        raise refused("give the error either as text or with --error, not both")
    if what is not None:
        text = what
    elif error is not None and error != "-":
        text = _decoded(_file(error))
    elif error == "-" or not sys.stdin.isatty():
        text = _decoded(_stdin())
    else:
        raise refused("what is to be explained? Give a rule, a cause, the error's text, --error FILE, or a pipe")
    if not text.strip():
        raise refused("there is no text to explain: what came is empty")
    return text


def _file(path: str) -> bytes:
    import stat

    try:
        about = os.stat(path)  # noqa: PTH116
        if stat.S_ISDIR(about.st_mode):
            raise refused(f"{path} cannot be read: it is a folder")
        if stat.S_ISFIFO(about.st_mode) and not path.startswith(("/dev/fd/", "/proc/self/fd/")):
            raise refused(f"{path} cannot be read: it is a pipe without a reader's end here; use --error -")
        with open(path, "rb") as file:  # noqa: PTH123
            if about.st_size <= MAX_BYTES:
                return file.read(MAX_BYTES)
            head = file.read(_HEAD)
            file.seek(about.st_size - (MAX_BYTES - _HEAD))
            return head + b"\n" + file.read(MAX_BYTES - _HEAD)
    except OSError as problem:
        raise refused(f"{path} cannot be read: {problem.strerror}") from problem


def _stdin() -> bytes:
    """Standard input to its end; of more than 10 MB the first two and the last eight."""
    stream = getattr(sys.stdin, "buffer", None)
    if stream is None:
        return sys.stdin.read(MAX_BYTES).encode("utf-8", "replace")
    try:
        head: bytes = stream.read(_HEAD)
        tail = b""
        while chunk := stream.read(_CHUNK):
            tail = (tail + chunk)[-(MAX_BYTES - _HEAD) :]
    except OSError as problem:
        raise refused(f"standard input cannot be read: {problem.strerror}") from problem
    return head + tail


def _decoded(raw: bytes) -> str:
    """The bytes as text; what PowerShell writes is UTF-16, and what is no text shows as replacement signs."""
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        return raw.decode("utf-16", "replace")
    return raw.decode("utf-8-sig", "replace")


def _configs(path: str | None, environment: str | None) -> Configs | None:
    if path is None:
        if environment is not None and _typed("environment"):
            raise refused("--env chooses an environment of a config file; it goes with --config")
        return None
    from vxsetup.cli.configs import read_configs

    return read_configs((path,), environment)


def _diagnose(
    text: str,
    context: str,
    configs: Configs | None,
    now: datetime | None,
    cloud: tuple[str | None, str | None, str | None, str | None] | None,
    format_: str,
    color: str,
) -> None:
    from vxsetup.cli.explain_own import notes_of, own_of, said_of
    from vxsetup.explain import diagnose
    from vxsetup.report.diagnosis import diagnosis_github, diagnosis_json, diagnosis_text

    own = own_of(configs, text) or said_of(text, context)
    today = (now or datetime.now(UTC)).date()
    found = diagnose(text, context, catalogue=_catalogue, today=today, own=own)
    of_config = notes_of(configs, text)
    if cloud is not None:
        from vxsetup.explain.live import bearing, told
        from vxsetup.values import replace

        findings, hidden, silence = _live(text, context, own, configs, _catalogue(), now, cloud)
        live = (*bearing(findings, text, context, found.recognised), *(("hidden VX201",) if hidden else ()))
        asked = diagnose(text, context, catalogue=_catalogue, today=today, own=own, live=live)
        found = replace(asked, notes=(*asked.notes, *told(findings, found, asked, silence)))
    if of_config:
        from vxsetup.values import replace

        found = replace(found, notes=(*of_config, *found.notes))
    if format_ == "json":
        cited = {key: f"{source.what} ({source.date})" for key, source in _catalogue().sources.items()}
        _echo(diagnosis_json(found, cited))
    elif format_ == "github":
        from vxsetup.report.diagnosis import diagnosis_markdown

        _echo(diagnosis_github(found))
        _summary(diagnosis_markdown(found))
    else:
        _echo(diagnosis_text(found, _style(color)))


def _summary(markdown: str) -> None:
    """Add to the job's summary, where the runner has named a file for it."""
    path = os.environ.get("GITHUB_STEP_SUMMARY")
    if not path:
        return
    try:
        with open(path, "a", encoding="utf-8", errors="backslashreplace") as file:  # noqa: PTH123
            file.write(markdown + "\n")
    except OSError as problem:
        from vxsetup.cli.output import complain

        complain(f"The job summary could not be written: {problem.strerror}.")


def _live(
    text: str,
    context: str,
    own: Own | None,
    configs: Configs | None,
    catalogue: Catalogue,
    now: datetime | None,
    cloud: tuple[str | None, str | None, str | None, str | None],
) -> tuple[Sequence[Finding], bool, str | None]:
    """What a check of the error's place finds, with a free probe; whether its project is absent or hidden; and why not
    one request was answered, or None."""
    from vxsetup.cli.asking import open_cloud, progress, tell_silence
    from vxsetup.cli.configs import made_from_flags
    from vxsetup.cli.judging import gather_for, make_report, requirements_of
    from vxsetup.explain.live import place_of
    from vxsetup.facts.base import Unknown, UnknownCause
    from vxsetup.facts.project import ProjectRecord
    from vxsetup.rules.circumstances import Circumstances

    place = place_of(text, context, own, catalogue)
    if place is None or place.project.isdigit():
        way = "give --config vxsetup.yaml, or --context 'project YOUR-PROJECT-ID'"
        if configs is not None:
            way = "the config cannot be used (vxsetup validate tells why); give --context 'project YOUR-PROJECT-ID'"
        raise refused(f"--live needs to know whose project to ask: the error names none by its id; {way}")
    from vxsetup.cli.explain_own import wanted_at

    models = wanted_at(place, own, configs)
    asked_of = made_from_flags(place.project, models, (*place.locations, *place.others))
    emulate, emulate_state, impersonate, quota_project = cloud
    asked = open_cloud(emulate, emulate_state, None, impersonate, quota_project)
    circumstances = Circumstances(now or asked.now, catalogue, asked.caller)
    requirements = requirements_of(asked_of.projects, circumstances)
    with progress() as show:
        gatherer = asked.gatherer((), show)
        facts = gather_for(requirements, gatherer, "free")
    if asked.emulation is not None:
        from vxsetup.cli.emulation import keep

        keep(asked.emulation, emulate_state)
    tell_silence(gatherer.outcomes.values())
    report = make_report("explain --live", asked_of, circumstances, facts, requirements=requirements)
    findings = place.judged(report.findings)
    record = facts[ProjectRecord(place.project)]
    return (
        findings,
        isinstance(record, Unknown) and record.cause is UnknownCause.ABSENT_OR_HIDDEN,
        _silence(gatherer.outcomes.values()),
    )


def _silence(outcomes: Collection[Outcome]) -> str | None:
    """Why not one request was answered, as standard error told it; None where one was, or none was sent."""
    from vxsetup.cloud.call import NoAnswer

    silent = [each for each in outcomes if isinstance(each, NoAnswer)]
    if not silent or len(silent) < len(outcomes):
        return None
    return min(silent, key=lambda each: (each.remedy is None, each.failure.value, each.says)).says
