"""A real browser for the tests of the pages: the machine's own Chromium, driven by Playwright."""

import shutil
from pathlib import Path

import pytest
from playwright.sync_api import expect
from tests.browser.desk import desk, desk_engine  # noqa: F401 - fixtures of the tests of the desk

CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome")
CHROMIUM_FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
# What is waited for comes from a server and a browser on a machine that may be busy: a test waits for it, and measures no time.
PATIENCE_MS = 30_000
expect.set_options(timeout=PATIENCE_MS)
AXE = Path(__file__).parent / "vendor" / "axe.min.js"


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, object]) -> dict[str, object]:
    """Launch the installed Chromium, not a download of Playwright's own."""
    chromium = next(filter(None, map(shutil.which, CHROMIUM_NAMES)), None)
    if chromium is None:
        pytest.fail("no Chromium found; install it with `apt-get install chromium`", pytrace=False)
    return {**browser_type_launch_args, "executable_path": chromium, "args": list(CHROMIUM_FLAGS)}


@pytest.fixture(scope="session")
def axe_source() -> str:
    """The accessibility checker's script, to be added to a page under test."""
    if not AXE.is_file():
        pytest.fail("axe-core is missing; run `make env`", pytrace=False)
    return AXE.read_text(encoding="utf-8")
