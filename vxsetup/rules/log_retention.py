"""VX704: how long the logs are kept: the two expirations of BigQuery, of which one deletes the newest rows, too."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from vxsetup.facts.base import ABSENT, Fact, Facts, Known, Unknown
from vxsetup.facts.logging import DatasetState, Tables, TableState
from vxsetup.findings import Evidence, Fix, Judgement, Requirement, Rule, RuleDocs, Rung, Severity, Verdict
from vxsetup.rules.circumstances import Circumstances
from vxsetup.rules.log_dataset import DatasetTarget, dataset_read, dataset_requirement, dataset_target
from vxsetup.rules.path import Declaration, from_unknown

DAY_MS = 86_400_000


def _retention_required(declaration: Declaration) -> Iterator[Requirement]:
    target = dataset_target(declaration)
    if target is not None and target.asked.retention_days is not None:
        sentence = f"the logs in {target.asked.dataset} are kept for at least {_days(target.asked.retention_days)}"
        yield dataset_requirement(declaration, "VX704", "retention_days", sentence, (target.dataset, target.tables))


def _judge_retention(requirement: Requirement, facts: Facts, circumstances: Circumstances) -> Judgement:
    target: DatasetTarget = requirement.target
    what = f"how long the logs in {target.asked.dataset} are kept"
    dataset = dataset_read(target, facts, what)
    if isinstance(dataset, Judgement):
        return dataset
    tables = facts[target.tables]
    if isinstance(tables, Unknown):
        return from_unknown(target.project, facts, tables, what)
    found: Tables = tables.value
    judged = [_kept(target, requirement, facts, dataset, name, fact) for name, fact in found.tables.items()]
    worst = (Verdict.FAIL, Verdict.UNKNOWN, Verdict.PASS)
    return min(judged, key=lambda one: worst.index(one.verdict))


def _kept(
    target: DatasetTarget, requirement: Requirement, facts: Facts, dataset: Known, name: str, table: Fact
) -> Judgement:
    """Whether one log table keeps its rows long enough. What acts on it is its own; a dataset's settings act on tables
    that are made later (DISC)."""
    if isinstance(table, Unknown):
        return from_unknown(target.project, facts, table, f"how long the log table {name} keeps its rows")
    if table.value is ABSENT:
        return _to_be_made(target, requirement, dataset, name, table)
    days, state = target.asked.retention_days, table.value
    assert isinstance(state, TableState)  # nothing else is read
    assert days is not None  # nothing else is asked
    where = f"{target.project}:{target.asked.dataset}.{name}"
    if state.expires is not None:
        message = f"The log table {name} expires: on {_day(state.expires)} BigQuery deletes the whole of it, the newest rows too."
        fix = Fix("take the expiration off the table", command=f"bq update --expiration 0 {where}")
        return Judgement(Verdict.FAIL, message, (table.evidence(f"expirationTime {state.expires}"),), fix)
    lifetime = state.partition_lifetime
    if state.by_time and lifetime is not None:
        evidence = (table.evidence(f"timePartitioning.expirationMs {lifetime}"),)
        if lifetime < days * DAY_MS:
            message = (
                f"The log table {name} keeps its rows for {_lifetime(lifetime)}, and the config asks for {_days(days)}."
            )
            command = f"bq update --time_partitioning_expiration {days * 86_400} {where}"
            fix = Fix("give its partitions a longer life, or none that ends (0)", command=command)
            return Judgement(Verdict.FAIL, message, evidence, fix)
        return Judgement(Verdict.PASS, f"{requirement.sentence}: {_lifetime(lifetime)}", evidence)
    later = _acts_later(dataset)
    return Judgement(Verdict.PASS, requirement.sentence, (table.evidence("no expiration"), *later))


def _acts_later(dataset: Known) -> tuple[Evidence, ...]:
    """A default that does not act on the table that is there, and would on one that is made after it."""
    lifetime = dataset.value.table_lifetime
    if lifetime is None:
        return ()
    says = f"defaultTableExpirationMs {lifetime}: it does not act on the log table that is there, only on a new one"
    return (dataset.evidence(says),)


def _to_be_made(target: DatasetTarget, requirement: Requirement, dataset: Known, name: str, table: Known) -> Judgement:
    state: DatasetState = dataset.value
    where = f"{target.project}:{target.asked.dataset}"
    absent = table.evidence(f"{name}: not there yet")
    if state.table_lifetime is not None:
        message = (
            f"Tables that are made in {target.asked.dataset} expire: BigQuery deletes the log table as a whole "
            f"{_lifetime(state.table_lifetime)} after it is made, the newest rows too."
        )
        fix = Fix(
            "take the default expiration of tables off the dataset",
            command=f"bq update --default_table_expiration 0 {where}",
        )
        says = f"defaultTableExpirationMs {state.table_lifetime}"
        return Judgement(Verdict.FAIL, message, (dataset.evidence(says), absent), fix)
    if state.partition_lifetime is not None:
        message = (
            f"How long the log table will keep its rows is not known: it is not made yet, and if it is partitioned by "
            f"time, its partitions last {_lifetime(state.partition_lifetime)}."
        )
        fix = Fix(
            "take the default expiration of partitions off the dataset, or check again when the first request is logged",
            command=f"bq update --default_partition_expiration 0 {where}",
        )
        says = f"defaultPartitionExpirationMs {state.partition_lifetime}"
        return Judgement(Verdict.UNKNOWN, message, (dataset.evidence(says), absent), fix)
    says = "no default expiration of tables or partitions"
    return Judgement(Verdict.PASS, requirement.sentence, (dataset.evidence(says), absent))


def _days(days: int) -> str:
    return "1 day" if days == 1 else f"{days:,} days"


def _lifetime(milliseconds: int) -> str:
    """A lifetime in the largest unit that tells it exactly; down to seconds."""
    for unit, size in (("day", DAY_MS), ("hour", 3_600_000), ("minute", 60_000)):
        if milliseconds % size == 0:
            number = milliseconds // size
            return f"{number:,} {unit}{'s' if number != 1 else ''}"
    return f"{milliseconds / 1000:,.0f} seconds"


def _day(milliseconds: int) -> str:
    """A point in time since 1970 as a date; beyond the calendar as it was answered."""
    try:
        return datetime.fromtimestamp(milliseconds / 1000, UTC).date().isoformat()
    except (OverflowError, ValueError, OSError):
        return f"{milliseconds} ms after 1970"


RULES = (
    Rule(
        "VX704",
        "logs-kept-too-short",
        Severity.ERROR,
        Rung.READ,
        RuleDocs(
            "The logs are kept for at least the declared number of days.",
            "BigQuery knows two kinds of expiration. One deletes partitions as they grow old, which is what one wants. The "
            "other deletes the whole table some time after it was made, and with it the rows of this morning.",
            "retention_days is a floor: no expiration passes. An expiration of the log table fails whatever its length, and "
            "so does a dataset's default expiration of tables where the log table is still to be made. A partition's "
            "expiration passes at the declared days or more, where the table is read to be partitioned by time. A "
            "dataset's defaults do not act on a table that is there. Every table that a model's settings name is looked at.",
            "bigquery.datasets.get, bigquery.tables.get; fetchPublisherModelConfig for the names of the tables.",
            "Take the expiration off the table or dataset; where rows must go in time, let partitions expire.",
            ("SEED", "DISC"),
        ),
        _retention_required,
        _judge_retention,
    ),
)
