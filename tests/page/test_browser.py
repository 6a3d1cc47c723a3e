"""The page in Debian's chromium: light, dark, phone and paper; axe-core; a hostile certificate.

With HALFSHAKE_SCREENSHOTS=DIRECTORY the pictures stay there, to be looked at.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import sync_playwright

from halfshake.cli import main
from page.estate import lines, visits
from page.serving import serving_aside, source_of
from page.showcase import HOSTILE_NAME, NAME, hostile, showcase

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page, ViewportSize

CHROMIUM = shutil.which("chromium")
pytestmark = [
    pytest.mark.skipif(
        CHROMIUM is None and os.environ.get("CI") != "true",
        reason="chromium is missing: make servers",
    ),
    # What a thread of the browser's driver leaves behind is not ours.
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]
DESKTOP: ViewportSize = {"width": 1280, "height": 900}
PHONE: ViewportSize = {"width": 390, "height": 844}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One browser for all of them."""
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"]
        )
        yield opened
        opened.close()


@pytest.fixture(scope="module")
def few() -> Iterator[str]:
    """Ten endpoints, one with a long past."""
    with source_of([*visits(9), *showcase()]) as source, serving_aside(source) as url:
        yield url


@pytest.fixture(scope="module")
def many() -> Iterator[str]:
    """Five hundred targets; one of them has two faces."""
    with source_of([*visits(499), *showcase()]) as source, serving_aside(source) as url:
        yield url


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the screenshots go."""
    named = os.environ.get("HALFSHAKE_SCREENSHOTS")
    directory = Path(named) if named else tmp_path_factory.mktemp("screenshots")
    directory.mkdir(parents=True, exist_ok=True)
    return directory


def looked_at(browser: Browser, url: str, **context: Any) -> Page:
    """Open a page; what it complains of, and asks others for, is kept in `page.complaints`."""
    page = browser.new_context(**{"viewport": DESKTOP, **context}).new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("dialog", lambda dialog: complaints.append(dialog.message))
    origin = "/".join(url.split("/")[:3])
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(url)
    complaints += [other for other in asked if not other.startswith(origin)]
    page.complaints = complaints  # type: ignore[attr-defined]
    return page


def sideways(page: Page) -> int:
    """By how many pixels the page is wider than the window."""
    width: int = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    return width


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("which", ["few", "endpoint"])
def test_every_page_is_accessible(
    browser: Browser, few: str, pictures: Path, which: str, scheme: str
) -> None:
    """axe-core finds nothing, the browser complains of nothing, and asks nobody else."""
    url = {"few": f"{few}/", "endpoint": f"{few}/endpoints/{NAME}"}[which]
    page = looked_at(browser, url, color_scheme=scheme)
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    assert page.complaints == []  # type: ignore[attr-defined]
    assert sideways(page) <= 0
    page.screenshot(path=pictures / f"{which}-{scheme}.png", full_page=which == "endpoint")
    page.context.close()


@pytest.mark.parametrize("which", ["many", "endpoint"])
def test_a_phone_scrolls_only_down(
    browser: Browser, few: str, many: str, pictures: Path, which: str
) -> None:
    """At 390 and at 320 pixels, and axe-core finds nothing there either."""
    url = {"many": f"{many}/", "endpoint": f"{few}/endpoints/{NAME}"}[which]
    page = looked_at(browser, url, viewport=PHONE, device_scale_factor=2)
    assert sideways(page) <= 0
    if which == "endpoint":
        assert Axe().run(page).violations_count == 0
    page.screenshot(path=pictures / f"{which}-phone.png", full_page=which == "endpoint")
    page.set_viewport_size({"width": 320, "height": 700})
    assert sideways(page) <= 0
    page.context.close()


def test_paper(browser: Browser, few: str, many: str, pictures: Path) -> None:
    """It prints without what can only be clicked, and dark readers get white paper too."""
    for which, url in (("many", f"{many}/"), ("endpoint", f"{few}/endpoints/{NAME}")):
        page = looked_at(browser, url, color_scheme="dark")
        page.emulate_media(media="print", color_scheme="dark")
        assert not page.locator(".mast nav").is_visible()
        assert (
            page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
        )
        # A4 without its margins.
        page.set_viewport_size({"width": 690, "height": 975})
        assert sideways(page) <= 0
        page.screenshot(path=pictures / f"{which}-print.png")
        page.set_viewport_size(DESKTOP)
        page.emulate_media(media="screen", color_scheme="dark")
        page.screenshot(path=pictures / f"{which}-dark.png")
        pdf = page.pdf(format="A4", print_background=True)
        assert pdf.startswith(b"%PDF")
        (pictures / f"{which}.pdf").write_bytes(pdf)
        page.context.close()


def test_a_reader_without_javascript_filters_and_turns_pages(browser: Browser, many: str) -> None:
    """Everything is a link or a form."""
    page = looked_at(browser, f"{many}/", java_script_enabled=False)
    rows = page.locator("tbody tr[role=row]")
    assert rows.count() == 100
    page.get_by_role("link", name="After").click()
    assert "200 of 502" in page.locator(".pages").inner_text()
    page.locator("select[name=status]").select_option("critical")
    page.get_by_role("button", name="Show").click()
    assert 0 < rows.count() < 100
    statuses = page.locator("tbody .status").all_inner_texts()
    assert set(statuses) == {"Critical"}
    page.get_by_role("link", name="Clear").click()
    page.get_by_role("searchbox").fill("ledger-core")
    page.get_by_role("searchbox").press("Enter")
    # The usual reading, and its two addresses.
    assert rows.count() == 3
    page.locator("a.name").first.click()
    assert page.get_by_role("heading", level=1).inner_text() == NAME
    assert page.locator(".event").count() >= 4
    assert "dies first" in page.locator(".link.first").first.inner_text()
    page.get_by_role("link", name="Every endpoint").click()
    assert "502 endpoints" in page.get_by_role("heading", level=1).inner_text()
    page.context.close()


def test_a_hostile_certificate_is_only_text(
    browser: Browser, pictures: Path, tmp_path: Path
) -> None:
    """No script runs, nothing is loaded, and what is hidden is spelled out; in the report too."""
    with source_of([*visits(3), hostile()]) as source, serving_aside(source) as url:
        for path in (
            "/",
            f"/endpoints/{HOSTILE_NAME}",
            "/?search=%3Cscript%3E&issuer=%22%3E%3Cb%3E",
        ):
            page = looked_at(browser, f"{url}{path}")
            harmless(page)
            assert sideways(page) <= 0
            if path.startswith("/endpoints"):
                assert "pay\\u202egnp.exe\\u2066" in page.locator(".subject").first.inner_text()
                page.screenshot(path=pictures / "hostile.png", full_page=True)
            page.context.close()
        answer = browser.new_page().goto(f"{url}/endpoints/{HOSTILE_NAME}")
        assert answer is not None
        assert answer.headers["content-security-policy"].startswith(
            "default-src 'none'; style-src 'self'"
        )
        readings = list(source.documents(HOSTILE_NAME))
    import json

    saved = tmp_path / "saved.jsonl"
    saved.write_text("\n".join(json.dumps(each) for each in readings))
    report = tmp_path / "report.html"
    assert main(["report", str(saved), "-o", str(report), "--title", "<b>Weekly</b>"]) == 0
    page = looked_at(browser, report.as_uri())
    harmless(page)
    assert page.get_by_role("heading", level=1).inner_text() == "<b>Weekly</b>"
    page.context.close()


def harmless(page: Page) -> None:
    """Nothing of what the certificate says has become part of the page."""
    assert page.complaints == []  # type: ignore[attr-defined]
    assert "owned" not in page.title()
    assert page.locator("script, img, iframe, object, embed, [style], [onerror]").count() == 0
    text = page.locator("body").inner_text()
    assert not set("\u202e\u2066\u200b\u2028\x07\x1b") & set(text)


def test_the_report_is_one_file(browser: Browser, tmp_path: Path, pictures: Path) -> None:
    """So many in full, the rest counted and named as left out; nothing is asked for."""
    saved, report = tmp_path / "saved.jsonl", tmp_path / "report.html"
    saved.write_text("\n".join(lines(400)))
    assert main(["report", str(saved), "-o", str(report), "--most", "30"]) == 0
    page = looked_at(browser, report.as_uri(), color_scheme="dark")
    assert page.complaints == []  # type: ignore[attr-defined]
    assert (
        "370 endpoints are counted above, but not listed here"
        in page.locator(".leftout").inner_text()
    )
    assert page.locator("article").count() == 30
    page.screenshot(path=pictures / "report.png")
    page.locator("a.name").first.click()
    assert page.url.split("#")[1].startswith("e-")
    page.context.close()


def test_the_report_is_accessible(browser: Browser, tmp_path: Path) -> None:
    """axe-core on a small one."""
    saved, report = tmp_path / "saved.jsonl", tmp_path / "report.html"
    saved.write_text("\n".join(lines(3)))
    assert main(["report", str(saved), "-o", str(report)]) == 0
    page = looked_at(browser, report.as_uri())
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    page.context.close()
