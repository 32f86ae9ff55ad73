"""`check`, `explain` and `who-can`: questions, answered by the same rule as everywhere."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches
from typing import Annotated

import typer

from roledesk.cli.exits import ExitCode, end
from roledesk.cli.options import AsJson, Database, Org, opened_organization
from roledesk.cli.terminal import say, say_fact, say_json, shortened
from roledesk.core.catalogue import Catalogue
from roledesk.core.decide import Decision, decide
from roledesk.core.policy import Standing
from roledesk.core.terms import Grant, Reason, Resource, Scope
from roledesk.engine import Organization
from roledesk.engine.differences import spelled_assignment, spelled_moment
from roledesk.errors import InputError, UnknownActionError
from roledesk.service.facts import own_resource
from roledesk.store import resources

WHY = {
    Reason.GRANTED: "a role he holds opens it here",
    Reason.NO_GRANT: "no role he holds opens this action",
    Reason.NOT_IN_FORCE: "a role of his would open it, at another time",
    Reason.WRONG_STATE: "his roles open it, but not in this state",
    Reason.OUT_OF_SCOPE: "his roles open it, but do not reach this far",
    Reason.NOT_VIEWABLE: "his roles would open it, but he may not view this",
    Reason.MISSING_FACTS: "the state is needed to decide; say it with --state",
    Reason.INACTIVE: "he is not active; only an active agent is allowed anything",
    Reason.UNKNOWN_SUBJECT: "there is no such agent here",
    Reason.UNKNOWN_RESOURCE: "nothing is known of it; register it, or say --team, --owner and --state",
}

Agent = Annotated[str, typer.Argument(metavar="AGENT", help="The agent's id.", show_default=False)]
Action = Annotated[
    str, typer.Argument(metavar="ACTION", help="The action, like conversation.reply.", show_default=False)
]
About = Annotated[
    str | None,
    typer.Argument(
        metavar="KIND:ID",
        help="What it is done to; without it, the organization itself.",
        show_default=False,
    ),
]
InTeam = Annotated[str | None, typer.Option("--team", metavar="TEAM", help="The team it belongs to.")]
Owner = Annotated[str | None, typer.Option("--owner", metavar="AGENT", help="The agent whose it is.")]
State = Annotated[str | None, typer.Option("--state", metavar="STATE", help="The state it is in.")]


def check(
    agent: Agent,
    action: Action,
    resource: About = None,
    team: InTeam = None,
    owner: Owner = None,
    state: State = None,
    org: Org = None,
    database: Database = None,
    as_json: AsJson = False,
) -> None:
    """May this agent do this? Ends with 0 when allowed and 2 when denied.

    Facts of a registered resource are known; say those of any other.

    Examples:
      roledesk check amal conversation.transfer conversation:c-41
      roledesk check amal conversation.reply conversation:c-7 --team billing --owner amal --state open
      roledesk check amal role.edit
    """
    with opened_organization(database, org) as organization:
        facts = Resource("", owner=owner, team=team, state=state)
        decision = _decided(organization, agent, action, resource, facts)
        if as_json:
            from roledesk.cli.bodies import answer_body

            say_json(answer_body(decision))
        else:
            _say_decision(decision)
            _say_short(organization, decision)
        end(ExitCode.OK if decision.allowed else ExitCode.DENIED)


def explain(
    agent: Agent,
    action: Action,
    resource: About = None,
    team: InTeam = None,
    owner: Owner = None,
    state: State = None,
    org: Org = None,
    database: Database = None,
    as_json: AsJson = False,
) -> None:
    """Why may this agent do this, or not; what is missing, and which role gives it.

    Examples:
      roledesk explain amal conversation.transfer conversation:c-41
      roledesk explain amal customer.export --json
    """
    with opened_organization(database, org) as organization:
        facts = Resource("", owner=owner, team=team, state=state)
        decision = _decided(organization, agent, action, resource, facts)
        if as_json:
            from roledesk.cli.bodies import decision_body

            say_json(decision_body(decision))
        else:
            _say_decision(decision)
            _say_long(organization, decision)
        end(ExitCode.OK if decision.allowed else ExitCode.DENIED)


def who_can(
    action: Action,
    resource: About = None,
    team: InTeam = None,
    owner: Owner = None,
    state: State = None,
    org: Org = None,
    database: Database = None,
    as_json: AsJson = False,
) -> None:
    """Which agents may do this?

    Examples:
      roledesk who-can role.edit
      roledesk who-can conversation.view conversation:c-41
    """
    with opened_organization(database, org) as organization:
        facts = Resource("", owner=owner, team=team, state=state)
        name, asked = _asked(organization, action, resource, facts)
        unknown = isinstance(asked, Reason)
        agents = [] if isinstance(asked, Reason) else sorted(organization.who_can(name, asked))
        if as_json:
            from roledesk.cli.bodies import who_body

            say_json(who_body(organization, agents))
            return
        say(
            f"{len(agents)} can   {name}   ({organization.id}, revision {organization.revision.number})",
            style="bold",
        )
        if unknown:
            say_fact("because", WHY[Reason.UNKNOWN_RESOURCE])
        for agent in agents:
            roles = organization.policy.agents[agent].roles
            say_fact(agent, ", ".join(roles))


def _decided(
    organization: Organization, agent: str, action: str, about: str | None, facts: Resource
) -> Decision:
    name, asked = _asked(organization, action, about, facts)
    subject = organization.subject(agent)
    if isinstance(asked, Reason):
        kind, _, id = (about or "").partition(":")
        return Decision(False, asked, subject, name, Resource(kind, id), organization.snapshot)
    return decide(organization.snapshot, subject, name, asked)


def _asked(
    organization: Organization, action: str, about: str | None, facts: Resource
) -> tuple[str, Resource | Reason | None]:
    """The action's full name, and what it is asked about: a resource, the organization, or why not."""
    catalogue = organization.policy.catalogue
    if about is None or about == f"organization:{organization.id}":
        return _named(catalogue, None, action), None
    kind, colon, id = about.partition(":")
    if not colon:
        raise InputError("KIND:ID", f"`{about}` has no colon; write it like conversation:c-41")
    name = _named(catalogue, catalogue.get_kind(kind).name, action)
    return name, _resource(organization, kind, id, facts) or Reason.UNKNOWN_RESOURCE


