"""The one way to change an organization: whole, refused with every reason, and obeyed at once."""

from collections.abc import Callable

import pytest
from sqlalchemy import Connection, insert, text
from sqlalchemy.exc import IntegrityError
from tests.engine.desk import AGENT, FOUNDED, IN_BILLING, OLU, OWNER, WIDER, Wall, give, put

from roledesk.core.changes import Change, PutAgent, PutRole, PutTeam, RemoveTeam, SetAssignments
from roledesk.core.terms import OPERATOR, Assignment, Role, Scope, Status, Subject, Team
from roledesk.engine import Engine, Organization
from roledesk.errors import ChangeRefusedError, ConflictError, NotFoundError, StaleRevisionError
from roledesk.store import history, policies, schema

VIEW = "conversation.view"


def test_the_very_next_question_is_answered_by_the_new_role(acme: Organization) -> None:
    assert not acme.allows("bo", VIEW, IN_BILLING)
    revision = put(acme, PutRole(WIDER))
    assert acme.allows("bo", VIEW, IN_BILLING)
    assert acme.decide("bo", VIEW, IN_BILLING).revision == acme.revision == revision
    assert revision.number == 2


def test_who_saves_second_is_told_and_nothing_is_lost(acme: Organization) -> None:
    read = acme.revision
    put(acme, PutRole(WIDER))
    with pytest.raises(ConflictError) as told:
        acme.commit(Change((PutRole(AGENT),)), by=OLU, because="Too late", expecting=read)
    assert (told.value.expected, told.value.head) == (read, acme.revision)
    assert acme.policy.roles["agent"] == WIDER


def test_every_refusal_is_told_at_once_and_nothing_is_done(acme: Organization) -> None:
    change = Change(
        (
            PutTeam(Team("evil", "=SUM(A1)")),
            PutRole(Role("twin", "АGENT", {"NoSuch": Scope.ALL, "ConvrsAPI": Scope.ALL})),
            SetAssignments("nobody", (Assignment("agent"),)),
        )
    )
    with pytest.raises(ChangeRefusedError) as refused:
        acme.commit(change, by=Subject("bo"), because="  ")
    codes = {refusal.code for refusal in refused.value.refusals}
    assert codes >= {
        "name_is_formula",
        "name_taken",
        "unknown_permission",
        "impossible_scope",
        "unknown_agent",
        "closed_door",
        "missing_reason",
    }
    assert acme.revision.number == 1
    assert acme.verify().rows == 1


def test_what_is_written_beside_a_change_is_written_with_it_or_not_at_all(acme: Organization) -> None:
    def rename(connection: Connection) -> None:
        connection.execute(text("UPDATE people SET name = 'Bo' WHERE agent = 'bo'"))

    def fail(_connection: Connection) -> None:
        raise NotFoundError("thing", "x")

    def name() -> str:
        with acme.database.reading() as connection:
            return str(connection.execute(text("SELECT name FROM people WHERE agent = 'bo'")).scalar_one())

    change = Change((PutRole(WIDER),))
    with pytest.raises(NotFoundError):
        acme.commit(change, by=OLU, because="Fails", also=(rename, fail))
    assert (name(), acme.revision.number, acme.verify().rows) == ("", 1, 1)
    assert not acme.allows("bo", VIEW, IN_BILLING)
    acme.commit(change, by=OLU, because="Works", also=(rename,))
    assert (name(), acme.revision.number) == ("Bo", 2)


def test_a_change_falls_with_the_transaction_it_was_made_in(acme: Organization) -> None:
    def fail_after_a_change() -> None:
        with acme.locked():
            put(acme, PutRole(WIDER))
            raise KeyError

    head = acme.revision
    with pytest.raises(KeyError):
        fail_after_a_change()
    assert acme.revision == head
    assert not acme.allows("bo", VIEW, IN_BILLING)
    put(acme, PutTeam(Team("third", "Third")))
    assert acme.policy.roles["agent"] == AGENT
    assert acme.verify().rows == acme.revision.number == 2


def test_nobody_hears_of_a_change_before_it_is_kept(acme: Organization) -> None:
    head = acme.revision
    with acme.locked():
        put(acme, PutRole(WIDER))
        put(acme, PutTeam(Team("third", "Third")))
        assert (acme.revision, acme.allows("bo", VIEW, IN_BILLING)) == (head, False)
    assert (acme.revision.number, acme.allows("bo", VIEW, IN_BILLING)) == (head.number + 2, True)
    assert "third" in acme.policy.teams


def test_a_change_that_could_not_be_kept_was_never_made(acme: Organization) -> None:
    def write_what_cannot_be_kept() -> None:
        with acme.locked() as connection:
            put(acme, PutRole(WIDER))
            # A reference that is checked when everything is written, not before.
            row = {"organization": "acme", "agent": "nobody", "team": "main"}
            connection.execute(insert(schema.memberships), row)

    head = acme.revision
    with pytest.raises(IntegrityError):
        write_what_cannot_be_kept()
    assert acme.revision == head
    assert not acme.allows("bo", VIEW, IN_BILLING)


def test_a_change_made_from_the_head_keeps_what_others_did(
    acme: Organization, open_again: Callable[..., Engine]
) -> None:
    elsewhere = open_again().organization("acme")
    put(elsewhere, PutAgent("bo", Status.ACTIVE, frozenset({"main", "billing"})))

    def leave(policy: object) -> Change:
        return Change((PutAgent("bo", Status.DEACTIVATED, policy.agents["bo"].teams),))  # type: ignore[attr-defined]

    acme.commit(leave, by=OLU, because="He left")
    assert acme.policy.agents["bo"].teams == {"main", "billing"}


