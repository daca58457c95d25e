"""The HTML reports in a real Chromium: axe-core finds nothing, both views work, it prints, right-to-left is right."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, sync_playwright

from policyver.samples import build_repository
from tests.support import policyver

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("samples")
    build_repository(directory)
    for name, arguments in {
        "diff": ["diff", "privacy@1.0.0..privacy@2.0.0"],
        "none": ["diff", "HEAD..HEAD"],
        "log": ["log"],
        "status": ["status", "--on", "2026-11-24"],
    }.items():
        ran = policyver(*arguments, "--output", f"{name}.html", cwd=directory)
        assert ran.status == 0, ran.err
    return directory


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(
            executable_path=shutil.which("chromium"),
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"],
        )
        yield started
        started.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    # axe has to be put into the page, which the page's own policy rightly forbids to anything that is not it
    context = browser.new_context(bypass_csp=True, viewport={"width": 1200, "height": 900})
    yield context.new_page()
    context.close()


@pytest.mark.parametrize("name", ["diff", "none", "log", "status"])
@pytest.mark.parametrize("view", ["inline", "side"])
def test_axe_finds_nothing(page: Page, reports: Path, name: str, view: str) -> None:
    page.goto((reports / f"{name}.html").as_uri())
    if page.locator(f"#{view}").count():
        page.locator(f"#{view}").check()
    for details in page.locator("details").all()[:40]:
        details.evaluate("element => element.open = true")
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()


@pytest.fixture(scope="module")
def previews(reports: Path) -> Path:
    (reports / "policyver.toml").write_text(
        '[notices]\nbase_url = "https://sender.example/p"\nsender = "Privacy <privacy@sender.example>"\n'
    )
    ran = policyver("notify", "privacy@1.0.0..privacy@2.0.0", "--preview", "previews", cwd=reports)
    assert ran.status == 0, ran.err
    return reports / "previews"


@pytest.mark.parametrize(
    "name", ["index", "privacy-de-2.0.0-in-de", "privacy-ar-2.0.0-in-ar", "privacy-ja-2.0.0-in-ja"]
)
def test_axe_finds_nothing_in_a_notice_and_it_asks_nobody_for_anything(page: Page, previews: Path, name: str) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto((previews / f"{name}.html").as_uri())
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    assert [one for one in asked if not one.startswith("file:")] == []


def test_an_arabic_notice_is_read_from_the_right(page: Page, previews: Path) -> None:
    page.goto((previews / "privacy-ar-2.0.0-in-ar.html").as_uri())
    heading = page.locator("h1")
    assert heading.evaluate("one => getComputedStyle(one).direction") == "rtl"
    assert page.locator("p.words").first.evaluate("one => getComputedStyle(one).direction") == "rtl"


def test_one_view_is_shown_at_a_time(page: Page, reports: Path) -> None:
    page.goto((reports / "diff.html").as_uri())
    inline, side = page.locator(".body.inline").first, page.locator("table.side").first
    assert (inline.is_visible(), side.is_visible()) == (True, False)
    page.locator("#side").check()
    assert (inline.is_visible(), side.is_visible()) == (False, True)


def test_the_list_of_changes_jumps_to_them_and_moved_text_to_its_other_place(page: Page, reports: Path) -> None:
    page.goto((reports / "diff.html").as_uri())
    links = page.locator("a[href^='#']").all()
    targets = {link.get_attribute("href") or "" for link in links}
    assert len(targets) > 40
    assert all(page.locator(f"[id='{target[1:]}']").count() == 1 for target in targets)
    assert page.locator("a.place").count() >= 4


def test_right_to_left_texts_run_from_the_right(page: Page, reports: Path) -> None:
    page.goto((reports / "diff.html").as_uri())
    arabic = page.locator(".body.inline[lang=ar]").first
    assert arabic.evaluate("element => getComputedStyle(element).direction") == "rtl"
    assert page.locator(".body.inline[lang=ja]").first.evaluate("e => getComputedStyle(e).direction") == "ltr"


def test_it_makes_no_request_and_fits_a_phone_and_paper(browser: Browser, reports: Path) -> None:
    context = browser.new_context(viewport={"width": 390, "height": 800})
    page = context.new_page()
    requests: list[str] = []
    messages: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    page.on("console", lambda message: messages.append(message.text))
    page.goto((reports / "diff.html").as_uri())
    assert len(requests) == 1
    assert messages == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert page.pdf(format="A4")[:5] == b"%PDF-"
    context.close()
