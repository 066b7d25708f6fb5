"""The report page in a real browser: what it shows, that it is quiet, accessible and fast, and that data stays data.

Needs playwright and a Chromium: the one that VXSETUP_TEST_CHROMIUM names, the one on the path, or else npm's.
"""

from __future__ import annotations

import re
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from page_tools import chromium, npm_packages

from vxsetup.findings import Finding, Fix, Report, Severity, Span, Verdict
from vxsetup.report.html import report_html
from vxsetup.values import replace

sys.path.append(str(Path(__file__).resolve().parents[1] / "report"))
from plan_samples import planned
from report_samples import awkward_report, blocked_report, fleet_report, undecided_report

pytestmark = pytest.mark.clients

HOSTILE = "</script><img src=x onerror=\"document.title='owned'\"><script>document.title='owned'</script>{{7*7}}\u202e"
Opened = Callable[..., Any]


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    sync_api = pytest.importorskip("playwright.sync_api")
    program = chromium(tmp_path_factory.mktemp("chromium"))
    with sync_api.sync_playwright() as playwright:
        flags = ["--no-sandbox", "--no-zygote", "--headless=shell"]
        launched = playwright.chromium.launch(executable_path=program, args=flags)
        yield launched
        launched.close()


@pytest.fixture
def opened(browser: Any, tmp_path: Path) -> Iterator[Opened]:
    """Opens the page of a report, and holds at the end that the browser had nothing to complain of, and asked nobody."""
    said: list[str] = []
    contexts = []

    def open_page(report: Report, **settings: Any) -> Any:
        file = tmp_path / "report.html"
        file.write_text(report_html(report), "utf-8")
        context = browser.new_context(viewport={"width": 1280, "height": 900}, **settings)
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.on("request", lambda request: None if request.url.startswith("file:") else said.append(request.url))
        page.goto(file.as_uri())
        page.wait_for_selector("details.project")
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert said == []


def test_a_single_project_is_told_in_full(opened: Opened) -> None:
    page = opened(blocked_report())
    assert page.title() == "vxsetup: not ready"
    assert page.locator("details.project[open]").count() == 1
    text = page.inner_text("main")
    for finding in blocked_report().findings:
        if finding.verdict is Verdict.FAIL and finding.suppressed is None and finding.severity is not Severity.INFO:
            assert finding.message in text
            assert finding.fix is None or finding.fix.summary in text
    assert "stops at enabled" in text
    assert "[object" not in page.content()
    page.locator("article details.fold > summary").first.click()
    assert page.locator("article .root + .state").first.inner_text() == "root cause"


def test_every_group_of_findings_unfolds(opened: Opened) -> None:
    page = opened(undecided_report())
    for fold in page.locator("details.fold > summary").all():
        fold.click()
        assert fold.locator("xpath=..").locator("li").count() > 0


def test_500_projects_open_in_two_seconds_and_filter(opened: Opened) -> None:
    started = time.monotonic()
    page = opened(fleet_report(500))
    assert time.monotonic() - started < 2.0
    assert page.locator("details.project > summary .state").first.inner_text() == "not ready", "the worst come first"
    page.keyboard.press("/")
    page.keyboard.type("acme-ai-004")
    page.get_by_text("1 of 500 shown", exact=True).wait_for()
    assert page.locator("details.project[open] article").count() == 1
    page.fill("#filter", "")
    page.click("button[data-state=unknown]")
    page.get_by_text(re.compile("^1[0-9]? of 500 shown$")).wait_for()
    page.click("button[data-state=all]")
    page.get_by_text("500 of 500 shown", exact=True).wait_for()
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    assert page.locator("details.project").nth(1).get_attribute("open") is not None, "by keyboard alone"


def test_a_command_is_copied_by_a_click(opened: Opened) -> None:
    page = opened(blocked_report(), permissions=["clipboard-read", "clipboard-write"])
    button = page.locator(".command button").first
    wanted = page.locator(".command pre").first.inner_text()
    button.click()
    page.get_by_text("Copied", exact=True).wait_for()
    assert page.evaluate("navigator.clipboard.readText()") == wanted


def planned_report() -> Report:
    """A report with the plan of its project."""
    return replace(blocked_report(), plans=(planned(),))


def test_the_plan_preview_shows_each_step_with_its_diff(opened: Opened) -> None:
    page = opened(planned_report())
    preview = page.get_by_role("region", name="Plan preview")
    assert preview.locator("article h4").all_inner_texts() == [
        f"{word} make acme-ai-prod ready" for word in ("add", "change", "by hand")
    ]
    assert preview.locator("article pre").first.inner_text().splitlines() == [
        "~ state acme-ai-prod = DISABLED acme-ai-prod → ENABLED acme-ai-prod",
        "+ role = acme-ai-prod",
    ]
    preview.get_by_text("1 permission needed").first.click()
    preview.get_by_text("do.acme-ai-prod on projects/acme-ai-prod (roles/editor)").first.wait_for()
    assert "After it: not ready." in preview.inner_text()
    assert preview.get_by_role("button", name="Copy: vxsetup plan acme-ai-prod").count() == 1


