"""Mail is handed to a real server, one that speaks just enough SMTP."""

import socketserver
from collections.abc import Iterator
from email import message_from_string
from threading import Thread

import pytest

from roledesk.settings import Settings, load_settings
from roledesk.web.mail import send_mail


class MailServer(socketserver.ThreadingTCPServer):
    """Takes every mail into `taken`."""

    allow_reuse_address = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Conversation)
        self.taken: list[str] = []


class Conversation(socketserver.StreamRequestHandler):
    """One SMTP conversation without extensions."""

    server: MailServer

    def handle(self) -> None:
        self.say("220 ready")
        for line in self.rfile:
            match line.split()[0].upper():
                case b"DATA":
                    self.say("354 go on")
                    self.server.taken.append(self.read_mail())
                    self.say("250 taken")
                case b"QUIT":
                    self.say("221 bye")
                    return
                case _:
                    self.say("250 fine")

    def say(self, text: str) -> None:
        self.wfile.write(f"{text}\r\n".encode())

    def read_mail(self) -> str:
        return b"".join(iter(self.rfile.readline, b".\r\n")).decode()


@pytest.fixture
def server() -> Iterator[MailServer]:
    with MailServer() as opened:
        thread = Thread(target=opened.serve_forever)
        thread.start()
        yield opened
        opened.shutdown()
        thread.join()


def settings_for(address: str) -> Settings:
    return load_settings(Settings, given={"mail_url": address, "mail_from": "roledesk@example.com"})


def test_a_mail_is_handed_to_the_server_of_the_settings(server: MailServer) -> None:
    settings = settings_for(f"smtp://127.0.0.1:{server.server_address[1]}")
    assert send_mail(settings, "ana@example.com", "Your invitation", "Open the link.")
    mail = message_from_string(server.taken[0])
    assert (mail["From"], mail["To"], mail["Subject"]) == (
        "roledesk@example.com",
        "ana@example.com",
        "Your invitation",
    )
    assert "Open the link." in mail.get_payload()


def test_a_password_is_never_sent_in_the_clear(server: MailServer) -> None:
    settings = settings_for(f"smtp://me:secret@127.0.0.1:{server.server_address[1]}")
    assert not send_mail(settings, "ana@example.com", "Your invitation", "Open the link.")
    assert server.taken == []


def test_a_server_that_cannot_be_reached_is_no_error(server: MailServer) -> None:
    assert not send_mail(settings_for("smtp://127.0.0.1:1"), "ana@example.com", "s", "t")


def test_without_a_server_nothing_is_sent() -> None:
    assert not send_mail(load_settings(Settings, given={}), "ana@example.com", "s", "t")
