"""Anybody tries anything on the real engine, and a plain model keeps the books.

The machine of the core, driven through `Organization.commit` on a real database: a
second engine follows, engines are closed and opened, the database is restored from a
backup, and after every step database, history, both engines and the model must agree.
"""

import shutil
from dataclasses import fields
from pathlib import Path
from uuid import uuid4

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, rule, run_state_machine_as_test
from tests.core import test_machine
from tests.core.model import allowed
from tests.core.test_machine import ACTIONS, AGENTS, BY, TEAMS
from tests.core.worlds import SMALL_FILE, WITH_DOORS
from tests.engine.desk import empty_postgres

from roledesk.core.changes import Change, Edit, Found, PutTeam
from roledesk.core.policy import Policy
from roledesk.core.terms import OPERATOR, Resource, Revision, Subject, Team
from roledesk.engine import Clock, Engine, Organization, Preview, open_engine
from roledesk.errors import ChangeRefusedError, ConflictError, StaleRevisionError
from roledesk.store import policies
from roledesk.store.backup import backup, restore

START = Change(
    (Found("Acme", catalogue=("access",), catalogue_text=SMALL_FILE.text), *test_machine.START.edits[1:])
)
COMPARED = [each.name for each in fields(Policy) if each.name != "catalogue"]


def told(policy: Policy) -> list[object]:
    """Everything a policy says, its catalogue aside, which is read from other files here."""
    return [getattr(policy, name) for name in COMPARED]


