"""The admin API: JSON below /api/v1, described by OpenAPI 3.1.

The same guards and the same changes as the console; one operation for each action.
"""

from roledesk.service.api import (
    agents,
    description,
    history,
    organization,
    questions,
    requests,
    resources,
    roles,
    teams,
    technical,
    tokens,
)

PARTS = tuple(
    part.routes
    for part in (
        description,
        organization,
        roles,
        teams,
        agents,
        questions,
        history,
        requests,
        tokens,
        technical,
        resources,
    )
)
