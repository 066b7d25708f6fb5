"""``vxsetup explain``: the page of one rule."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from vxsetup.cli.options import option
from vxsetup.cli.output import Refused, echo, style

if TYPE_CHECKING:
    from vxsetup.findings import Rule


@click.command("explain")
@click.argument("what", metavar="RULE")
@option(
    "--format",
    "format_",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="How to write the page.",
)
@option(
    "--color",
    type=click.Choice(["auto", "always", "never"]),
    default="auto",
    show_default=True,
    help="Colour the text.",
)
def command(what: str, format_: str, color: str) -> int:
    """Explain a rule, by its id (VX402) or its name (model-shut-down)."""
    from vxsetup.report.rules import rule_json, rule_text
    from vxsetup.rules import by_name

    rule = by_name(what)
    if rule is None:
        raise Refused(
            f"there is no rule {what!r}{_nearest(what)} (vxsetup rules lists them; error texts are not explained yet)"
        )
    rule = _cited(rule)
    echo(rule_json(rule) if format_ == "json" else rule_text(rule, style(color)))
    return 0


def _nearest(what: str) -> str:
    import difflib

    from vxsetup.rules import registry

    names = [name for rule in registry() for name in (rule.id, rule.name)]
    near = difflib.get_close_matches(what.upper() if what[:2].upper() == "VX" else what.lower(), names, n=1)
    return f", did you mean {near[0]}?" if near else ""


def _cited(rule: Rule) -> Rule:
    """The rule with its references in words: the source's key, what it is, its date."""
    from vxsetup.cli.configs import read_catalogue
    from vxsetup.values import replace

    sources = read_catalogue(None).sources
    found = (sources.get(key) for key in rule.docs.references)
    words = tuple(
        key if source is None else f"{key}: {source.what} ({source.date})"
        for key, source in zip(rule.docs.references, found, strict=True)
    )
    return replace(rule, docs=replace(rule.docs, references=words))
