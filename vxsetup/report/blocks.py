"""How each kind of finding is told in text: failures in full, unknowns by what would answer them, the rest folded."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from vxsetup.findings import Baselined, Evidence, Finding, Fix, Severity, Suppressed
from vxsetup.report.excerpt import Sources, excerpt, gutter_width, place
from vxsetup.report.grouping import Failure
from vxsetup.report.layout import Pen, plural, tally

if TYPE_CHECKING:
    from dataclasses import dataclass, field
else:
    from vxsetup.values import dataclass, field

_MINUTE = re.compile(r"(\d{4}-\d\d-\d\d)T(\d\d:\d\d)(?::\d\d(?:\.\d+)?)?(?:Z|\+00:00)")
_RESOURCE = re.compile(r"(?://[^/]+/)?(?:projects|folders|organizations|billingAccounts)/")
_LIST_LIMIT = 8


@dataclass(frozen=True, slots=True)
class Notes:
    """The lines ``= label: text`` under a headline, their signs below the bar of the picture.

    Prose goes on four columns deeper, and a command six, so that the two are told apart.
    """

    pen: Pen
    indent: int

    def line(self, label: str, text: str, role: str = "title") -> list[str]:
        """One note; the text is clean."""
        lead = " " * self.indent + self.pen.paint("gutter", "=") + " "
        wrapped = self.pen.wrap(text, self.indent + 2 + len(label), self.indent + 4)
        return [lead + self.pen.paint(role, label) + wrapped[0], *wrapped[1:]]

    def item(self, mark: str, text: str) -> list[str]:
        """One entry of a list under a note; the text is clean."""
        wrapped = self.pen.wrap(text, self.indent + 3 + self.pen.mark_width(mark), self.indent + 6)
        return [f"{' ' * (self.indent + 2)}{self.pen.mark(mark)} {wrapped[0]}", *wrapped[1:]]

    def about(self, finding: Finding) -> list[str]:
        """The cloud resource and the principal, where the message does not name them."""
        lines: list[str] = []
        if _worth_naming(finding):
            label = "resource: " if _RESOURCE.match(finding.subject) else "about: "
            lines += self.line(label, self.pen.clean(finding.subject))
        if finding.principal and finding.principal not in finding.message:
            lines += self.line("principal: ", self.pen.clean(finding.principal))
        return lines

    def evidence(self, evidence: Sequence[Evidence]) -> list[str]:
        """How we know: what each piece says, on which rung, from which source, seen when."""
        lines: list[str] = []
        for piece in evidence:
            seen = self.pen.clean(_MINUTE.sub(r"\1 \2 UTC", piece.at)) if piece.at else ""
            origin = ", ".join(part for part in (self.pen.clean(piece.source), seen.replace(" ", "\xa0")) if part)
            says = self.pen.clean(piece.says)
            lines += self.line(f"{piece.rung.value}: ", f"{says} ({origin})" if origin else says)
        return lines

    def fix(self, fix: Fix | None, label: str) -> list[str]:
        """The next step. A command stands alone on its lines, whole and without colour, to be copied."""
        if fix is None:
            return []
        lines = self.line(label, self.pen.clean(fix.summary), "fix")
        if fix.command:
            lines += [f"{' ' * (self.indent + 6)}{line}" for line in self.pen.lines(fix.command)]
        if fix.url:
            lines += [f"{' ' * self.indent}{self.pen.paint('gutter', '=')} see {self.pen.address(fix.url)}"]
        return lines


def _worth_naming(finding: Finding) -> bool:
    """Whether the subject says something that the message, the file and the place in the config do not."""
    subject = finding.subject.strip()
    if not subject or subject in finding.message or (finding.span is not None and subject == finding.span.file):
        return False
    parts = [part for part in re.split(r"[/.\[\]]+", subject) if part]
    return parts != [str(part) for part in finding.config_path]


@dataclass(frozen=True, slots=True)
class Teller:
    """Tells findings in one style.

    ``verbose`` unfolds what is otherwise counted. ``causes`` names the findings that others may wait on, by
    fingerprint. ``told`` remembers, for this one report, which fault was told in full and of whom, so that two
    environments or two hundred projects with the same fault are not told the same twice.
    """

    pen: Pen
    sources: Sources
    verbose: bool = False
    causes: Mapping[str, str] = field(default_factory=dict)
    told: dict[tuple[str, str, Fix | None], str] = field(default_factory=dict)

    def failure(self, failure: Failure, owner: str) -> list[str]:
        """What is wrong, where, how we know, what hangs on it, and what to do."""
        finding = failure.finding
        role = finding.severity.value
        lines = self._headline(role, finding, role)
        before = self._told_before(finding, owner)
        if finding.span is None:
            notes = Notes(self.pen, 2)
        else:
            notes = Notes(self.pen, gutter_width(finding.span, finding.related) + 1)
            lines += (
                [self._arrow(finding)]
                if before
                else excerpt(finding.span, finding.related, self.sources, self.pen, role)
            )
        lines += notes.about(finding)
        if not before:
            lines += notes.evidence(finding.evidence)
        lines += self._held_up(failure.held_up, notes)
        return lines + (
            notes.line("", f"the same as for {before}, above") if before else notes.fix(finding.fix, "fix: ")
        )

    def unknown(self, group: Sequence[Finding], owner: str) -> list[str]:
        """What is not known, for all that one answer would settle, and what would answer it."""
        first, others = group[0], group[1:]
        notes = Notes(self.pen, 2)
        lines = self._headline("unknown", first, "unknown")
        if first.span is not None:
            lines.append(self._arrow(first))
        lines += notes.about(first)
        before = self._told_before(first, owner)
        if not before:
            lines += notes.evidence(first.evidence)
        lines += self._also(first, others, notes)
        if not any(finding.severity is Severity.ERROR for finding in group):
            lines += notes.line("note: ", f"severity {first.severity.value}: the verdict does not wait for it")
        if before:
            return lines + notes.line("", f"the same as for {before}, above")
        return lines + notes.fix(first.fix, "to find out: ")

    def orphans(self, cause: str, group: Sequence[Finding]) -> list[str]:
        """What could not be judged because of something that is told elsewhere or not at all."""
        name = self.causes.get(cause) or self.pen.clean(cause)
        because = f"because of {name}" if name else "because something before it failed"
        count = plural(len(group), "requirement", "requirements")
        text = f"{count} could not be judged {because}: {self._rules(group)}"
        return self.pen.paragraph(text, 0, "not reached: ", "skipped") + self._listed(group, Notes(self.pen, 2))

    def line(self, mark: str, finding: Finding) -> list[str]:
        """A finding in one entry, for lists that ``-v`` unfolds."""
        rung = finding.evidence[-1].rung.value if finding.evidence else ""
        text = f"{self.rule(finding)}: {self.pen.clean(finding.message)}" + (f" ({rung})" if rung else "")
        return Notes(self.pen, 0).item(mark, text)

    def suppressed(self, finding: Finding, why: Suppressed) -> list[str]:
        """A finding that does not count, with the reason that the config gives."""
        until = f"until {why.expires.isoformat()}" if why.expires else "without an end date"
        where = f" ({place(why.span, self.pen)})" if why.span else ""
        reason = self.pen.clean(why.reason)
        text = f'{self.rule(finding)}: {self.pen.clean(finding.message)}; suppressed {until}: "{reason}"{where}'
        return Notes(self.pen, 0).item("skipped", text)

    def baselined(self, finding: Finding, entry: Baselined) -> list[str]:
        """A failure that was there before, with who answers for it."""
        told = f"{self.rule(finding)}: {self.pen.clean(finding.message)}"
        who = f'{self.pen.clean(entry.owner)} until {entry.expires.isoformat()}: "{self.pen.clean(entry.reason)}"'
        return Notes(self.pen, 0).item("skipped", f"{told}; {who}")

    def rule(self, finding: Finding) -> str:
        """``VX402 model-shut-down``."""
        return self.pen.clean(f"{finding.rule} {finding.name}")

    def _told_before(self, finding: Finding, owner: str) -> str | None:
        """Of whom the same fault was told already; otherwise it is told now."""
        key = (finding.rule, finding.message, finding.fix)
        before = self.told.setdefault(key, owner)
        return before if before != owner else None

    def _headline(self, word: str, finding: Finding, role: str) -> list[str]:
        label = f"{word}[{self.rule(finding)}]: "
        return self.pen.paragraph(self.pen.clean(finding.message), 0, label, role)

    def _arrow(self, finding: Finding) -> str:
        if finding.span is None:
            return ""
        return f" {self.pen.paint('gutter', '-->')} {place(finding.span, self.pen)}"

    def _held_up(self, held_up: Sequence[Finding], notes: Notes) -> list[str]:
        if not held_up:
            return []
        text = f"{len(held_up):,} more could not be judged because of this: {self._rules(held_up)}"
        return notes.line("", text) + self._listed(held_up, notes)

    def _rules(self, findings: Sequence[Finding]) -> str:
        return tally(self.rule(finding) for finding in findings)

    def _listed(self, findings: Sequence[Finding], notes: Notes) -> list[str]:
        if not self.verbose:
            return []
        lines: list[str] = []
        for finding in findings:
            lines += notes.item("skipped", f"{self.rule(finding)}: {self.pen.clean(finding.message)}")
        return lines

    def _also(self, first: Finding, others: Sequence[Finding], notes: Notes) -> list[str]:
        """The other unknowns of a group: their rules where they say the same, one entry each where they differ."""
        if not others:
            return []
        if all(other.caused_by == first.fingerprint for other in others) and not self.verbose:
            verb = "is" if len(others) == 1 else "are"
            return notes.line("", f"{len(others):,} more {verb} unknown because of this: {self._rules(others)}")
        if all(other.message == first.message for other in others) and not self.verbose:
            return notes.line("", f"the same leaves {len(others):,} more unknown: {self._rules(others)}")
        lines = notes.line("", f"the same answer would settle {len(others):,} more:")
        shown = others if self.verbose else others[:_LIST_LIMIT]
        for other in shown:
            where = f" ({place(other.span, self.pen)})" if other.span else ""
            lines += notes.item("unknown", f"{self.rule(other)}: {self.pen.clean(other.message)}{where}")
        if len(shown) < len(others):
            lines.append(f"{' ' * 6}and {len(others) - len(shown):,} more (-v lists them)")
        return lines
