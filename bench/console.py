"""The console's pages with 200 roles and 10,000 agents, as a signed-in owner sees them."""

from __future__ import annotations

import gzip
import tempfile
from collections.abc import Iterator
from http.cookiejar import CookieJar
from pathlib import Path
from time import perf_counter
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, OpenerDirector, Request, build_opener

from bench.servers import roledesk_server
from bench.table import Row
from bench.timing import percentile
from bench.worlds import engine_with
from roledesk.engine.sign_ins import set_password
from roledesk.store.people import Person, put_people

VISITS = 40
PASSWORD = "a long password for the bench"
PAGES = (
    "/roles", "/roles/role-7", "/roles/role-7/holders", "/roles/role-7/history", "/roles/new", "/roles/role-7/delete",
    "/agents", "/agents?q=person+77", "/agents/agent-77", "/agents/agent-77/roles", "/agents/new",
    "/teams", "/teams/team-3", "/history", "/activity", "/permissions", "/permissions/AgentChat", "/tokens", "/profile",
    "/explain?agent=agent-77&action=conversation.reply&kind=conversation&team=team-3&state=open",
)  # fmt: skip


def rows() -> Iterator[Row]:
    """Each page's 95th percentile, and how much a first visit carries."""
    with tempfile.TemporaryDirectory() as folder:
        database = f"sqlite:///{folder}/bench.sqlite3"
        with engine_with(10_000, 199, url=database) as organization:
            with organization.database.writing() as connection:
                put_people(
                    connection,
                    "bench",
                    [
                        Person(agent, f"Person {agent}", f"{agent}@example.com")
                        for agent in organization.policy.agents
                    ],
                )
            set_password(organization, "agent-owner", PASSWORD, by="agent-owner")
        with roledesk_server(database) as (address, _):
            opener = _signed_in(address)
            for page in PAGES:
                yield Row(page, percentile(_visits_ms(opener, address + page), 0.95), "ms p95", 100)
            yield Row(
                "first visit: page, script, style and font, compressed",
                _first_visit_kb(opener, address),
                "kB",
                300,
            )


def _signed_in(address: str) -> OpenerDirector:
    opener = build_opener(HTTPCookieProcessor(CookieJar()))
    form = {"organization": "bench", "email": "agent-owner@example.com", "password": PASSWORD}
    sent = Request(
        f"{address}/sign-in", urlencode(form).encode(), {"Origin": address, "Sec-Fetch-Site": "same-origin"}
    )
    with opener.open(sent) as answer:
        if answer.url.endswith("/sign-in"):
            raise SystemExit("the bench could not sign in")
    return opener


def _visits_ms(opener: OpenerDirector, address: str) -> list[float]:
    took = []
    for _ in range(VISITS):
        start = perf_counter()
        with opener.open(address) as answer:
            answer.read()
        took.append(1000 * (perf_counter() - start))
    return took


def _first_visit_kb(opener: OpenerDirector, address: str) -> float:
    """The page and everything under /static/ that it names, as a browser would get them."""
    import re

    with opener.open(f"{address}/roles") as answer:
        page = answer.read().decode()
    named = set(re.findall(r'(?:href|src)="(/static/[^"]+)"', page))
    sizes = [len(gzip.compress(page.encode()))]
    for each in sorted(named):
        with opener.open(Request(address + each, headers={"Accept-Encoding": "gzip"})) as answer:
            sizes.append(len(answer.read()))
    fonts = Path(__file__).parents[1] / "src/roledesk/web/static/vendor/inter"
    latin = [file for file in fonts.glob("*latin*normal*.woff2") if "ext" not in file.name]
    return (sum(sizes) + sum(file.stat().st_size for file in latin)) / 1000
