"""The pages of the rules and of the causes, from the registry and from what ``explain`` knows."""

from __future__ import annotations

from pages_text import anchor, code, fenced, page, prose, table

from vxsetup.explain import Page, causes, page_of
from vxsetup.explain.fill import read_alone
from vxsetup.findings import Rule
from vxsetup.report.rules import FAMILIES
from vxsetup.rules import registry

Sources = dict[str, str]
"""Source key -> what it is, in words."""


def rule_pages(sources: Sources) -> dict[str, str]:
    """A page for each rule, and their list."""
    rules = registry()
    about = _causes_of_rules()
    found = {f"rules/{rule.id}.md": _rule(rule, about.get(rule.id, []), sources) for rule in rules}
    lists = []
    for family, title in FAMILIES.items():
        own = [rule for rule in rules if rule.id.startswith(family)]
        rows = [
            (f"[{rule.id}]({rule.id}.md)", code(rule.name), rule.severity.value, prose(rule.docs.good)) for rule in own
        ]
        lists += [f"## {family}xx: {title}", table(("rule", "name", "severity", "the good state"), rows)] if own else []
    intro = (
        f"{len(rules)} rules. Each states what is good, why it matters, how it is judged and how it is mended. "
        "A rule of severity `error` decides whether a project is ready; `warning` and `info` never do."
    )
    return found | {"rules/index.md": page("# Rules", intro, *lists)}


def _causes_of_rules() -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for cause in causes():
        known = page_of(cause)
        if known is not None and known.rule:
            found.setdefault(known.rule, []).append(cause)
    return found


def _rule(rule: Rule, about: list[str], sources: Sources) -> str:
    docs = rule.docs
    where = "offline, and again with the cloud" if rule.offline else "with the cloud"
    facts = f"Severity {code(rule.severity.value)}; judged {where}; the least evidence that can pass it is {code(rule.rung.value)}."
    errors = ", ".join(f"[{cause}](../causes/{cause}.md)" for cause in about)
    return page(
        f"# {rule.id} {rule.name}",
        f"**{prose(docs.good)}**",
        facts,
        *(part for head, text in _parts(rule) for part in (f"## {head}", prose(text))),
        "## On the command line",
        fenced(f"vxsetup explain {rule.id}", "sh"),
        f"Errors that this rule explains: {errors}." if errors else None,
        references(docs.references, sources, "../"),
    )


def _parts(rule: Rule) -> list[tuple[str, str]]:
    docs = rule.docs
    named = (
        ("Why it matters", docs.why),
        ("How it is judged", docs.judged),
        ("What it reads", docs.reads),
        ("How to fix it", docs.fix),
    )
    return [(head, text) for head, text in named if text.strip()]


def references(keys: tuple[str, ...], sources: Sources, up: str) -> str | None:
    """The sources of a page as a list; a key of the catalogue leads to its row."""
    rows = []
    for key in keys:
        if key in sources:
            rows.append(f"- [{prose(key)}]({up}known/sources.md#source-{anchor(key)}): {prose(sources[key])}")
        else:
            rows.append(f"- <{key}>" if key.startswith("https://") else f"- {code(key)}")
    return "## References\n\n" + "\n".join(rows) if rows else None


def cause_pages(sources: Sources) -> dict[str, str]:
    """A page for each cause of an error, and their list."""
    every = {cause: read_alone(known, None, None) for cause in causes() if (known := page_of(cause)) is not None}
    found = {f"causes/{cause}.md": _cause(cause, known, sources) for cause, known in every.items()}
    rows = [
        (
            f"[{cause}]({cause}.md)",
            prose(known.title),
            f"[{known.rule}](../rules/{known.rule}.md)" if known.rule else "",
        )
        for cause, known in every.items()
    ]
    intro = (
        f"{len(every)} causes that an error may have. `vxsetup explain --error FILE` names the likely ones for a text; "
        "[an error on the screen](../how-to/error.md) tells how."
    )
    return found | {"causes/index.md": page("# Causes of errors", intro, table(("cause", "what it is", "rule"), rows))}


def _cause(cause: str, known: Page, sources: Sources) -> str:
    shows = [fenced(shown.text, "text") + f"\n\n{prose(f'Seen {shown.seen}.')}" for shown in known.shows]
    links = "\n".join(f"- <{link}>" for link in known.links if link.startswith("https://"))
    return page(
        f"# {cause}",
        f"**{prose(known.title)}**",
        prose(known.means),
        "## How it shows" if shows else None,
        *shows,
        "## How to tell it apart",
        prose(known.tell_apart),
        "It is most often taken for " + " or ".join(f"[{other}]({other}.md)" for other in known.alike) + ".",
        "## What to do",
        prose(known.fix.summary),
        fenced(known.fix.command, "sh") if known.fix.command else None,
        f"<{known.fix.url}>" if known.fix.url else None,
        f"The rule behind it: [{known.rule}](../rules/{known.rule}.md)." if known.rule else None,
        f"## Links\n\n{links}" if links else None,
        references(known.sources, sources, "../"),
    )
