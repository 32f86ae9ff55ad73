"""Lists of what others do: the open conversations that are supervised, and those an agent had.

Not here: the pages they stand on (inbox.py), who may open them (catalogue).
"""

from __future__ import annotations

from roledesk import Guard
from roledesk.desk import reading
from roledesk.desk.pages.filters import Field, agents_within, fields_of, kept_of, wanted_of
from roledesk.desk.pages.listing import Listing, cursor_of, next_of, rows_of, suffix_of
from roledesk.desk.reading import Page
from roledesk.web.forms import Form

HISTORY = "agent.read_history"


def supervise_listing(guard: Guard, query: Form) -> Listing:
    """The open conversations that the asker may view, and who has each."""
    kept = kept_of(query)
    page = reading.supervised(guard, wanted=wanted_of(guard, query), after=cursor_of(query["after"]))
    return Listing(
        heading="Supervise",
        base="/supervise",
        suffix=suffix_of(**kept),
        tabs=(),
        rows=rows_of(guard, page.rows, with_agents=True),
        next=next_of("/supervise", page, **kept),
        nothing="No agent of yours has an open chat.",
        current="supervise",
        filters=fields_of(guard, query, names=("team", "agent", "tag")),
    )


def history_listing(guard: Guard, query: Form) -> Listing:
    """The conversations that an agent had in a period, each only if the asker may view it."""
    agents = agents_within(guard, HISTORY)
    agent, kept = query["agent"], kept_of(query)
    page = Page((), None)
    if agent in {each.id for each in agents}:
        wanted = wanted_of(guard, query)
        page = reading.conversations_with(
            guard, agent, since=wanted.since, until=wanted.until, after=cursor_of(query["after"])
        )
    chosen = Field("agent", "Agent", agent, agents)
    return Listing(
        heading="Chats by agent",
        base="/chat-history/agents",
        suffix=suffix_of(**kept),
        tabs=(),
        rows=rows_of(guard, page.rows),
        next=next_of("/chat-history/agents", page, **kept),
        nothing="No chat that you may see, in this period." if agent else "Choose an agent and a period.",
        current="chat-history/agents",
        filters=(chosen, *fields_of(guard, query, names=("from", "to"))),
    )
