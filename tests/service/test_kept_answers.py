"""A kept answer is the one that the rule would give: asked of everything, each fact changed in turn."""

from itertools import product

from tests.web.conftest import Desk

from roledesk.core.changes import Change, PutRole, SetAssignments
from roledesk.core.terms import Assignment, Resource, Role, Scope, Subject
from roledesk.engine import Organization
from roledesk.service.authzen.evaluation import Desk as DecisionDesk
from roledesk.service.authzen.messages import Facts
from roledesk.service.authzen.questions import Question

ACTIONS = ("conversation.view", "conversation.reply", "conversation.transfer", "note.add")
RESOURCES = [
    Resource("conversation", "c-9", owner=owner, team=team, state=state)
    for owner, team, state in product(
        ("ben", "zoe", None), ("billing", "general", None), ("bot", "waiting", "open", "closed", None)
    )
]


def ask_everything(desk: DecisionDesk, organization: Organization) -> None:
    """Ask every question, twice; each answer must be what the organization itself decides."""
    for agent, action, resource in [*product(organization.policy.agents, ACTIONS, RESOURCES)] * 2:
        facts = Facts(resource.team, resource.owner, resource.state)
        served = desk.answer(
            Question("agent", agent, action, "conversation", resource.id, facts), believes=True
        )
        decision = organization.decide(agent, action, resource)
        assert served.allowed is decision.allowed
        assert f'"reason":"{decision.reason}"'.encode() in served.body
        assert f'"revision":"{decision.revision}"'.encode() in served.body


def test_a_kept_answer_is_what_the_rule_gives(desk: Desk) -> None:
    organization, served = desk.organization, DecisionDesk(desk.organization)
    ask_everything(served, organization)
    wider = {"ConversationView": Scope.TEAM, "AgentChatAllowTransfer": Scope.ALL, "PrivateNoteAdd": Scope.OWN}
    edits = (
        PutRole(Role("helper", "Helper", wider)),
        SetAssignments("ben", (Assignment("helper"), Assignment("agent", teams=frozenset({"general"})))),
    )
    organization.commit(Change(edits), by=Subject(desk.owner), because="another shape")
    ask_everything(served, organization)
