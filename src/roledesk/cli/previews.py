"""A planned change as it is shown before somebody says yes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from roledesk.cli.terminal import say, shortened
from roledesk.core.changes import apply
from roledesk.core.effects import Effect, Pair
from roledesk.core.giving import spelled_extent
from roledesk.core.soundness import Refusal
from roledesk.core.terms import Resource
from roledesk.engine import Preview
from roledesk.engine.differences import Difference, Sign, differences
from roledesk.engine.plan import Plan
from roledesk.store.people import Person
from roledesk.web.phrases import count

MOST_LINES = 60
MOST_INLINE = 4
MOST_EFFECTS = 12
COLORS = {Sign.ADDED: "green", Sign.CHANGED: "yellow", Sign.REMOVED: "red"}


@dataclass(frozen=True, slots=True)
class EffectBody:
    """What these agents gain and lose alike."""

    agents: list[str]
    gains: list[str]
    losses: list[str]


@dataclass(frozen=True, slots=True)
class PlanBody:
    """What applying a file changes, or why it may not; `revision` is where it led, or would start from."""

    organization: str
    revision: str
    changed: bool
    differences: list[Difference]
    effects: list[EffectBody]
    refusals: list[Refusal]


def plan_body(planned: Plan, preview: Preview, revision: str, *, changed: bool) -> PlanBody:
    """The plan as `--json` prints it."""
    return PlanBody(
        planned.before.organization,
        revision,
        changed,
        list(plan_differences(planned)),
        [
            EffectBody(list(each.agents), _spelled_all(each.gains), _spelled_all(each.losses))
            for each in preview.effects
        ],
        list(preview.refusals),
    )


def plan_differences(planned: Plan) -> Iterator[Difference]:
    """Everything the plan would write, things of the policy first."""
    new = {
        person.agent: person.name for person in planned.people if person.agent not in planned.before.agents
    }
    for each in differences(planned.before, apply(planned.before, planned.change)):
        yield replace(each, name=new.get(each.id, "")) if each.what == "agent" else each
    yield from (_person(person) for person in planned.people if person.agent not in new)
    yield from map(_resource, planned.resources)


def say_plan(planned: Plan, preview: Preview) -> None:
    """Show what would change, and who gains and loses by it."""
    title = "new organization" if planned.founds else f"revision {preview.revision.number}"
    say(f"{planned.before.organization}   ({title})", style="bold")
    say_differences(list(plan_differences(planned)))
    if not (planned.founds or preview.refusals):
        say_effects(preview.effects)


def say_differences(found: Sequence[Difference], *, most: int = MOST_LINES) -> None:
    """Show differences, the first of many."""
    for each in found[:most]:
        name = f" ({each.name})" if each.name else ""
        inline = len(each.details) <= MOST_INLINE
        details = f"   {', '.join(each.details)}" if inline and each.details else ""
        say(f"  {each.sign} {each.what} {each.id}{name}{details}", style=COLORS[each.sign])
        for detail in () if inline else each.details[:MOST_LINES]:
            say(f"      {detail}")
    if len(found) > most:
        say(f"    and {len(found) - most} more")


def say_effects(effects: Sequence[Effect]) -> None:
    """Show who gains and who loses what."""
    if not effects:
        say("  nobody gains or loses anything now")
    for effect in effects[:MOST_EFFECTS]:
        say(f"  {count(len(effect.agents), 'agent')}: {shortened(effect.agents)}")
        for word, pairs in (("gain", effect.gains), ("lose", effect.losses)):
            if pairs:
                say(f"    {word}   {shortened(_spelled_all(pairs))}")
    if len(effects) > MOST_EFFECTS:
        say(f"    and {count(sum(len(each.agents) for each in effects[MOST_EFFECTS:]), 'agent')} more")


def _spelled_all(pairs: Sequence[Pair]) -> list[str]:
    """Actions with how far; one that differs in several states alike is said once."""
    return list(dict.fromkeys(f"{pair.action} ({spelled_extent(pair.extent)})" for pair in pairs))


def _person(person: Person) -> Difference:
    details = tuple(filter(None, (person.name, person.email)))
    return Difference(Sign.CHANGED, "person", person.agent, "", details)


def _resource(resource: Resource) -> Difference:
    facts = (("owner", resource.owner), ("team", resource.team), ("state", resource.state))
    details = tuple(f"{name} {value}" for name, value in facts if value)
    return Difference(Sign.CHANGED, "resource", f"{resource.kind}:{resource.id}", "", details)
