"""A host program's own routes, behind actions."""

from collections.abc import Iterator
from typing import Annotated

import pytest
from fastapi import Depends, FastAPI
from starlette.testclient import TestClient

from roledesk import Engine, Guard, Resource, RoledeskError, Source, open_engine, parse_catalogue
from roledesk.core.changes import Change, Found, PutAgent, PutRole, PutTeam, SetAssignments
from roledesk.core.terms import Assignment, Role, Scope, Status, Team
from roledesk.web.problems import tell
from roledesk.web.requires import requires

CATALOGUE = """
[catalogue]
name = "shop"
[areas]
orders = "Orders"
[kinds.order]
title = "Order"
view = "order.view"
[permissions.OrderView]
area = "orders"
title = "See orders"
help = "Open an order."
without = "Orders are not shown."
reach = ["own", "team", "all"]
opens = ["order.view"]
[permissions.OrderRefund]
area = "orders"
title = "Refund orders"
help = "Give the money back."
without = "No refund button."
reach = ["own", "team", "all"]
opens = ["order.refund"]
"""


@pytest.fixture
def engine() -> Iterator[Engine]:
    with open_engine("sqlite://", create=True) as engine:
        edits = (
            Found("Shop", catalogue=(), catalogue_text=CATALOGUE),
            PutRole(Role("owner", "Owner", owner=True)),
            PutRole(Role("clerk", "Clerk", {"OrderView": Scope.TEAM, "OrderRefund": Scope.OWN})),
            PutTeam(Team("north", "North", default=True)),
            PutAgent("ola", Status.ACTIVE),
            PutAgent("cleo", Status.ACTIVE, frozenset({"north"})),
            SetAssignments("ola", (Assignment("owner"),)),
            SetAssignments("cleo", (Assignment("clerk"),)),
        )
        engine.found("shop", Change(edits), because="start")
        yield engine


@pytest.mark.parametrize(
    ("order", "status"),
    [
        pytest.param("north-cleo", 200, id="her own order"),
        pytest.param("north-bo", 403, id="one she sees but may not refund"),
        pytest.param("south-bo", 404, id="one she may not even see"),
    ],
)
def test_a_host_route_opens_to_whoever_may_take_its_action(engine: Engine, order: str, status: int) -> None:
    def asker() -> Guard:
        return engine.organization("shop").guard("cleo")

    def the_order(order: str) -> Resource:
        team, owner = order.split("-")
        return Resource("order", order, team=team, owner=owner)

    app = FastAPI(exception_handlers={RoledeskError: tell})

    @app.post(
        "/orders/{order}/refund", dependencies=[requires("order.refund", guard=asker, resource=the_order)]
    )
    def refund(order: str, who: Annotated[Guard, Depends(asker)]) -> str:
        return f"{who.subject.id} refunded {order}"

    assert TestClient(app).post(f"/orders/{order}/refund").status_code == status


def test_a_catalogue_of_ones_own_is_read_alone() -> None:
    assert set(parse_catalogue([Source("shop", CATALOGUE)]).actions) == {"order.view", "order.refund"}
