"""What of a conversation one has not read: counted by the database, compared with a naive count."""

import random
from dataclasses import dataclass, field

from tests.desk.world import World

from roledesk.desk import conversations, reading, visitors
from roledesk.desk.facts import Conversation

READERS = ("a1", "a2", "al")
STEPS = 40


@dataclass
class Counted:
    """A conversation in which much happens, and what a naive reader remembers of it."""

    world: World
    conversation: Conversation
    said: set[int] = field(default_factory=lambda: {1})
    read_to: dict[str, int] = field(default_factory=dict)

    def say(self, _dice: random.Random) -> None:
        said = visitors.say_as_customer(
            self.world.organization,
            self.conversation.customer,
            self.conversation.id,
            "more",
            client_key=self.world.key(),
        )
        self.said.add(said.seq)

    def answer(self, _dice: random.Random) -> None:
        self.world.reply("a1", self.conversation.id, "answer")

    def delete(self, dice: random.Random) -> None:
        if self.said:
            gone = dice.choice(sorted(self.said))
            conversations.delete_message(self.world.guard("al"), self.conversation.id, gone)
            self.said.discard(gone)

    def look(self, dice: random.Random) -> None:
        reader, seq = dice.choice(READERS), dice.randrange(max(self.said, default=1) + 1)
        conversations.mark_read(self.world.guard(reader), self.conversation.id, seq)
        self.read_to[reader] = max(seq, self.read_to.get(reader, 0))

    def unread(self, reader: str) -> int:
        return sum(seq > self.read_to.get(reader, 0) for seq in self.said)


def test_unread_is_what_the_customer_said_since_one_last_read(world: World) -> None:
    dice = random.Random(7)
    names = ("Xenia", "Yusuf", "Zoë")
    talks = [Counted(world, world.opened("a1", customer=world.customer(name))) for name in names]
    seen: set[int] = set()
    for _ in range(STEPS):
        talk = dice.choice(talks)
        dice.choice((talk.say, talk.answer, talk.delete, talk.look))(dice)
        for reader in READERS:
            wanted = {talk.conversation.id: talk.unread(reader) for talk in talks}
            rows = reading.inbox(world.guard(reader)).rows
            assert {row.conversation.id: row.unread for row in rows} == wanted
            alone = reading.get_conversation(world.guard(reader), talk.conversation.id)
            assert alone.unread == wanted[talk.conversation.id]
            seen.update(wanted.values())
    assert {row.customer_name for row in rows} == set(names)
    assert len(seen) > 3, "there was something to count"
