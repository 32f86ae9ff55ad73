"""Two browsers that look on: when each message stands on the page, and when a button goes, without a reload."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass

from playwright.async_api import Page

from bench.browsers import chromium

BROWSERS = 2
# Moments are the browser's own, so that asking for them costs the page nothing.
WATCH = """
window.seen = {}; window.gone = null; window.told = null;
const look = () => {
  const now = Date.now();
  for (const [number] of document.querySelector('[role=log]').innerText.matchAll(/hello \\d+/g)) window.seen[number] ??= now;
  if (!document.querySelector('a[href*="/transfer"]')) window.gone ??= now;
  if (document.querySelector('#toast')?.textContent.includes('Transfer chats')) window.told ??= now;
};
new MutationObserver(look).observe(document.body, {subtree: true, childList: true, characterData: true});
"""


@dataclass(frozen=True, slots=True)
class Watched:
    """What one browser saw: moments in milliseconds since 1970, and how many doors opened afterwards."""

    seen: Mapping[str, float]
    gone: float
    told: float
    opened: int


@asynccontextmanager
async def watching(address: str, cookies: Mapping[str, str], conversation: str) -> AsyncIterator[list[Page]]:
    """Browsers that show the conversation, each with a profile of its own."""
    async with chromium() as browser:
        pages = []
        for _ in range(BROWSERS):
            context = await browser.new_context(base_url=address)
            await context.add_cookies(
                [{"name": name, "value": value, "url": address} for name, value in cookies.items()]
            )
            page = await context.new_page()
            await page.goto(f"/inbox/{conversation}")
            await page.get_by_role("link", name="Transfer", exact=True).wait_for()
            await page.evaluate(WATCH)
            pages.append(page)
        yield pages


async def watched(page: Page, conversation: str) -> Watched:
    """What the browser saw. A page that was loaded anew has seen nothing."""
    told = await page.evaluate("[window.seen ?? {}, window.gone ?? Infinity, window.told ?? Infinity]")
    shut = await page.request.get(f"/inbox/{conversation}/transfer")
    sent = await page.request.post(
        f"/inbox/{conversation}/transfer", form={"to": "team:care"}, headers={"Sec-Fetch-Site": "same-origin"}
    )
    return Watched(*told, sum(answer.status != 403 for answer in (shut, sent)))
