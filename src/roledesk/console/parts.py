"""The doors of every page of the console, in the order in which addresses are tried."""

from __future__ import annotations

from collections.abc import Sequence

from roledesk.console import (
    activity,
    agent_forms,
    agent_import,
    agent_roles,
    agents,
    entry,
    explain,
    history,
    permissions,
    profile,
    requests,
    role_changes,
    role_deletion,
    role_details,
    role_making,
    role_pages,
    set_up,
    team_forms,
    teams,
    technical,
    tokens,
)
from roledesk.web.routes import Routes

PARTS: Sequence[Routes] = (
    entry.routes,
    set_up.routes,
    profile.routes,
    agent_import.routes,
    agent_forms.routes,
    agent_roles.routes,
    agents.routes,
    team_forms.routes,
    teams.routes,
    history.routes,
    activity.routes,
    tokens.routes,
    technical.routes,
    role_making.routes,
    role_pages.routes,
    role_changes.routes,
    role_details.routes,
    role_deletion.routes,
    requests.routes,
    explain.routes,
    permissions.routes,
)
