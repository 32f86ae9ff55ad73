"""The doors of every page of the console, in the order in which addresses are tried."""

from __future__ import annotations

from collections.abc import Sequence

from roledesk.console import (
    explain,
    permissions,
    role_changes,
    role_deletion,
    role_details,
    role_making,
    role_pages,
)
from roledesk.web.routes import Routes

PARTS: Sequence[Routes] = (
    role_making.routes,
    role_pages.routes,
    role_changes.routes,
    role_details.routes,
    role_deletion.routes,
    explain.routes,
    permissions.routes,
)
