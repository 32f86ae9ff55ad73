"""A running server over the desk of the tests, and a browser for each agent."""

from dataclasses import dataclass

from starlette.testclient import TestClient
from tests.desk.world import World

from roledesk.engine.sign_ins import open_sign_in
from roledesk.settings import ServerSettings, load_settings
from roledesk.web.cookies import Cookies
from roledesk.web.identity import COOKIE

SETTINGS = load_settings(ServerSettings, given={"secret": "of-the-tests-" * 3})


@dataclass(frozen=True)
class Site:
    """The server, and a browser for each agent."""

    world: World
    app: object

    def as_(self, agent: str) -> TestClient:
        client = TestClient(self.app, base_url="http://testserver", follow_redirects=False)  # type: ignore[arg-type]
        client.headers.update({"Accept": "text/html", "Sec-Fetch-Site": "same-origin"})
        secret = open_sign_in(self.world.organization, agent, lifetime_s=3600)
        client.cookies.set("roledesk-sign-in", Cookies(SETTINGS).sign(COOKIE, [secret]))
        return client
