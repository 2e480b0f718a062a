"""The site of the example project: its pages on each database, and in a browser."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import connection

from tests.browser import CHROMIUM, Browser, chromium, write_if_asked

ROOT = Path(__file__).parent.parent
MANAGE = ROOT / "example_project" / "manage.py"
IMAGES = ROOT / "docs" / "images"
HOLES = "document.querySelectorAll('.automatic .hole').length"
STATUS = "document.getElementById('happened').textContent"
IDLE = "!document.querySelector('[aria-busy]')"


@pytest.fixture
def environment(tmp_path) -> dict[str, str]:
    url = os.environ.get("DATABASE_URL") or f"sqlite:///{tmp_path}/db.sqlite3"
    return {
        **os.environ,
        "DATABASE_URL": url,
        "DJANGO_SETTINGS_MODULE": "example.settings",
        "PYTHONPATH": str(ROOT),
        "PYTHONUNBUFFERED": "1",
    }


def test_pages(environment):
    """``site_pages.py``, as a test of that project."""
    result = subprocess.run(
        [sys.executable, MANAGE, "test", "tests.site_pages", "--noinput"],
        env=environment,
        capture_output=True,
        text=True,
    )
    assert result.returncode == 0, result.stderr
    assert re.search(r"Ran \d{1,3} tests", result.stderr)


@pytest.fixture
def site(environment) -> Iterator[str]:
    """The address of the site, as ``make serve`` starts it."""
    subprocess.run([sys.executable, MANAGE, "migrate", "-v0"], env=environment, check=True)
    server = subprocess.Popen(
        [sys.executable, MANAGE, "serve"],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert server.stdout is not None
    lines = []
    reader = None
    try:
        for line in server.stdout:
            lines.append(line)
            if "server at http" in line:  # its name differs between versions of Django
                break
        reader = threading.Thread(target=server.stdout.read, daemon=True)
        reader.start()
        text = "".join(lines)
        assert text.startswith("The site on SQLite, until Ctrl+C:")
        yield re.search(r"  (http://127\.0\.0\.1:\d+/)  ", text)[1]
    finally:
        server.terminate()
        server.wait()
        if reader is not None:
            reader.join()
        server.stdout.close()


@pytest.mark.slow
@pytest.mark.skipif(CHROMIUM is None, reason="no browser (install Debian's package chromium)")
@pytest.mark.skipif(connection.vendor != "sqlite", reason="the browser sees the same pages")
def test_in_a_browser(site):
    with chromium() as browser:
        browser.screen(900, 700, "light")
        browser.open(site)
        by_keyboard(browser)
        for action in ("writers", "first", "end", "max"):
            press(browser, action)
        assert browser.value("document.querySelectorAll('.chart').length") == 0
        assert browser.value("document.querySelectorAll('.max .double').length") > 0
        assert browser.value("document.querySelectorAll('.gapless .hole').length") == 0
        heard_by_a_screen_reader(browser)
        on_a_narrow_screen(browser)
        assert browser.errors == []
        pictures(browser)
        without_scripts(browser, site)


def press(browser: Browser, action: str) -> None:
    """Press a button; the strips are drawn again while the server still works."""
    browser.value("window.drawn = 0; window.same = true")
    browser.value(
        "new MutationObserver(() => window.drawn++)"
        ".observe(document.getElementById('strips'), {childList: true})"
    )
    browser.value(f"document.querySelector('button[value={action}]').click()")
    browser.wait(IDLE)
    assert browser.value("window.same"), "the page was loaded again"
    if action == "writers":
        assert browser.value("window.drawn") > 1


def by_keyboard(browser: Browser) -> None:
    """Reach the second button by Tab, and press it twice: the focus stays where it was."""
    assert browser.value(HOLES) == 1
    for _ in range(20):
        browser.press("Tab")
        if browser.value("document.activeElement.value") == "fail":
            break
    for holes in (2, 3):
        browser.press("Enter", "\r")
        browser.wait(f"{HOLES} == {holes} && {IDLE}")
        assert browser.value("document.activeElement.value") == "fail"
        assert "given back" in browser.value(STATUS)


def heard_by_a_screen_reader(browser: Browser) -> None:
    tree = browser.call("Accessibility.getFullAXTree")["nodes"]
    heard = {
        (node["role"]["value"], node.get("name", {}).get("value", "").strip())
        for node in tree
        if not node["ignored"]
    }
    assert {
        ("region", "automatic ids"),
        ("region", "gapless numbers"),
        ("button", "fail after save"),
        ("StaticText", "is a hole"),
        ("navigation", "Site"),
    } <= heard
    assert {"status", "main", "list", "listitem"} <= {role for role, _ in heard}
    assert not [name for role, name in heard if role in ("button", "link", "region") and not name]


def on_a_narrow_screen(browser: Browser) -> None:
    browser.screen(320, 700, "light")
    assert browser.value("document.documentElement.scrollWidth") <= 320


def pictures(browser: Browser) -> None:
    """The pictures of the documentation: ``PICTURES=docs/images`` writes them again."""
    browser.value("document.activeElement.blur()")
    taken = {}
    for theme in ("light", "dark"):
        browser.screen(900, 700, theme)
        taken[theme] = browser.picture()
        write_if_asked(f"strips-{theme}.png", taken[theme])
        assert len(taken[theme]) < 120_000
        assert (IMAGES / f"strips-{theme}.png").stat().st_size < 120_000
    assert taken["light"] != taken["dark"]


def without_scripts(browser: Browser, site: str) -> None:
    browser.call("Emulation.setScriptExecutionDisabled", value=True)
    browser.open(site)
    before = browser.value(HOLES)
    browser.value("window.same = true")
    browser.value("document.querySelector('button[value=fail]').click()")
    browser.wait(f"{HOLES} == {before + 1}")
    assert not browser.value("window.same")