def _resource(organization: Organization, kind: str, id: str, facts: Resource) -> Resource | None:
    """The resource as it is known here, with the facts that were given instead; None when nothing is known."""
    with organization.database.reading() as connection:
        registered = resources.find(connection, organization.id, kind, id)
    known = own_resource(organization.policy, kind, id) or registered
    if known is None and (facts.owner, facts.team, facts.state) == (None, None, None):
        return None
    base = known or Resource(kind, id)
    return Resource(
        kind,
        id,
        owner=facts.owner or base.owner,
        team=facts.team or base.team,
        teams=base.teams,
        state=facts.state or base.state,
    )


def _named(catalogue: Catalogue, kind: str | None, action: str) -> str:
    """The full name of an action, also where callers say less. Raises UnknownActionError, InputError."""
    found = action if action in catalogue.actions else kind and catalogue.find_action(kind, action)
    if found:
        return found
    alike = get_close_matches(action, catalogue.actions, n=3)
    if alike:
        raise InputError("ACTION", f"`{action}` is not in the catalogue; did you mean {' or '.join(alike)}?")
    raise UnknownActionError(action)


def _say_decision(decision: Decision) -> None:
    word, style = ("allowed", "bold green") if decision.allowed else ("denied", "bold red")
    place = f"({decision.organization}, revision {decision.revision.number})"
    say(f"{word.ljust(8)} {decision.reason}   {place}", style=style)


def _say_short(organization: Organization, decision: Decision) -> None:
    _say_grants(decision)
    if decision.allowed:
        return
    say_fact("that is", WHY[decision.reason])
    _say_held(organization, decision)
    _say_missing(decision)
    say_fact(
        "ask why", f"roledesk explain {decision.subject.id} {decision.action}{_about(decision.resource)}"
    )


def _say_long(organization: Organization, decision: Decision) -> None:
    say_fact("that is", WHY[decision.reason])
    for line in _spelled_facts(decision.resource):
        say_fact("asked about", line)
    _say_grants(decision)
    _say_held(organization, decision)
    _say_missing(decision)


def _say_grants(decision: Decision) -> None:
    for grant in decision.grants:
        say_fact("because", _spelled_grant(grant))
    if decision.valid_until is not None:
        say_fact("holds until", spelled_moment(decision.valid_until))


def _say_held(organization: Organization, decision: Decision) -> None:
    standing = organization.policy.agents.get(decision.subject.id)
    if standing is None:
        return
    say_fact("holds", "; ".join(_spelled_roles(standing)) or "no role")
    say_fact("belongs to", shortened(sorted(standing.teams)) or "no team")


def _spelled_roles(standing: Standing) -> Iterator[str]:
    return (spelled_assignment(each) for each in standing.assignments)


def _say_missing(decision: Decision) -> None:
    if decision.reason is Reason.UNKNOWN_RESOURCE:
        return
    missing = decision.missing
    for key, scope in missing.permissions:
        say_fact("would need", f"{key} at {scope.name.lower()}{'' if scope is Scope.ALL else ' or wider'}")
    if missing.roles:
        say_fact("given by", shortened(missing.roles))


def _spelled_grant(grant: Grant) -> str:
    within = "" if grant.teams is None else f", only in {', '.join(sorted(grant.teams)) or 'no team'}"
    until = "" if grant.until is None else f", until {spelled_moment(grant.until)}"
    return f"role {grant.role}: {grant.permission} at {grant.scope.name.lower()}{within}{until}"


def _spelled_facts(resource: Resource | None) -> Iterator[str]:
    if resource is None:
        yield "the organization itself"
        return
    facts = {
        "team": resource.team or ", ".join(sorted(resource.teams)),
        "owner": resource.owner,
        "state": resource.state,
    }
    told = ", ".join(f"{name} {value}" for name, value in facts.items() if value)
    yield f"{resource.kind}:{resource.id}, {told or 'of which nothing is known'}"


def _about(resource: Resource | None) -> str:
    return "" if resource is None else f" {resource.kind}:{resource.id}"
