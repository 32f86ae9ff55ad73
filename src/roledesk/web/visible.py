"""Which agents somebody may see in a list, so that the store filters them in its query.

And which edits of a history row: a row about several agents is shown to somebody who
reads some of them, without the rest.
"""

from __future__ import annotations

from collections.abc import Callable

from roledesk.core.changes import Edit, PutAgent, PutTeam, RemoveTeam, SetAssignments
from roledesk.core.policy import Policy, Standing
from roledesk.core.reach import NOWHERE
from roledesk.core.terms import Resource
from roledesk.engine import Guard
from roledesk.store.people import Within


def within(asker: Guard, action: str) -> Within | None:
    """The agents on whom `asker` may take `action`; None when on everybody."""
    extent = asker.reach(action).by_state.get(None, NOWHERE)
    if extent.everything:
        return None
    me, policy = asker.subject.id, asker.organization.policy
    sees_himself = me in policy.agents and extent.covers(me, about_agent(policy, action, me))
    return Within(extent.teams, me if sees_himself else None)


def may_read_about(asker: Guard, agent: str) -> bool:
    """Whether `asker` may read the history of `agent`."""
    policy = asker.organization.policy
    return asker.allows("history.read", about_agent(policy, "history.read", agent))


def edits_readable(asker: Guard) -> Callable[[Edit], bool]:
    """Which edits of a history row `asker` may read; roles belong to no team, so they need the widest reach."""
    if asker.allows("history.read"):
        return lambda _edit: True

    def is_readable(edit: Edit) -> bool:
        match edit:
            case PutAgent(agent) | SetAssignments(agent):
                return may_read_about(asker, agent)
            case PutTeam(team):
                return asker.allows("history.read", Resource("history", team=team.id))
            case RemoveTeam(id):
                return asker.allows("history.read", Resource("history", team=id))
        return False

    return is_readable


def about_agent(policy: Policy, action: str, agent: str) -> Resource:
    """An agent as what `action` is asked about: in all of his teams, and his own; a no for an unknown one."""
    kind = policy.catalogue.get_action(action).kind
    return Resource(kind, agent, owner=agent, teams=policy.agents.get(agent, Standing()).teams)
