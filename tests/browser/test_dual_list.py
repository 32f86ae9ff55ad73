"""The dual list under hand and key: what is moved there ends in the form's own fields."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import pytest
from jinja2 import Environment, FileSystemLoader
from playwright.sync_api import Page, Route, expect

import roledesk
from roledesk.console.role_editor import Area, Editor, Item, Mark
from roledesk.web.envelope import CONTENT_SECURITY_POLICY
from roledesk.web.phrases import FILTERS

ROOT = Path(roledesk.__file__).parent
SITE = "http://roledesk.test"
TYPES = {".css": "text/css", ".js": "text/javascript", ".woff2": "font/woff2", ".svg": "image/svg+xml"}
PAGE = """{% import "ui.html" as ui with context %}{% import "fields.html" as fields with context %}
<!doctype html><html lang="en"><head><title>Roles</title>{% include "_styles.html" %}{% include "_scripts.html" %}</head>
<body><main class="detail-pane"><h1>Roles</h1>{% include "_dual_list.html" %}</main></body></html>"""


def item(key: str, title: str, saved: str = "none", scopes: tuple[str, ...] = (), reserved: str = "") -> Item:
    change: Mark = ""
    return Item(key, title, f"{title}, in other words.", scopes, saved, saved, True, change, reserved, None)


WIDE = ("own", "team", "all")
AREAS = (
    Area(
        "Chat",
        (
            item("AgentChat", "Handle chats", "team", WIDE),
            item("Transfer", "Transfer chats", "none", WIDE),
            item("Supervise", "Supervise chats"),
            item("SuperviseAll", "Supervise all teams"),
        ),
    ),
    Area("Customers", (item("Export", "Export customers", "team", ("team", "all")),)),
    Area(
        "Administration", (item("Roles", "Roles and permissions", reserved="Only the owner may hold this."),)
    ),
)


@dataclass(frozen=True, slots=True)
class Opened:
    id: str = "support"


class Site:
    """Answers the browser with the page, its assets and the preview; remembers what was sent."""

    def __init__(self) -> None:
        folders = [ROOT / "web" / "templates", ROOT / "console" / "templates"]
        pages = Environment(
            loader=FileSystemLoader(folders), autoescape=True, trim_blocks=True, lstrip_blocks=True
        )
        pages.filters.update(FILTERS)
        pages.globals.update(static=lambda path: f"/static/{path}", editor=Editor(AREAS, 212), role=Opened())
        self.page = pages.from_string(PAGE).render()
        self.preview = pages.get_template("_role_staged.html").render()
        self.sent: list[tuple[str, dict[str, str]]] = []

    def answer(self, route: Route) -> None:
        path = urlsplit(route.request.url).path
        if path.startswith("/static/"):
            file = ROOT / "web" / path.removeprefix("/")
            route.fulfill(body=file.read_bytes(), content_type=TYPES[file.suffix])
        elif route.request.method == "POST":
            self.sent.append((path, dict(parse_qsl(route.request.post_data or ""))))
            route.fulfill(body=self.preview, content_type="text/html; charset=utf-8")
        else:
            headers = {"Content-Security-Policy": CONTENT_SECURITY_POLICY}
            route.fulfill(body=self.page, content_type="text/html; charset=utf-8", headers=headers)

    def grants(self) -> dict[str, str]:
        fields = self.sent[-1][1]
        return {
            name: value for name, value in fields.items() if name.startswith("grant.") and value != "none"
        }


@pytest.fixture
def site(page: Page) -> Iterator[Site]:
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
    site = Site()
    page.route("**/*", site.answer)
    page.goto(f"{SITE}/roles/support")
    expect(page.locator("dual-list:defined")).to_be_visible()
    yield site
    page.unroute_all(behavior="ignoreErrors")  # a preview may still be on its way
    assert complaints == []


def row(page: Page, key: str) -> str:
    return f"[data-key={key}]"


def where(page: Page, key: str) -> str:
    return str(page.locator(row(page, key)).evaluate("row => row.closest('[data-pane]').dataset.pane"))


def in_focus(page: Page) -> str:
    return str(page.evaluate("document.activeElement.closest('.permission').dataset.key"))


def test_keys_alone_mark_move_widen_and_save(page: Page, site: Site) -> None:
    page.get_by_label("Search permissions").press("ArrowDown")
    assert in_focus(page) == "Transfer"
    page.keyboard.press("Enter")
    assert (where(page, "Transfer"), in_focus(page)) == ("selected", "Supervise")
    page.keyboard.press("Space")
    page.keyboard.press("Shift+ArrowDown")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_have_text("2 permissions added. 3 changes staged.")
    page.locator(f"{row(page, 'AgentChat')} [data-pick]").focus()
    page.keyboard.press("t")
    assert in_focus(page) == "Transfer"
    page.keyboard.press("ArrowRight")
    page.get_by_label("Why? Kept in history").fill("second line joined")
    with page.expect_response(f"{SITE}/roles/support"):
        page.keyboard.press("Enter")
    assert site.sent[-1][0] == "/roles/support"
    assert site.grants() == {
        "grant.AgentChat": "team",
        "grant.Transfer": "team",
        "grant.Supervise": "all",
        "grant.SuperviseAll": "all",
        "grant.Export": "team",
    }


def test_the_preview_is_asked_with_what_is_staged(page: Page, site: Site) -> None:
    with page.expect_response("**/preview"):
        page.locator(row(page, "Export")).locator(".permission-pick").dblclick()
    assert site.sent[-1][0] == "/roles/support/preview"
    assert site.grants() == {"grant.AgentChat": "team"}


def test_every_mark_is_a_word_too(page: Page, site: Site) -> None:
    page.locator(row(page, "Export")).locator(".permission-pick").dblclick()
    page.locator(row(page, "Transfer")).locator(".permission-pick").dblclick()
    page.locator(row(page, "AgentChat")).get_by_role("radio", name="Own").check()
    marks = {
        key: page.locator(f"{row(page, key)} .permission-mark").inner_text()
        for key in ("Export", "Transfer", "AgentChat")
    }
    assert marks == {"Export": "will be removed", "Transfer": "new", "AgentChat": "team → own"}
    expect(page.locator("[data-changes]")).to_have_text("3 changes")


def test_one_search_looks_into_both_panes_and_bounds_the_double_arrows(page: Page, site: Site) -> None:
    page.get_by_label("Search permissions").fill("superv")
    expect(page.locator(".permission:visible")).to_have_count(2)
    page.get_by_role("button", name="Add all permissions shown").click()
    page.get_by_label("Search permissions").fill("")
    assert [where(page, key) for key in ("Supervise", "SuperviseAll", "Transfer")] == [
        "selected",
        "selected",
        "available",
    ]


def test_what_is_reserved_cannot_be_added(page: Page, site: Site) -> None:
    page.get_by_role("button", name="Add all permissions shown").click()
    assert where(page, "Roles") == "available"


def test_moving_back_leaves_nothing_staged(page: Page, site: Site) -> None:
    for _ in range(2):
        page.locator(row(page, "Transfer")).locator(".permission-pick").dblclick()
    expect(page.locator("[data-changes]")).to_have_text("No changes")
    expect(page.get_by_role("button", name="Update role")).to_be_disabled()


def test_a_screen_reader_finds_nothing_wrong(page: Page, site: Site, axe_source: str) -> None:
    page.emulate_media(reduced_motion="reduce")  # a row on its way is half transparent
    page.locator(row(page, "Transfer")).locator(".permission-pick").dblclick()
    page.evaluate(axe_source)
    found = page.evaluate(
        "axe.run('main').then(result => Object.fromEntries(result.violations.map(each => [each.id, each.nodes[0].html])))"
    )
    assert found == {}
