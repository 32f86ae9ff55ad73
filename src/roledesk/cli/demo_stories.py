"""The weeks before the demo's own conversations: each story told by several customers, at its moment.

The same each time it is made. Not here: the stories (roledesk/demo/stories.toml), having them happen
(demo_chats.py).
"""

from __future__ import annotations

import tomllib
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from random import Random

from roledesk.cli.demo_chats import Chat

DAYS = 30
DAY_MIN = 24 * 60
LATEST_MIN = 200
"""The stories end here; what happened since is in chats.toml."""
UNFINISHED_MIN = 700
"""Conversations begun since are still open, or wait."""
OF_TODAY = 0.12
COME_BACK = 0.3
"""How many customers write a second time."""
MAILBOXES = ("example.com", "example.net", "example.org")


@dataclass(frozen=True, slots=True)
class Story:
    """What happens to somebody; the lines alternate, the customer first."""

    language: str
    team: str
    category: str
    lines: tuple[str, ...]
    tags: tuple[str, ...] = field(default=())


def make_chats(text: str, pools: Mapping[str, Sequence[str]]) -> tuple[Chat, ...]:
    """The conversations of the last weeks; `pools` are the agents who answer in each team."""
    told = tomllib.loads(text)
    by_language: dict[str, list[Story]] = defaultdict(list)
    for each in told["stories"]:
        by_language[each["language"]].append(
            Story(**each | {"lines": tuple(each["lines"]), "tags": tuple(each["tags"])})
        )
    dice = Random("northwind")  # noqa: S311 - a demo, not a secret
    chats = [
        chat
        for language, names in told["people"].items()
        for number, name in enumerate(names)
        for chat in _chats_of(dice, name, language, by_language[language], number, pools)
    ]
    return tuple(sorted(chats, key=lambda chat: -chat.minutes_ago))


def _chats_of(
    dice: Random,
    name: str,
    language: str,
    stories: Sequence[Story],
    number: int,
    pools: Mapping[str, Sequence[str]],
) -> Iterator[Chat]:
    story = stories[number % len(stories)]
    agent = dice.choice(pools[story.team])
    customer = _customer(dice, name, language)
    first, second = sorted((_moment(dice), _moment(dice)), reverse=True)
    yield _chat(dice, story, customer, agent, first)
    if dice.random() < COME_BACK:
        # He comes back to the agent he is used to, while that one answers in the team.
        again = dice.choice(stories)
        used_to = agent if agent in pools[again.team] else dice.choice(pools[again.team])
        yield _chat(dice, again, customer, used_to, second)


def _customer(dice: Random, name: str, language: str) -> dict[str, str]:
    known = {"name": name, "language": language}
    if dice.random() < 0.8:
        box = f"customer.{dice.randrange(1000, 9999)}"
        known["email"] = f"{box}@{dice.choice(MAILBOXES)}"
    if dice.random() < 0.4:
        known["phone"] = f"+31 20 555 {dice.randrange(1000, 9999)}"
    return known


def _chat(dice: Random, story: Story, customer: dict[str, str], agent: str, minutes_ago: int) -> Chat:
    order = f"NW-{dice.randrange(40_000, 99_999)}"
    lines = list(_lines(story, agent, order))
    unfinished = minutes_ago < UNFINISHED_MIN
    if unfinished:
        lines = lines[: dice.choice((1, 1, 2, 3))]
    return Chat(
        minutes_ago,
        story.team,
        customer,
        lines,
        list(story.tags),
        closed_by="" if unfinished else agent,
        category="" if unfinished else story.category,
        pace_s=min(900.0, dice.lognormvariate(4.9, 0.7)),
    )


def _lines(story: Story, agent: str, order: str) -> Iterator[list[str]]:
    is_customer = True
    for line in story.lines:
        if line.startswith("note: "):
            yield [f"note:{agent}", line.removeprefix("note: ")]
            continue
        yield ["customer" if is_customer else agent, line.format(order=order)]
        is_customer = not is_customer


def _moment(dice: Random) -> int:
    """Minutes ago: more of them lately, as in a business that grows, and a few on this very day."""
    if dice.random() < OF_TODAY:
        return dice.randrange(LATEST_MIN, UNFINISHED_MIN)
    share = dice.betavariate(1.0, 1.6)
    return LATEST_MIN + int(share * (DAYS * DAY_MIN - LATEST_MIN))