class Kept(test_machine.Organization):
    """The core's organization, kept in a database."""

    folder: Path
    template: str

    def __init__(self) -> None:
        super().__init__()
        self.url = self.new_database()
        self.engine, self.second = self.open(), self.open()
        self.past = [self.policy]
        self.heads: list[tuple[int, str]] = []
        self.gone: list[Revision] = []

    def new_database(self) -> str:
        """The address of a database with tables and nothing in them."""
        if self.template.startswith("postgresql"):
            empty_postgres(self.template)
            return self.template
        path = self.folder / f"{uuid4().hex}.sqlite3"
        shutil.copy(self.template, path)
        return f"sqlite:///{path}"

    def open(self) -> Engine:
        return open_engine(self.url, clock=Clock(lambda: self.now))

    @property
    def acme(self) -> Organization:
        return self.engine.organization("acme")

    @initialize()
    def founded(self) -> None:
        self.engine.found("acme", START, because="start")
        super().founded()
        self.past.append(self.policy)

    def attempt(self, by: Subject, *edits: Edit) -> None:
        change, acme, before = Change(edits), self.acme, self.acme.revision
        preview = acme.preview(change, by=by, because="because")
        if preview.refusals:
            with pytest.raises(ChangeRefusedError) as refused:
                acme.commit(change, by=by, because="because")
            assert (refused.value.refusals, acme.revision) == (preview.refusals, before)
            return
        revision = acme.commit(change, by=by, because="because")
        assert revision == acme.revision == Revision(before.epoch, before.number + 1)
        was = self.policy
        super().attempt(by, *edits)
        assert len(self.made) == revision.number, "the engine took what the core refuses"
        assert told(acme.policy) == told(preview.after) == told(self.policy)
        self.expect_the_preview(preview, was)
        self.past.append(self.policy)

    def expect_the_preview(self, preview: Preview, was: Policy) -> None:
        """Whoever is answered differently now was named."""
        named = {agent for effect in preview.effects for agent in effect.agents}
        for agent in self.policy.agents.keys() - named:
            for action, thing in test_machine.things(agent, agent, frozenset(self.policy.teams)):
                old = allowed(was, Subject(agent), action, thing, self.now)
                assert old == allowed(self.policy, Subject(agent), action, thing, self.now)

    @rule(by=BY, action=st.sampled_from(ACTIONS), data=st.data())
    def ask(self, by: Subject, action: str, data: st.DataObject) -> None:
        owner = data.draw(st.sampled_from((None, *AGENTS)))
        team = data.draw(st.sampled_from((None, *TEAMS)))
        known = WITH_DOORS.actions[action]
        thing = Resource(
            known.kind, "x", owner=owner, team=team, state=data.draw(st.sampled_from(known.states))
        )
        expected = allowed(self.policy, by, action, thing, self.now)
        guard = self.acme.guard(by)
        decision = guard.decide(action, thing)
        assert decision.allowed is guard.allows(action, thing) is expected
        assert decision.revision == self.acme.revision
        assert guard.reach(action).covers(thing) is expected
        assert guard.only(action, [thing]) == ((thing,) if expected else ())
        assert (action in guard.actions_of(thing)) is expected
        assert (by.id in self.acme.who_can(action, thing)) is allowed(
            self.policy, Subject(by.id), action, thing, self.now
        )

    @rule(data=st.data())
    def save_what_was_read_too_long_ago(self, data: st.DataObject) -> None:
        acme = self.acme
        old = data.draw(st.integers(0, acme.revision.number - 1))
        change = Change((PutTeam(Team("main", "Lost", default=True)),))
        with pytest.raises(ConflictError):
            acme.commit(
                change, by=Subject("olga"), because="late", expecting=Revision(acme.revision.epoch, old)
            )

    @rule()
    def found_again(self) -> None:
        with pytest.raises(ChangeRefusedError):
            self.acme.commit(START, by=OPERATOR, because="again")

    @rule()
    def work_at_the_other_engine(self) -> None:
        self.engine, self.second = self.second, self.engine

    @rule()
    def close_and_open(self) -> None:
        self.engine.close()
        self.engine = self.open()

    @rule()
    def restore_a_backup(self) -> None:
        self.gone.append(self.acme.revision)
        file = self.folder / f"{uuid4().hex}.backup"
        backup(self.engine.database, file)
        in_place = self.template.startswith("postgresql")
        self.url = self.new_database() if in_place else f"sqlite:///{self.folder / uuid4().hex}.sqlite3"
        restore(file, self.url)
        if not in_place:
            self.close()
            self.engine, self.second = self.open(), self.open()
        self.acme.refresh()

    @invariant()
    def both_engines_and_the_database_say_the_same(self) -> None:
        if not self.made:
            return
        there = self.second.organization("acme")
        there.at_least(str(self.acme.revision))
        assert there.revision == self.acme.revision
        with self.engine.database.reading() as connection:
            stored, number = policies.load_policy(connection, "acme")
        assert number == self.acme.revision.number == len(self.made)
        assert told(stored) == told(there.policy) == told(self.acme.policy) == told(self.policy)

    @invariant()
    def history_is_whole_and_leads_here(self) -> None:
        if not self.made:
            return
        found = self.acme.verify(head=self.heads[-1] if self.heads else None)
        assert found.rows == len(self.made)
        self.heads.append((found.head_revision, found.head_hash))
        number = 1 + (7 * len(self.heads)) % len(self.made)
        assert told(self.acme.at(number).policy) == told(self.past[number])

    @invariant()
    def a_revision_from_before_a_restore_is_refused(self) -> None:
        for revision in self.gone[-2:]:
            with pytest.raises(StaleRevisionError):
                self.acme.at_least(str(revision))

    def close(self) -> None:
        self.engine.close()
        self.second.close()

    def teardown(self) -> None:
        super().teardown()
        self.close()


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_engine_database_and_model_agree_whatever_is_tried(
    request: pytest.FixtureRequest, kind: str, tmp_path: Path
) -> None:
    template = "migrated_postgres" if kind == "postgresql" else "sqlite_template"
    named = {"folder": tmp_path, "template": str(request.getfixturevalue(template))}
    machine = type("Kept", (Kept,), named)
    # A step on PostgreSQL takes three times as long.
    share = 12 if kind == "postgresql" else 6
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=max(1, settings.default.max_examples // share),
            stateful_step_count=settings.default.stateful_step_count,
        ),
    )
