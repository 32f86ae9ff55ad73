"""The admin API under nonsense: whatever is sent, the fault is never ours."""

import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import response_schema_conformance
from tests.service.conftest import BASE, SETTINGS
from tests.web.conftest import Desk, found_desk

from roledesk.app import create_app
from roledesk.engine import Engine, open_engine
from roledesk.engine.sign_ins import open_sign_in
from roledesk.web.cookies import Cookies

EXAMPLES = max(8, settings.default.max_examples // 10)
CHECKS = [not_a_server_error, response_schema_conformance]
KNOWN = {"role_id": "agent", "agent_id": "ben", "team_id": "billing", "revision": 1, "token_id": "none"}


def owners_headers(desk: Desk) -> dict[str, str]:
    """What the owner's browser sends, from whom no door is closed; any revision will do."""
    secret = open_sign_in(desk.organization, desk.owner, lifetime_s=3600)
    cookie = f"__Host-roledesk-sign-in={Cookies(SETTINGS).sign('sign-in', [secret])}"
    return {"Cookie": cookie, "Sec-Fetch-Site": "same-origin", "If-Match": "*"}


def send_nonsense(engine: Engine) -> int:
    """Send generated requests to every operation, half of them about things that exist; gives how many."""
    headers = owners_headers(found_desk(engine))
    schema = schemathesis.openapi.from_asgi("/api/v1/openapi.json", create_app(SETTINGS, engine))
    operations = [found.ok() for found in schema.get_all_operations()]
    for operation in operations:

        @settings(
            max_examples=EXAMPLES, deadline=None, database=None, suppress_health_check=list(HealthCheck)
        )
        @given(case=operation.as_strategy(), known=st.booleans())
        def send(case: schemathesis.Case, known: bool) -> None:
            if known:
                case.path_parameters = {name: KNOWN[name] for name in case.path_parameters}
            case.validate_response(case.call(base_url=BASE, headers=headers), checks=CHECKS)

        send()
    return len(operations)


def test_nonsense_is_refused_and_breaks_nothing(database_url: str) -> None:
    with open_engine(database_url, create=True) as engine:
        assert send_nonsense(engine) > 25
        assert engine.organization("acme").verify().rows >= 2
