"""What is done to a conversation from its page: answer, note, whisper, take, close, hand on, tag.

Not here: how the conversation is shown (inbox.py), the commands (conversations.py).
"""

from __future__ import annotations

from collections.abc import Callable

from fastapi import Request
from fastapi.responses import Response

from roledesk import Guard, InputError, MovedError
from roledesk.desk import conversations
from roledesk.desk.files import MOST_BODY, Upload
from roledesk.desk.pages.inbox import show_refused
from roledesk.desk.pages.kit import Sent, SentFile, Seq, done, moved, refused
from roledesk.web.forms import Form
from roledesk.web.identity import get_asker
from roledesk.web.routes import Routes
from roledesk.web.server import server_of

routes = Routes()
TYPING_S = 3.0
BASES = frozenset({"/inbox", "/supervise"})
Command = Callable[[Guard], object]


@routes.guarded("POST", "/inbox/{id}/reply", "conversation.reply", most_bytes=MOST_BODY)
def take_reply(request: Request, id: str, file: SentFile, form: Sent) -> Response:
    """Answer the customer, with a file or without."""
    return _say(
        request,
        id,
        form,
        "reply",
        lambda guard: _answer(guard, id, form, file),
    )


@routes.guarded("POST", "/inbox/{id}/note", "note.add")
def take_note(request: Request, id: str, form: Sent) -> Response:
    """Write a note."""
    return _say(
        request,
        id,
        form,
        "note",
        lambda guard: conversations.note(guard, id, form["text"], client_key=form["client_key"]),
    )


@routes.guarded("POST", "/inbox/{id}/whisper", "conversation.whisper")
def take_whisper(request: Request, id: str, form: Sent) -> Response:
    """Say something to the agent who has the conversation."""
    return _say(
        request,
        id,
        form,
        "whisper",
        lambda guard: conversations.whisper(guard, id, form["text"], client_key=form["client_key"]),
    )


@routes.guarded("POST", "/inbox/{id}/read", "conversation.view")
def take_read(request: Request, id: str, form: Sent) -> Response:
    """Keep how far the asker has read."""
    seq = form["seq"]
    is_one = seq.isascii() and seq.isdecimal() and len(seq) < 10
    conversations.mark_read(get_asker(request), id, int(seq) if is_one else 0)
    return Response(status_code=204)


@routes.guarded("POST", "/inbox/{id}/typing", "conversation.reply")
def take_typing(request: Request, id: str) -> Response:
    """Let the customer know that an answer is being written."""
    guard = get_asker(request)
    if server_of(request).rates.is_first_within(TYPING_S, f"{guard.organization.id} {guard.subject.id} {id}"):
        conversations.typing(guard, id)
    return Response(status_code=204)


@routes.guarded("POST", "/inbox/{id}/accept", "conversation.accept")
def take_accept(request: Request, id: str) -> Response:
    """Take a conversation from the queue."""
    return _do(request, id, lambda guard: conversations.accept(guard, id), otherwise="/queue")


@routes.guarded("POST", "/inbox/{id}/accept-sticky", "conversation.accept_sticky")
def take_accept_sticky(request: Request, id: str) -> Response:
    """Take a conversation that waits for an agent who is not there."""
    return _do(request, id, lambda guard: conversations.accept_sticky(guard, id), otherwise="/queue")


@routes.guarded("POST", "/inbox/{id}/close", "conversation.close")
def take_close(request: Request, id: str, form: Sent) -> Response:
    """End a conversation, filed under a category or none."""
    category = form["category"] or None
    return _do(
        request,
        id,
        lambda guard: conversations.close(guard, id, category=category),
        after=base_of(form),
        said="Closed",
    )


@routes.guarded("POST", "/inbox/close-all", "conversation.close_all")
def take_close_all(request: Request) -> Response:
    """End every open conversation of the asker."""
    closed = conversations.close_all(get_asker(request))
    chats = f"{len(closed)} chat{'' if len(closed) == 1 else 's'}"
    return done(request, "/inbox", f"{chats} closed" if closed else "You had no open chat")


@routes.guarded("POST", "/inbox/{id}/transfer", "conversation.transfer")
def take_transfer(request: Request, id: str, form: Sent) -> Response:
    """Hand a conversation to a team or an agent."""
    kind, _, receiver = form["to"].partition(":")
    team, agent = (receiver if kind == each else None for each in ("team", "agent"))
    try:
        handed = conversations.transfer(get_asker(request), id, team=team, agent=agent)
    except MovedError as error:
        return moved(request, error, "/inbox")
    except InputError as error:
        return refused(request, error, f"/inbox/{id}")
    base = base_of(form)
    return done(request, f"{base}/{id}" if handed.visible else base, "Handed on")


@routes.guarded("POST", "/inbox/{id}/tags", "conversation.tag")
def take_tag(request: Request, id: str, form: Sent) -> Response:
    """Put a tag on a conversation."""
    return _do(request, id, lambda guard: conversations.tag(guard, id, form["tag"]))


@routes.guarded("POST", "/inbox/{id}/tags/remove", "conversation.tag")
def take_untag(request: Request, id: str, form: Sent) -> Response:
    """Take a tag off a conversation."""
    return _do(request, id, lambda guard: conversations.untag(guard, id, form["tag"]))


@routes.guarded("POST", "/inbox/{id}/messages/{seq}/delete", "message.delete")
def take_delete_message(request: Request, id: str, seq: Seq) -> Response:
    """Take a message's text away; its place stays."""
    return _do(
        request, id, lambda guard: conversations.delete_message(guard, id, seq), said="Message deleted"
    )


def base_of(form: Form) -> str:
    """The list from which the asker came."""
    return form["base"] if form["base"] in BASES else "/inbox"


def _answer(guard: Guard, id: str, form: Form, file: Upload | None) -> None:
    """Answer, which shows that everything until then was read."""
    sent = conversations.reply(guard, id, form["text"], client_key=form["client_key"], attachment=file)
    conversations.mark_read(guard, id, sent.seq)


def _say(request: Request, id: str, form: Form, mode: str, say: Command) -> Response:
    """Have it said; what cannot be sent stays in the composer."""
    try:
        say(get_asker(request))
    except InputError as error:
        return show_refused(request, id, mode, form["text"], error, base=base_of(form))
    except MovedError as error:
        return moved(request, error, f"/inbox/{id}")
    here = f"{base_of(form)}/{id}"
    return done(request, here if mode == "reply" else f"{here}?mode={mode}")


def _do(
    request: Request, id: str, command: Command, *, after: str = "", otherwise: str = "/inbox", said: str = ""
) -> Response:
    """Have it done and go on to where it shows; where it moved away, say so."""
    try:
        command(get_asker(request))
    except MovedError as error:
        return moved(request, error, otherwise)
    except InputError as error:
        return refused(request, error, f"/inbox/{id}")
    return done(request, after or f"/inbox/{id}", said)
