"""The documentation follows the code: every rule, cause, schema, command and exit code has its page, and links lead somewhere."""

from __future__ import annotations

import importlib
import importlib.util
import os
import pkgutil
import re
import subprocess
import sys
from pathlib import Path
from posixpath import dirname, join, normpath
from urllib.parse import urlsplit

import pytest
import yaml
from docs_pages import DOCS, ROOT, blocks, made, written

import vxsetup.cli
from vxsetup.explain import causes
from vxsetup.resources import schema_names
from vxsetup.rules import registry

PAGES = written() | made()
LINK = re.compile(r"\]\(([^)\s]+)\)|<(https?://[^>\s]+)>")


def without_code(text: str) -> str:
    """A page without its fenced blocks and code."""
    text = re.sub(r"^(```+).*?^\1$", "", text, flags=re.M | re.S)
    return re.sub(r"`[^`\n]+`|<code>.*?</code>", "", text)


def anchors(text: str) -> set[str]:
    """The anchors of a page, as the site makes them: of its headings, and those that are written."""
    found = set(re.findall(r'<a id="([^"]+)">', text)) | set(re.findall(r"\{#([\w-]+)\}", text))
    for head in re.findall(r"^#+ (.+)$", re.sub(r"^(```+).*?^\1$", "", text, flags=re.M | re.S), re.M):
        words = re.sub(r"[^\w\s-]", "", re.sub(r"<[^>]+>|\{#.*?\}", "", head)).strip().lower()
        found.add(re.sub(r"[-\s]+", "-", words))
    return found


def test_nothing_is_written_by_hand_that_is_made() -> None:
    assert written().keys() & made().keys() == set()


def test_everything_has_its_page() -> None:
    from pages_commands import commands

    assert {f"rules/{rule.id}.md" for rule in registry()} <= made().keys()
    assert {f"causes/{cause}.md" for cause in causes()} <= made().keys()
    assert {f"schemas/{name}.md" for name in schema_names()} <= made().keys()
    assert {f"commands/{name.replace(' ', '-')}.md" for name, _ in commands()} <= made().keys()


def test_a_page_says_all_that_its_rule_says() -> None:
    from pages_text import prose

    for rule in registry():
        page = made()[f"rules/{rule.id}.md"]
        for part in (rule.docs.good, rule.docs.why, rule.docs.judged, rule.docs.reads, rule.docs.fix):
            assert prose(part) in page, rule.id
        assert all(key in page.replace("\\", "") for key in rule.docs.references), rule.id


def test_every_exit_code_of_the_code_is_explained() -> None:
    from pages_commands import EXIT_CODES

    used = {0}
    for module in pkgutil.iter_modules(vxsetup.cli.__path__):
        names = vars(importlib.import_module(f"vxsetup.cli.{module.name}"))
        used |= {value for name, value in names.items() if name.startswith("EXIT_") and isinstance(value, int)}
    assert used == EXIT_CODES.keys()


def test_every_format_is_explained() -> None:
    from pages_commands import FORMATS, commands, formats_of

    assert {name for _, command in commands() for name in formats_of(command)} == FORMATS.keys()


def test_the_security_page_lists_every_command_that_asks_or_changes() -> None:
    from pages_commands import commands

    page = written()["security.md"]
    for name, command in commands():
        options = {option for param in command.params for option in param.opts}
        if "--impersonate-service-account" in options or "--fix" in options:
            assert f"`{name}`" in page, f"{name} may ask the cloud or change a file"


def test_a_source_has_one_anchor_of_its_own() -> None:
    found = re.findall(r'<a id="([^"]+)">', made()["known/sources.md"])
    assert len(found) == len(set(found)) > 50


@pytest.mark.parametrize("page", sorted(PAGES))
def test_links_lead_somewhere(page: str) -> None:
    for inner, outer in LINK.findall(without_code(PAGES[page])):
        target = inner or outer
        if target.startswith(("http://", "https://")):
            parts = urlsplit(target)
            assert parts.scheme == "https", f"{target}: not https"
            assert re.fullmatch(r"[a-z0-9.-]+\.[a-z]{2,}", parts.netloc), f"{target}: no host that anybody can reach"
            continue
        path, _, anchor = target.partition("#")
        there = normpath(join(dirname(page), path)) if path else page
        if there in PAGES:
            assert not anchor or anchor in anchors(PAGES[there]), f"{target}: no such anchor"
        else:
            assert not there.startswith(".."), f"{target}: outside the site"
            assert (DOCS / there).exists(), f"{target}: no such page"


def test_the_readme_s_links_lead_somewhere_and_reach_every_page_that_somebody_wrote() -> None:
    text = without_code((ROOT / "README.md").read_text("utf-8"))
    inner = [target for target, outer in LINK.findall(text) if target and not target.startswith("https://")]
    for target in inner:
        path, _, anchor = target.partition("#")
        assert (ROOT / path).exists(), f"{target}: no such file"
        page = path.removeprefix("docs/")
        assert not anchor or anchor in anchors(PAGES[page]), f"{target}: no such anchor"
    reached = {path.partition("#")[0].removeprefix("docs/") for path in inner if path.startswith("docs/")}
    assert written().keys() - reached == {"index.md"}, "the site's own first page is the only one left out"


def test_the_navigation_names_pages_that_are_there() -> None:
    site = yaml.safe_load((ROOT / "mkdocs.yml").read_text("utf-8"))

    def leaves(nav: object) -> list[str]:
        if isinstance(nav, dict):
            return [page for value in nav.values() for page in leaves(value)]
        return [page for value in nav for page in leaves(value)] if isinstance(nav, list) else [str(nav)]

    named = leaves(site["nav"])
    assert set(named) <= PAGES.keys()
    listed = {f"evidence/{page}" for page in re.findall(r"\(([\w-]+\.md)\)", made()["evidence/index.md"])}
    assert written().keys() <= set(named) | listed, "a page that somebody wrote can be reached"
    assert len(named) == len(set(named))


def test_text_of_the_code_becomes_no_markup() -> None:
    from pages_text import code, fenced, prose, table

    hostile = "<script>*a*_b_[c](javascript:d)|{x}#~ `<b>` https://a.example/x."
    shown = prose(hostile)
    assert "<script>" not in shown
    assert "](" not in shown.replace("\\]", "")
    assert "<code>&lt;b&gt;</code>" in shown
    assert "<https://a.example/x>." in shown
    assert "|" not in code("a|b")
    assert fenced("```\nx", "sh").startswith("````sh\n")
    assert table(("a",), [("b\nc",)]) == "| a |\n| --- |\n| b c |"


def test_no_page_breaks_its_fences() -> None:
    for page, text in PAGES.items():
        fences = re.findall(r"^```+", text, re.M)
        assert len(fences) % 2 == 0, page
        assert len(blocks(page, text)) == len(fences) // 2, page


@pytest.mark.skipif(
    importlib.util.find_spec("mkdocs") is None,
    reason="python -m pip install -r requirements-docs.lock; CI's job docs does",
)
def test_the_site_builds_without_a_warning(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(tmp_path / "site")]
    ran = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, check=False, env=os.environ | {"NO_MKDOCS_2_WARNING": "1"}
    )
    assert ran.returncode == 0, ran.stderr
    assert (tmp_path / "site" / "rules" / "VX602" / "index.html").exists()
    assert not (tmp_path / "site" / "_pages").exists()
