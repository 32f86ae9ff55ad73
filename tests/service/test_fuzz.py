"""The JSON API under nonsense: whatever is sent, the fault is never ours."""

import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import response_schema_conformance
from tests.desk.world import FOUNDED, Wall, World
from tests.service.conftest import BASE, SETTINGS

from roledesk import Clock, Scope
from roledesk.app import create_app
from roledesk.composition import open_server_engine
from roledesk.desk import categories, replies, tags, webhooks
from roledesk.desk.webhooks import WebhookForm
from roledesk.engine import Engine
from roledesk.engine.requests import ask
from roledesk.engine.sign_ins import open_sign_in
from roledesk.web.cookies import Cookies

EXAMPLES = max(8, settings.default.max_examples // 10)
CHECKS = [not_a_server_error, response_schema_conformance]
# Nothing is ever sent to it.
SILENT = WebhookForm("Silent", "https://93.184.216.34/hook", ("started",), enabled=False)


def owners_headers(world: World) -> dict[str, str]:
    """What the owner's browser sends, from whom no door is closed; any revision will do."""
    secret = open_sign_in(world.organization, "olu", lifetime_s=3600)
    cookie = f"__Host-roledesk-sign-in={Cookies(SETTINGS).sign('sign-in', [secret])}"
    return {"Cookie": cookie, "Sec-Fetch-Site": "same-origin", "If-Match": "*"}


def existing(world: World) -> dict[str, str | int]:
    """Something that exists for each name in a path; what is called `id` stands under its collection."""
    owner, tag = world.guard("olu"), tags.create_tag(world.guard("olu"), "vip").id
    return {
        "role_id": "agent",
        "agent_id": "a1",
        "agent": "a1",
        "team_id": "b",
        "team": "a",
        "revision": 1,
        "token_id": "none",
        "seq": 1,
        "tag": tag,
        "tags": tag,
        "conversations": world.opened("a1").id,
        "customers": world.customer(),
        "files": "none",
        "categories": categories.create_category(owner, "Sales").id,
        "own-replies": replies.put_own_reply(owner, "Hi", "Hello").id,
        "standard-replies": replies.put_standard_reply(owner, "Bye", "Goodbye").id,
        "widgets": "acme-a",
        "webhooks": webhooks.create_webhook(owner, SILENT).id,
        "access-requests": ask(
            world.guard("ai"), "AgentChat", scope=Scope.TEAM, team="a", because="To help", lasts_s=3600
        ).id,
    }


def is_last(operation: schemathesis.APIOperation) -> bool:
    """Whether it may do away with what the others are about."""
    return operation.method == "delete"


def send_nonsense(engine: Engine, wall: Wall) -> int:
    """Send generated requests to every operation, half of them about things that exist; gives how many."""
    world = World(engine.found("acme", FOUNDED, because="It opens"), wall)
    headers, things = owners_headers(world), existing(world)
    schema = schemathesis.openapi.from_asgi("/api/v1/openapi.json", create_app(SETTINGS, engine))
    operations = sorted((found.ok() for found in schema.get_all_operations()), key=is_last)
    for operation in operations:
        things["id"] = things.get(operation.path.split("/")[3], "none")

        @settings(
            max_examples=EXAMPLES, deadline=None, database=None, suppress_health_check=list(HealthCheck)
        )
        @given(case=operation.as_strategy(), known=st.booleans())
        def send(case: schemathesis.Case, known: bool) -> None:
            if known:
                case.path_parameters = {name: things[name] for name in case.path_parameters}
            case.validate_response(case.call(base_url=BASE, headers=headers), checks=CHECKS)

        send()
    return len(operations)


def test_nonsense_is_refused_and_breaks_nothing(database_url: str) -> None:
    wall = Wall()
    with open_server_engine(database_url, create=True, clock=Clock(wall)) as engine:
        assert send_nonsense(engine, wall) > 80
        assert engine.organization("acme").verify().rows >= 2
