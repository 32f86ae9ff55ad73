"""Webhooks carry what their owner may view when it is sent, signed, at least once, and never inside a network."""

import json
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from standardwebhooks import Webhook as Verifier
from tests.desk.world import ALL, TEAM, Wall, World

from roledesk import DeniedError, Engine, InputError, NotFoundError, Scope, Subject
from roledesk.desk import conversations, webhooks
from roledesk.desk.courier import WAITS_S, Courier, take_over
from roledesk.desk.store import events
from roledesk.desk.store import webhooks as kept
from roledesk.desk.store.webhooks import State, Webhook
from roledesk.desk.targets import PublicBackend
from roledesk.desk.webhooks import WebhookForm

KINDS = ("started", "accepted", "message", "note", "closed", "deleted")
HOLDS = {"WebhookManage": ALL, "ConversationView": TEAM, "ChatsAll": TEAM, "PrivateNoteView": TEAM}


@dataclass
class Receiver:
    """Another system: what it was sent, and what it answers."""

    address: str = ""
    answers: list[int] = field(default_factory=list)
    says: bytes = b"ok"
    got: list[tuple[dict[str, str], bytes]] = field(default_factory=list)

    @property
    def bodies(self) -> list[dict]:  # type: ignore[type-arg]
        return [json.loads(body) for _, body in self.got]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    known = Receiver()

    class Answer(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            known.got.append((dict(self.headers.items()), body))
            status = known.answers.pop(0) if known.answers else 200
            self.send_response(status)
            self.send_header("Location", "/elsewhere")
            self.send_header("Content-Length", str(len(known.says)))
            self.end_headers()
            self.wfile.write(known.says)

        def log_message(self, *args: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    known.address = f"http://127.0.0.1:{server.server_port}/hook"
    yield known
    server.shutdown()


@dataclass
class Desk:
    """A world whose a1 has a webhook that leads to the receiver, and a courier that may reach it."""

    world: World
    courier: Courier
    wall: Wall
    hook: Webhook

    def change(self, **changes: object) -> None:
        with self.world.organization.locked() as connection:
            self.hook = replace(self.hook, **changes)  # type: ignore[arg-type]
            now = kept.find(connection, "acme", self.hook.id)
            kept.keep(connection, "acme", replace(now, **changes))  # type: ignore[type-var, arg-type]

    def log(self) -> list[tuple[str, State, int]]:
        with self.world.organization.database.reading() as connection:
            found = kept.log_of(connection, "acme", self.hook.id, limit=99)
        return [(each.kind, each.state, each.attempts) for each in reversed(found)]


@pytest.fixture
def desk(world: World, engine: Engine, wall: Wall, receiver: Receiver) -> Desk:
    world.give("a1", **HOLDS)
    with world.organization.locked() as connection:
        head = events.head(connection, "acme")
        hook = Webhook(
            "hook", "Hook", "a1", receiver.address, KINDS, "whsec_c2VjcmV0LW9mLXRoZS10ZXN0cw==", seq=head
        )
        kept.keep(connection, "acme", hook)
    courier = Courier(engine, PublicBackend(lambda _address: True))
    return Desk(world, courier, wall, hook)


def test_what_its_owner_may_view_is_delivered_once_and_signed(desk: Desk, receiver: Receiver) -> None:
    taken = desk.world.opened("a2", "hello there")
    desk.world.opened("b1", "b-marker")
    desk.courier.deliver()
    desk.courier.deliver()
    # Hands work side by side: what happened within one moment may come in any order.
    told = {each["type"]: each["data"] for each in receiver.bodies}
    assert len(receiver.bodies) == len(told) == 3
    assert told.keys() == {"conversation.started", "conversation.message", "conversation.accepted"}
    assert told["conversation.message"]["message"]["text"] == "hello there"
    assert {each["data"]["conversation"]["id"] for each in receiver.bodies} == {taken.id}
    for headers, body in receiver.got:
        lowered = {name.lower(): value for name, value in headers.items()}
        stamp = {**lowered, "webhook-timestamp": lowered["webhook-timestamp"]}
        signed = Verifier(desk.hook.secret).sign

        moment = datetime.fromtimestamp(int(stamp["webhook-timestamp"]), UTC)
        assert stamp["webhook-signature"] == signed(stamp["webhook-id"], moment, body.decode())
    assert b"b-marker" not in b"".join(body for _, body in receiver.got)


@pytest.mark.parametrize("holds", [True, False])
def test_notes_and_addresses_go_only_to_who_may_read_them(
    desk: Desk, receiver: Receiver, holds: bool
) -> None:
    more = {"CustomerSensitiveFields": TEAM, "AgentChatAllowUserPanel": TEAM} if holds else {}
    held = {key: scope for key, scope in HOLDS.items() if holds or key != "PrivateNoteView"}
    desk.world.give("a1", **held, **more)
    taken = desk.world.opened("a2")
    conversations.note(desk.world.guard("a2"), taken.id, "note-marker", client_key="n")
    conversations.whisper(desk.world.guard("al"), taken.id, "whisper-marker", client_key="w")
    desk.courier.deliver()
    text = b"".join(body for _, body in receiver.got)
    assert (b"note-marker" in text) is holds
    assert (b'"email"' in text) is holds
    assert (b"Xenia" in text) is holds, "without the panel not even a name"
    assert b"whisper-marker" not in text


def test_what_was_lost_between_the_event_and_its_delivery_is_not_sent(desk: Desk, receiver: Receiver) -> None:
    desk.world.opened("a2", "a-marker")
    take_over(desk.world.organization)
    desk.world.give("a1", WebhookManage=ALL)
    desk.courier.deliver()
    assert receiver.got == []
    assert {state for _, state, _ in desk.log()} == {State.DROPPED}


@pytest.mark.parametrize("views", [True, False])
def test_of_what_is_not_for_its_owner_no_log_tells_that_it_happened(
    desk: Desk, receiver: Receiver, views: bool
) -> None:
    desk.world.give("a1", **(HOLDS if views else {"WebhookManage": ALL}))
    desk.world.start("a")
    webhooks.test_webhook(desk.world.guard("a1"), "hook")
    logs = []
    for step in (lambda: take_over(desk.world.organization), desk.courier.deliver):
        step()
        logs.append([each.kind for each in webhooks.log_of(desk.world.guard("a1"), "hook")])
    assert logs[0] == ["ping"], "what waits is not decided yet"
    assert sorted(logs[1]) == (["message", "ping", "started"] if views else ["ping"])


@pytest.mark.parametrize("reads", [True, False])
def test_that_a_note_is_gone_is_told_to_who_may_read_notes(
    desk: Desk, receiver: Receiver, reads: bool
) -> None:
    desk.world.give("a1", **{key: scope for key, scope in HOLDS.items() if reads or key != "PrivateNoteView"})
    taken = desk.world.opened("a2")
    noted = conversations.note(desk.world.guard("a2"), taken.id, "note-marker", client_key="n")
    desk.change(kinds=("deleted",))
    conversations.delete_message(desk.world.guard("a2"), taken.id, noted.seq)
    desk.courier.deliver()
    assert [each["type"] for each in receiver.bodies] == ["conversation.deleted"] * reads


@pytest.mark.parametrize("lost", ["permission", "switch"])
def test_nothing_goes_out_for_who_may_have_no_webhook_or_switched_it_off(
    desk: Desk, receiver: Receiver, lost: str
) -> None:
    desk.world.opened("a2")
    take_over(desk.world.organization)
    if lost == "permission":
        desk.world.give("a1", **{key: scope for key, scope in HOLDS.items() if key != "WebhookManage"})
    else:
        desk.change(enabled=False)
    desk.courier.deliver()
    assert receiver.got == []


def test_a_deleted_message_is_told_without_its_text(desk: Desk, receiver: Receiver) -> None:
    taken = desk.world.opened("a2")
    sent = desk.world.reply("a2", taken.id, "deleted-marker")
    conversations.delete_message(desk.world.guard("a2"), taken.id, sent.seq)
    desk.courier.deliver()
    assert b"deleted-marker" not in b"".join(body for _, body in receiver.got)
    assert "conversation.deleted" in {each["type"] for each in receiver.bodies}


def test_a_webhook_of_one_team_hears_of_that_team(desk: Desk, receiver: Receiver) -> None:
    desk.world.give("a1", **{**HOLDS, "ConversationView": ALL})
    desk.change(team="b")
    desk.world.start("a")
    mine = desk.world.start("b")
    desk.courier.deliver()
    assert {each["data"]["conversation"]["id"] for each in receiver.bodies} == {mine.id}


@pytest.mark.parametrize("answer", [500, 302, 404])
def test_what_is_not_taken_is_tried_again_later_and_then_given_up(
    desk: Desk, receiver: Receiver, answer: int
) -> None:
    desk.change(kinds=("started",))
    desk.world.start("a")
    receiver.answers = [answer] * 20
    desk.courier.deliver()
    assert desk.log() == [("started", State.WAITING, 1)]
    desk.courier.deliver()
    assert len(receiver.got) == 1, "not before its moment"
    for wait_s in WAITS_S:
        desk.wall.now += 1.3 * wait_s
        desk.courier.deliver()
    assert desk.log() == [("started", State.FAILED, len(WAITS_S) + 1)]
    ids = {headers["webhook-id"] for headers, _ in receiver.got}
    assert len(ids) == 1, "each try says which delivery it is"
    receiver.answers = []
    with desk.world.organization.database.reading() as connection:
        [failed] = kept.log_of(connection, "acme", "hook", limit=9)
    webhooks.resend(desk.world.guard("a1"), "hook", failed.id)
    desk.courier.deliver()
    assert [state for _, state, _ in desk.log()] == [State.DONE]


def test_what_a_dead_process_had_claimed_is_delivered_by_another(desk: Desk, receiver: Receiver) -> None:
    desk.change(kinds=("started",))
    desk.world.start("a")
    take_over(desk.world.organization)
    list(desk.courier._claimed())
    assert desk.courier.deliver() == 0, "somebody has it"
    desk.wall.now += 61
    desk.courier.deliver()
    assert len(receiver.got) == 1


def test_after_a_new_secret_both_sign_for_a_day(desk: Desk, receiver: Receiver) -> None:
    webhooks.replace_secret(desk.world.guard("a1"), "hook")
    webhooks.test_webhook(desk.world.guard("a1"), "hook")
    desk.courier.deliver()
    [(headers, _)] = receiver.got
    assert len(headers["webhook-signature"].split(" ")) == 2
    desk.wall.now += 90_000
    webhooks.test_webhook(desk.world.guard("a1"), "hook")
    desk.courier.deliver()
    assert len(receiver.got[-1][0]["webhook-signature"].split(" ")) == 1


@pytest.mark.parametrize(("holder", "may"), [("a1", True), ("a2", False)])
def test_webhooks_are_for_those_who_may_edit_them(desk: Desk, holder: str, may: bool) -> None:
    guard = desk.world.guard(holder)
    assert bool(webhooks.list_webhooks(guard)) is may
    if may:
        assert webhooks.get_webhook(guard, "hook").id == "hook"
        return
    for attempt in (webhooks.get_webhook, webhooks.log_of, webhooks.test_webhook, webhooks.delete_webhook):
        with pytest.raises(NotFoundError):
            attempt(guard, "hook")


def test_who_manages_a_team_makes_no_webhook_for_all(desk: Desk) -> None:
    desk.world.give("a1", WebhookManage=Scope.TEAM)
    form = WebhookForm("Mine", "https://93.184.216.34/hook", ("started",))
    with pytest.raises(DeniedError):
        webhooks.create_webhook(desk.world.guard("a1"), form)
    webhooks.create_webhook(desk.world.guard("a1"), replace(form, team="a"))


def test_a_name_that_leads_inside_at_the_moment_of_sending_is_not_asked(
    desk: Desk, receiver: Receiver, engine: Engine
) -> None:
    courier = Courier(engine)
    desk.change(kinds=("started",))
    desk.world.start("a")
    courier.deliver()
    assert receiver.got == []
    assert desk.log() == [("started", State.WAITING, 1)]


def test_an_address_that_no_request_can_name_stops_no_other_delivery(desk: Desk, receiver: Receiver) -> None:
    odd = replace(desk.hook, id="odd", url="https://93.184.216.34/ü", kinds=("started",))
    with desk.world.organization.locked() as connection:
        kept.keep(connection, "acme", odd)
    desk.change(kinds=("started",))
    desk.world.start("a")
    desk.courier.deliver()
    assert len(receiver.got) == 1
    assert desk.log() == [("started", State.DONE, 1)]


def test_what_another_system_answers_is_kept_without_its_control_characters(
    desk: Desk, receiver: Receiver
) -> None:
    receiver.says = b"a\0b\x1b[2Jc"
    desk.change(kinds=("started",))
    desk.world.start("a")
    desk.courier.deliver()
    with desk.world.organization.database.reading() as connection:
        [told] = kept.log_of(connection, "acme", "hook", limit=9)
    assert (told.state, told.said) == (State.DONE, "a\N{REPLACEMENT CHARACTER}b\N{REPLACEMENT CHARACTER}[2Jc")


@pytest.fixture
def dripping() -> Iterator[Callable[[bytes], str]]:
    """The address of somebody who says a beginning, and then a byte every tenth of a second, without end."""
    door, over = socket.create_server(("127.0.0.1", 0)), threading.Event()

    def begin(said: bytes) -> str:
        def speak() -> None:
            caller, _ = door.accept()
            with caller:
                try:
                    caller.sendall(said)
                    while not over.wait(0.1):
                        caller.sendall(b"x")
                except OSError:
                    return

        threading.Thread(target=speak, daemon=True).start()
        return f"http://127.0.0.1:{door.getsockname()[1]}/hook"

    yield begin
    over.set()
    door.close()


@pytest.mark.parametrize("said", [b"", b"HTTP/1.1 200 OK\r\nX: ", b"HTTP/1.1 200 OK\r\n\r\n"])
def test_who_answers_a_byte_at_a_time_holds_up_nobody(
    desk: Desk, engine: Engine, dripping: Callable[[bytes], str], said: bytes
) -> None:
    courier = Courier(engine, PublicBackend(lambda _address: True, lasts_s=0.5))
    desk.change(kinds=("started",), url=dripping(said))
    desk.world.start("a")
    courier.deliver()
    assert desk.log() == [("started", State.WAITING, 1)]


@pytest.mark.parametrize("lacks", ["", "ConversationView", "ChatsAll", "PrivateNoteView"])
def test_a_token_that_reads_less_than_its_owner_makes_him_no_webhook(desk: Desk, lacks: str) -> None:
    cut = Subject("a1", permissions=frozenset(HOLDS) - {lacks})
    token = desk.world.organization.guard(cut)
    form = WebhookForm("Mine", "https://93.184.216.34/hook", ("started",))
    for attempt in (
        lambda: webhooks.create_webhook(token, form),
        lambda: webhooks.edit_webhook(token, "hook", form),
    ):
        if lacks:
            with pytest.raises(InputError, match="reads less than its owner"):
                attempt()
        else:
            assert attempt().owner == "a1"
