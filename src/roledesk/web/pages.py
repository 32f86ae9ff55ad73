"""Pages: templates filled in, each in the frame that belongs to who looks at it.

Every template gets `may(action)`, `static(path)` and `frame`: the organization, the agent
signed in, and the notice that the last step left behind.
Not here: what a page shows (console/), how it looks (templates, static).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from fastapi.responses import HTMLResponse, RedirectResponse
from jinja2 import Environment, FileSystemLoader
from starlette.requests import Request

from roledesk.engine.guard import Guard
from roledesk.store.people import find_person
from roledesk.web.assets import Assets
from roledesk.web.cookies import Cookies
from roledesk.web.identity import find_asker
from roledesk.web.live import position_of
from roledesk.web.phrases import FILTERS
from roledesk.web.problems import REFUSED, SEE_OTHER, Problem, is_for_part
from roledesk.web.server import server_of

Beside = Callable[[Guard], object]

FOLDER = Path(__file__).parent / "templates"
NOTICE = "notice"


@dataclass(frozen=True, slots=True)
class Notice:
    """What the last step came to: what, then where or why, then what next."""

    kind: Literal["done", "refused", "error", "note"]
    title: str
    lines: tuple[str, ...] = ()
    href: str = ""
    link: str = ""


@dataclass(frozen=True, slots=True)
class Me:
    """The agent who looks at the page."""

    id: str
    name: str
    role: str


@dataclass(frozen=True, slots=True)
class Frame:
    """What stands around every page.

    `beside` is what a part of the program adds to the side bar, in a form its own
    templates know; `position` is where the page stands for the live stream, `preview` as whom
    somebody looks at it.
    """

    organization: str = "Roledesk"
    agent: Me | None = None
    notice: Notice | None = None
    beside: object = None
    position: str = ""
    preview: object = None


class Pages:
    """Fills in templates from `folders`; the kit's own are always among them."""

    def __init__(
        self, assets: Assets, cookies: Cookies, folders: Sequence[Path] = (), beside: Beside | None = None
    ) -> None:
        loader = FileSystemLoader([FOLDER, *folders])
        self.templates = Environment(
            loader=loader, autoescape=True, auto_reload=False, trim_blocks=True, lstrip_blocks=True
        )
        self.templates.filters.update(FILTERS)
        self.templates.globals["static"] = assets.address
        self.assets = assets
        self.cookies = cookies
        self._beside = beside

    def render(
        self,
        request: Request,
        template: str,
        context: Mapping[str, Any],
        *,
        notice: Notice | None = None,
        refused: bool = False,
    ) -> HTMLResponse:
        """The page; `refused` when what was sent could not be taken. Reads the database: not for the event loop."""
        left = self._find_notice(request)
        asker = find_asker(request)
        frame = frame_of(asker, notice or left)
        if asker is not None:
            preview = getattr(request.state, "preview", None)
            frame = replace(
                frame,
                beside=self._beside and self._beside(asker),
                position=position_of(request),
                preview=preview,
            )
        text = self.templates.get_template(template).render({**context, "frame": frame, "may": _may(asker)})
        response = HTMLResponse(text, REFUSED if refused else 200)
        if left is not None:
            self.cookies.clear(response, NOTICE)
        return response

    def render_bare(self, template: str, context: Mapping[str, Any]) -> HTMLResponse:
        """A page without a frame, for whoever is not an agent."""
        return HTMLResponse(self.templates.get_template(template).render(context))

    def render_problem(self, request: Request, problem: Problem) -> HTMLResponse:
        """The page of an error; one line of it where only a part of a page was asked for."""
        lines = [f"{line[:1].upper()}{line[1:]}." for line in problem.lines]
        request_id = request.state.request_id if problem.is_ours else None
        context = {"status": int(problem.status), "title": problem.title, "lines": lines}
        template = "_problem.html" if is_for_part(request) else "error.html"
        page = self.render(request, template, {**context, "help": problem.help, "request_id": request_id})
        page.status_code = problem.status
        return page

    def redirect(self, address: str, notice: Notice | None = None) -> RedirectResponse:
        """Go on to `address` and show `notice` there, once."""
        response = RedirectResponse(address, SEE_OTHER)
        if notice is not None:
            parts = [notice.kind, notice.title, notice.href, notice.link, *notice.lines]
            self.cookies.set(response, NOTICE, parts, max_age_s=60)
        return response

    def _find_notice(self, request: Request) -> Notice | None:
        # A page that looks again takes no word that another is about to say.
        if request.headers.get("roledesk-notice") == "leave":
            return None
        match self.cookies.find(request, NOTICE):
            case [("done" | "refused" | "error" | "note") as kind, title, href, link, *lines]:
                return Notice(kind, title, tuple(lines), href, link)
        return None


def frame_of(asker: Guard | None, notice: Notice | None) -> Frame:
    """The frame for who asks; a service token is nobody to look at a page."""
    if asker is None:
        return Frame(notice=notice)
    if asker.subject.id not in asker.organization.policy.agents:
        return (
            Frame(asker.organization.policy.name, notice=notice) if asker.is_preview else Frame(notice=notice)
        )
    policy = asker.organization.policy
    with asker.organization.database.reading() as connection:
        person = find_person(connection, policy.organization, asker.subject.id)
    roles = ", ".join(policy.roles[role].name for role in policy.agents[asker.subject.id].roles)
    me = Me(asker.subject.id, person.name if person else asker.subject.id, roles)
    return Frame(policy.name, me, notice)


def page_of(request: Request) -> Pages:
    """The pages of the server that this request came to."""
    return server_of(request).pages


def _may(asker: Guard | None) -> Callable[[str], bool]:
    return asker.may if asker is not None else lambda _action: False