def test_the_policy_of_any_revision_is_found_again_by_replay(acme: Organization) -> None:
    put(acme, PutRole(WIDER))
    put(acme, RemoveTeam("billing", "main"))
    assert [acme.at(number).allows("bo", VIEW, IN_BILLING) for number in (1, 2)] == [False, True]
    assert [sorted(acme.at(number).policy.teams) for number in (2, 3)] == [["billing", "main"], ["main"]]
    assert acme.at(3).policy == acme.policy
    for missing in (0, 4):
        with pytest.raises(NotFoundError):
            acme.at(missing)


def test_a_demanded_revision_is_answered_from_it_or_later_or_refused(acme: Organization) -> None:
    first = str(acme.revision)
    second = str(put(acme, PutRole(WIDER)))
    acme.at_least(first)
    acme.at_least(second)
    epoch = acme.revision.epoch
    for wrong in (
        f"{epoch}.3",
        f"{epoch}.",
        f"{epoch}.-1",
        "feed.1",
        "1",
        "",
        f"{epoch}.{'9' * 5000}",
        f"{epoch}.²",
    ):
        with pytest.raises(StaleRevisionError):
            acme.at_least(wrong)


def test_a_demanded_revision_that_another_process_committed_is_fetched(
    acme: Organization, open_again: Callable[..., Engine]
) -> None:
    elsewhere = open_again().organization("acme")
    for _ in range(20):
        for role in (WIDER, AGENT):
            revision = put(elsewhere, PutRole(role))
            acme.at_least(str(revision))
            assert acme.revision >= revision
            assert acme.allows("bo", VIEW, IN_BILLING) is (role is WIDER)


def test_a_preview_tells_the_effect_that_the_change_then_has(acme: Organization) -> None:
    change = Change((PutRole(WIDER), SetAssignments("cy", ())))
    preview = acme.preview(change, by=OLU)
    assert preview.refusals == ()
    assert acme.revision.number == 1
    acme.commit(change, by=OLU, because="As previewed")
    assert preview.after == acme.policy
    assert {agent for effect in preview.effects for agent in effect.agents} == {"bo", "cy"}


def test_a_preview_of_what_would_be_refused_says_so_and_changes_nothing(acme: Organization) -> None:
    preview = acme.preview(Change((PutRole(WIDER),)), by=Subject("bo"))
    assert {refusal.code for refusal in preview.refusals} == {"closed_door"}
    assert (preview.before, preview.effects) == (preview.after, ())


@pytest.mark.parametrize(
    "edits",
    [
        [SetAssignments("olu", ())],
        [PutAgent("olu", Status.DEACTIVATED)],
        [SetAssignments("olu", (Assignment("owner", until=2_000_000_000.0),))],
    ],
    ids=["demoted", "deactivated", "dated"],
)
def test_the_last_owner_stays(acme: Organization, edits: list[object]) -> None:
    give(acme, "oda", Assignment("agent"))
    with pytest.raises(ChangeRefusedError, match=r"at least one active owner|without teams and dates"):
        put(acme, *edits)
    assert acme.policy.owners() == ("olu",)


def test_the_operator_can_found_and_nothing_else(acme: Organization) -> None:
    with pytest.raises(ChangeRefusedError, match="only a new organization can be founded"):
        acme.commit(Change((PutRole(WIDER),)), by=OPERATOR, because="I run the server")
    with pytest.raises(ChangeRefusedError, match="exists already"):
        put(acme, FOUNDED.edits[0])


def test_each_state_has_one_row_of_history_and_they_fit_together(acme: Organization) -> None:
    put(acme, PutRole(WIDER), because=" Wider view ")
    with acme.database.reading() as connection:
        rows = policies.changes_since(connection, "acme", 0)
    assert [(row.revision, row.by, row.because) for row in rows] == [
        (1, "operator", "It opens"),
        (2, "olu", "Wider view"),
    ]
    checked = acme.verify()
    assert (checked.rows, checked.head_hash) == (2, rows[-1].hash)
    assert history.digest(rows[-1]) == rows[-1].hash


def test_an_assignment_ends_at_its_second_without_anybody_doing_anything(
    acme: Organization, wall: Wall
) -> None:
    give(acme, "cy", Assignment("admin", until=wall.now + 10))
    assert acme.allows("cy", VIEW, IN_BILLING)
    wall.now += 9.999
    assert acme.allows("cy", "role.edit")
    wall.now += 0.001
    assert not acme.allows("cy", "role.edit")
    assert acme.decide("cy", "role.edit").reason == "not_in_force"
    assert "cy" not in acme.who_can("role.edit")


def test_an_owner_role_cannot_be_edited_or_copied(acme: Organization) -> None:
    for role in (OWNER, Role("second", "Second", owner=True)):
        with pytest.raises(ChangeRefusedError, match="cannot be edited or copied"):
            put(acme, PutRole(role))


def test_a_hoard_of_roles_is_refused_before_it_is_judged(acme: Organization) -> None:
    hoard = [Assignment("agent", until=2_000_000_000.0 + each) for each in range(10_000)]
    with pytest.raises(ChangeRefusedError, match="at most 50 roles; these are 10000"):
        give(acme, "bo", *hoard)
    give(acme, "bo", *hoard[:50])
    assert len(acme.policy.agents["bo"].assignments) == 50
