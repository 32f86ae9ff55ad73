"""Which agents somebody may see in a list, so that the store filters them in its query."""

from __future__ import annotations

from roledesk.core.reach import NOWHERE
from roledesk.core.refusals import agent_resource
from roledesk.engine import Guard
from roledesk.store.people import Within


def within(asker: Guard, action: str) -> Within | None:
    """The agents on whom `asker` may take `action`; None when on everybody."""
    extent = asker.reach(action).by_state.get(None, NOWHERE)
    if extent.everything:
        return None
    me, policy = asker.subject.id, asker.organization.policy
    sees_himself = me in policy.agents and asker.allows(action, agent_resource(policy, me))
    return Within(extent.teams, me if sees_himself else None)
