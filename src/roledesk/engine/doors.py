"""A plain decorator that puts a function behind an action.

For host programs without a web framework; with FastAPI use `roledesk.web.requires`.
Not here: who is asking, which the host knows.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from roledesk.core.terms import Resource
from roledesk.engine.guard import Guard

P = ParamSpec("P")
R = TypeVar("R")


def protect(
    action: str,
    guard: Callable[[], Guard],
    resource: Callable[P, Resource] | None = None,
) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """The function runs only when `guard()` may take `action` on `resource(*args)`.

    Without `resource` the action is asked about the organization itself. A call that
    is refused raises DeniedError before the function starts.
    """

    def decorate(function: Callable[P, R]) -> Callable[P, R]:
        @wraps(function)
        def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
            guard().require(action, None if resource is None else resource(*args, **kwargs))
            return function(*args, **kwargs)

        return guarded

    return decorate
