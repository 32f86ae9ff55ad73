"""The web chat on the demo: how much a visitor's browser fetches, and when he can write.

Each load is that of a new visitor, with nothing cached; usable is when the launcher can be
pressed, open is when the window takes the first letter.
"""

from __future__ import annotations

import asyncio
import gzip
import re
import tempfile
import time
from collections.abc import Iterator
from urllib.request import Request, urlopen

from playwright.async_api import Browser

from bench.browsers import chromium
from bench.servers import roledesk_server
from bench.table import Row
from bench.timing import percentile
from roledesk.cli.demo import ORGANIZATION, make_demo
from roledesk.composition import open_server_engine
from roledesk.desk.store import widgets

VISITS = 20


def rows() -> Iterator[Row]:
    """Size, and the times of new visitors."""
    with tempfile.TemporaryDirectory() as folder:
        database = f"sqlite:///{folder}/bench.sqlite3"
        make_demo(database, now=time.time())
        with (
            open_server_engine(database) as engine,
            engine.database.reading() as connection,
        ):
            widget = widgets.list_all(connection, ORGANIZATION)[0].id
        with roledesk_server(database) as (address, _):
            yield Row("script, page and style of the web chat, compressed", _kb(address, widget), "kB", 20)
            usable, opened = asyncio.run(_visit(f"{address}/widget/{widget}/try"))
            yield Row("a new visitor can press the launcher", percentile(usable, 0.95), "ms p95", 1000)
            yield Row("pressed → he can write", percentile(opened, 0.95), "ms p95")


def _kb(address: str, widget: str) -> float:
    """The loader, the page in its frame, and everything that one names, as a browser would get them."""
    frame = _fetched(f"{address}/widget/{widget}/frame?where=try")
    named = re.findall(r'(?:href|src)="(/static/[^"]+)"', gzip.decompress(frame).decode())
    parts = [_fetched(f"{address}/widget/{widget}.js?where=try"), frame]
    return sum(map(len, [*parts, *(_fetched(address + each) for each in named)])) / 1000


def _fetched(address: str) -> bytes:
    with urlopen(Request(address, headers={"Accept-Encoding": "gzip"})) as answer:  # on loopback
        content: bytes = answer.read()
        return content if answer.headers["Content-Encoding"] == "gzip" else gzip.compress(content)


async def _visit(address: str) -> tuple[list[float], list[float]]:
    async with chromium() as browser:
        # The browser's own start is none of the widget's time.
        await _once(browser, address)
        times = [await _once(browser, address) for _ in range(VISITS)]
    return [usable for usable, _ in times], [opened for _, opened in times]


async def _once(browser: Browser, address: str) -> tuple[float, float]:
    context = await browser.new_context()
    page = await context.new_page()
    start = time.perf_counter()
    await page.goto(address, wait_until="commit")
    window = page.frame_locator("iframe")
    await window.locator("#launcher:not([hidden])").wait_for(state="visible")
    usable = time.perf_counter()
    await window.locator("#launcher").click()
    await window.locator("#text").fill("H")
    opened = time.perf_counter()
    await context.close()
    return 1000 * (usable - start), 1000 * (opened - usable)
