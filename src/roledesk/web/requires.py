"""A FastAPI dependency that puts a host program's own route behind an action.

    @app.post("/conversations/{id}/transfer", dependencies=[requires("conversation.transfer", guard=asker)])

`asker` is a dependency of the host's that gives the Guard of whoever asks. With
`FastAPI(exception_handlers={RoledeskError: tell})` (roledesk.web.problems) a refusal
becomes 403, or 404 for what the asker may not even view.
Not here: Roledesk's own doors (routes.py).
"""

from collections.abc import Callable
from typing import Any

from fastapi import Depends

from roledesk.core.decide import Decision
from roledesk.core.terms import Resource
from roledesk.engine import Guard


def the_organization() -> None:
    """What an action is asked about when no resource is named: the organization itself."""


def requires(
    action: str,
    *,
    guard: Callable[..., Guard],
    resource: Callable[..., Resource | None] = the_organization,
) -> Any:
    """A dependency that gives the Decision, or raises DeniedError before the route runs.

    `guard` and `resource` are dependencies themselves: they may take the request, path
    parameters and further dependencies. Without `resource` the organization is meant.
    """

    def check(who: Guard = Depends(guard), what: Resource | None = Depends(resource)) -> Decision:
        return who.require(action, what)

    return Depends(check)
