"""A world with words that betray what is B's, and browsers to look for them."""

from dataclasses import dataclass

from starlette.testclient import TestClient
from tests.desk.world import World

from roledesk.engine.sign_ins import open_sign_in
from roledesk.settings import ServerSettings
from roledesk.web.cookies import Cookies
from roledesk.web.identity import COOKIE


@dataclass
class Marked:
    """`mine` and `waiting` are of team A, `theirs` of team B; Xenia is in `mine` and `theirs`."""

    world: World
    app: object
    settings: ServerSettings
    xenia: str
    mine: str
    waiting: str
    theirs: str

    def as_(self, agent: str, accept: str = "text/html") -> TestClient:
        client = TestClient(self.app, base_url="http://testserver", follow_redirects=False)  # type: ignore[arg-type]
        client.headers.update({"Sec-Fetch-Site": "same-origin", "Accept": accept})
        secret = open_sign_in(self.world.organization, agent, lifetime_s=3600)
        client.cookies.set("roledesk-sign-in", Cookies(self.settings).sign(COOKIE, [secret]))
        return client
