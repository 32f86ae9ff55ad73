"""Random edits, of things that are there and of things that are not."""

from hypothesis import strategies as st
from tests.core.worlds import AGENTS, ROLES, SMALL, TEAMS, assignments, ticks

from roledesk.core.changes import (
    Change,
    Found,
    MergeInto,
    PutAgent,
    PutRole,
    PutTeam,
    RemoveRole,
    RemoveTeam,
    ReplaceBy,
    SetAssignments,
    TakeAway,
)
from roledesk.core.terms import Role, Status, Team

SOME_ROLES = st.sampled_from((*ROLES, "r4", "r5", "owner"))
SOME_TEAMS = st.sampled_from((*TEAMS, "t4", "t5"))
SOME_AGENTS = st.sampled_from((*AGENTS, "eli"))
NAMES = st.text(min_size=1, max_size=6)
ASSIGNED = st.lists(assignments((*ROLES, "r4", "owner")), max_size=3).map(tuple)


def edits(catalogue=SMALL):
    """Any one edit, sound or not."""
    roles = st.builds(
        Role,
        SOME_ROLES,
        NAMES,
        ticks(catalogue),
        description=st.text(max_size=3),
        policy_text=st.text(max_size=3),
        steward=st.none() | SOME_AGENTS,
        givers=st.frozensets(SOME_ROLES, max_size=2),
        owner=st.booleans(),
    )
    holders = (
        st.none() | st.just(TakeAway()) | st.builds(ReplaceBy, SOME_ROLES) | st.builds(MergeInto, SOME_ROLES)
    )
    return st.one_of(
        st.builds(
            Found, NAMES, NAMES, st.just(("access",)), NAMES, st.frozensets(st.sampled_from(("See", "Fill")))
        ),
        st.builds(PutRole, roles),
        st.builds(RemoveRole, SOME_ROLES, holders),
        st.builds(PutTeam, st.builds(Team, SOME_TEAMS, NAMES, default=st.booleans())),
        st.builds(RemoveTeam, SOME_TEAMS, SOME_TEAMS),
        st.builds(
            PutAgent,
            SOME_AGENTS,
            st.sampled_from(Status),
            st.frozensets(SOME_TEAMS, max_size=2),
            type=st.sampled_from(("agent", "guest")),
        ),
        st.builds(SetAssignments, SOME_AGENTS, ASSIGNED),
    )


def changes(catalogue=SMALL):
    """A few edits together."""
    return st.lists(edits(catalogue), max_size=6).map(lambda each: Change(tuple(each)))