def test_500_projects_with_plans_open_in_two_seconds(opened: Opened) -> None:
    report = fleet_report(500)
    report = replace(report, plans=tuple(planned(f"acme-{number}", 12) for number, _ in enumerate(report.projects)))
    started = time.monotonic()
    page = opened(report)
    assert time.monotonic() - started < 2.0
    page.locator("details.project > summary").first.click()
    page.locator("details.project[open] section article").nth(11).wait_for()


def test_a_phone_shows_all_of_it(opened: Opened) -> None:
    """Nothing but wide tables is moved sideways, and words above a table make no table wide."""
    page = opened(fleet_report(50))
    page.set_viewport_size({"width": 390, "height": 844})
    page.locator("details.project > summary").first.click()
    cut = "node => node.scrollWidth > node.clientWidth"
    assert not page.evaluate(f"({cut})(document.documentElement)")
    assert not page.locator("#fleet .scroll").evaluate(cut), "a table of two columns fits"
    for kind in (".above", "article p", "article dd", ".command pre"):
        for node in page.locator(f"details.project[open] {kind}").all():
            assert not node.evaluate(cut), kind
    command = page.locator("details.project[open] .command").first.bounding_box()
    inside = page.locator("details.project[open] .command pre").first.bounding_box()
    assert inside["width"] == pytest.approx(command["width"], abs=1), "the button stands below"


def test_a_command_is_broken_between_its_words(opened: Opened) -> None:
    page = opened(blocked_report())
    for width in (390, 700, 1280):
        page.set_viewport_size({"width": width, "height": 844})
        for pre in page.locator(".command pre").all():
            room = pre.evaluate("node => node.clientWidth - 26")
            for word in pre.locator(".word").all():
                box = word.bounding_box()
                if box["width"] < room:
                    assert box["height"] < 30, word.inner_text()


def test_dark_and_light(opened: Opened) -> None:
    page = opened(blocked_report(), color_scheme="dark")
    colour = "getComputedStyle(document.body).backgroundColor"
    dark = page.evaluate(colour)
    page.click("#theme")
    light = page.evaluate(colour)
    assert (dark, light) == ("rgb(15, 19, 24)", "rgb(255, 255, 255)")


def test_paper_gets_what_a_screen_folds(opened: Opened) -> None:
    page = opened(fleet_report(30))
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    page.emulate_media(media="print")
    bad = page.locator("details.project:has(> summary .fail)")
    assert bad.count() > 0
    assert page.locator("details.project[open] article").count() >= bad.count()
    assert not page.locator("#theme").is_visible()


@pytest.fixture(scope="module")
def axe(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = npm_packages(tmp_path_factory.mktemp("axe"))
    return (folder / "node_modules" / "axe-core" / "axe.min.js").read_text("utf-8")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(
    "report", [blocked_report, fleet_report, awkward_report, planned_report], ids=lambda made: made.__name__
)
def test_accessibility(opened: Opened, axe: str, report: Callable[[], Report], scheme: str) -> None:
    page = opened(report(), color_scheme=scheme, bypass_csp=True)  # the policy would keep axe out, as it should
    for summary in page.locator("details.project > summary").all()[:2]:
        summary.click()
    page.evaluate(axe)
    found = page.evaluate("axe.run()")["violations"]
    assert [(one["id"], one["impact"], one["nodes"][0]["html"]) for one in found] == []


def test_hostile_strings_stay_text(opened: Opened) -> None:
    span = Span(f"{HOSTILE}.yaml", 1, 1, 1, 2)
    fix = Fix(HOSTILE, HOSTILE, "javascript:document.title='owned'")
    bad = Finding(
        "VX203", HOSTILE, Verdict.FAIL, Severity.ERROR, HOSTILE, HOSTILE, span=span, fix=fix, project="acme-ai-prod"
    )
    report = blocked_report()
    plans = (planned(HOSTILE),)
    page = opened(
        replace(report, findings=(bad,), notes=(HOSTILE,), next_command=HOSTILE, command=HOSTILE, plans=plans)
    )
    assert page.title() == "vxsetup: not ready"
    assert page.locator("img").count() == 0
    assert page.locator("a[href^=javascript]").count() == 0
    assert "onerror=" in page.inner_text("article"), "it is shown as it was written"
    assert "\\u202e" in page.inner_text("article")
