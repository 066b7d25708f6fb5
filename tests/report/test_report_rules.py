"""The list of rules, and the page of one."""

from __future__ import annotations

import json

from vxsetup.findings import Rule, RuleDocs, Rung, Severity
from vxsetup.report.layout import columns
from vxsetup.report.rules import rule_json, rule_text, rules_json, rules_text
from vxsetup.report.text import Style

DOCS = RuleDocs(
    good="Every model of the config is still served.",
    why="A model past its date answers 404.\n\nThe message does not tell why.",
    judged="The shut-down date against now:\n\n- past: a failure\n- within 60 days, as long as the date is a firm one: a warning\n\nTry:\n\n    vxsetup   models",
    reads="The catalogue alone.",
    fix="Ask for its successor.",
    references=("google:model-versions", "https://cloud.google.com/vertex-ai"),
)
SHUT_DOWN = Rule("VX402", "model-shut-down", Severity.ERROR, Rung.CATALOGUE, DOCS, offline=True)
MISSING = Rule("VX201", "project-missing", Severity.WARNING, Rung.READ, DOCS)

PAGE = """\
VX402 model-shut-down (error, offline)

  Every model of the config is still served.

Why it matters
  A model past its date answers 404.

  The message does not tell why.

How it is judged
  The shut-down date against now:

  - past: a failure
  - within 60 days, as long as the date is a
    firm one: a warning

  Try:

      vxsetup   models

What it reads
  The catalogue alone.

How to fix it
  Ask for its successor.

Least evidence
  catalogue: the dated catalogue can pass it

References
  google:model-versions
  https://cloud.google.com/vertex-ai
"""


def test_the_page_begins_with_the_good_state_and_keeps_examples() -> None:
    assert rule_text(SHUT_DOWN, Style(46, False, True)) == PAGE


def test_the_list_stands_under_its_families() -> None:
    assert rules_text([MISSING, SHUT_DOWN], Style(100, False, True)) == (
        "VX2xx  project, billing, APIs, quota project\n"
        "  VX201 project-missing  warning  Every model of the config is still served.\n"
        "\n"
        "VX4xx  models\n"
        "  VX402 model-shut-down  error    Every model of the config is still served.\n"
        "\n"
        "2 rules\n"
    )


def test_a_narrow_list_fits() -> None:
    text = rules_text([MISSING, SHUT_DOWN], Style(48, False, True))
    assert all(columns(line) <= 48 for line in text.splitlines())
    assert "      Every model of the config is still" in text


def test_the_list_may_be_empty() -> None:
    assert rules_text([], Style(80, False, True)) == "no rules\n"


def test_rules_as_data() -> None:
    one = json.loads(rule_json(SHUT_DOWN))
    assert one["format"] == "vxsetup.rule/1"
    assert (one["id"], one["rung"], one["offline"], one["family"]) == ("VX402", "catalogue", True, "models")
    assert one["docs"]["references"] == list(DOCS.references)
    many = json.loads(rules_json(iter([MISSING, SHUT_DOWN])))
    assert many["format"] == "vxsetup.rules/1"
    del one["format"]
    assert many["rules"][1] == one
