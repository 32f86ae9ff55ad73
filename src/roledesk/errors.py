"""Every error Roledesk raises, as one tree.

    RoledeskError
    ├── UnknownNameError          a typo in the caller's code
    │   ├── UnknownActionError
    │   ├── KindMismatchError
    │   ├── UnknownKindError
    │   └── UnknownPermissionError
    ├── InputError                data that cannot be taken, with the place
    │   ├── CatalogueError
    │   └── SettingsError
    ├── NotFoundError             no such organization, agent, role … or none the asker may see
    │   └── LinkGoneError         a one-time link that is not good any more
    ├── DeniedError               a decision said no
    ├── CredentialsError          nobody is signed in, or a sign-in or token that does not count
    ├── TooManyAttemptsError      tried too often; wait
    ├── ForeignPageError          sent by a page of another site
    ├── ChangeRefusedError        a change that may not be made, with every refusal
    ├── ConflictError             somebody else changed the policy first
    ├── BlockedError              a customer whose messages are not taken
    ├── MovedError                what was worked on is not where it was
    ├── StaleRevisionError        an answer as fresh as demanded cannot be given
    ├── HistoryError              the history was altered
    └── SchemaError               the database is not at this version's schema

Messages are one line and say what to do next.
Not here: how an error looks on the web (web/problems.py).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from roledesk.core.decide import Decision
    from roledesk.core.soundness import Refusal
    from roledesk.core.terms import Revision


class RoledeskError(Exception):
    """The root: catch this to catch whatever Roledesk raises."""


class UnknownNameError(RoledeskError):
    """A name that the catalogue does not have: a typo is a bug, so it raises."""

    what = "name"

    def __init__(self, name: str) -> None:
        super().__init__(
            f"{self.what} `{name}` is not in the catalogue; look it up in the permission reference"
        )
        self.name = name


class UnknownActionError(UnknownNameError):
    """No permission opens this action."""

    what = "action"


class KindMismatchError(UnknownNameError):
    """The action exists, but is asked about another kind of resource."""

    def __init__(self, action: str, kind: str, asked: str) -> None:
        RoledeskError.__init__(
            self, f"action `{action}` is asked about a `{kind}`, not a `{asked}`; name the right kind"
        )
        self.name = action


class UnknownKindError(UnknownNameError):
    """No catalogue file declares this kind of resource."""

    what = "kind"


class UnknownPermissionError(UnknownNameError):
    """No catalogue file declares this permission."""

    what = "permission"


class InputError(RoledeskError):
    """Data from outside that cannot be taken; `where` names the place in it."""

    def __init__(self, where: str, problem: str) -> None:
        super().__init__(f"{where}: {problem}")
        self.where = where
        self.problem = problem


class CatalogueError(InputError):
    """A catalogue or template file that is wrong, with file, line and key."""

    def __init__(self, file: str, line: int, key: str, problem: str) -> None:
        super().__init__(f"{file}, line {line}, `{key}`", problem)
        self.file = file
        self.line = line
        self.key = key


class SettingsError(InputError):
    """A setting that is missing or out of range."""


class NotFoundError(RoledeskError):
    """What was named does not exist, or the asker may not know that it does."""

    def __init__(self, what: str, name: str) -> None:
        super().__init__(f"there is no {what} `{name}`")
        self.what = what
        self.name = name


class LinkGoneError(NotFoundError):
    """A one-time link that was used, has expired or never was; which of them is not told."""

    def __init__(self) -> None:
        RoledeskError.__init__(self, "this link was used or has expired; ask for a new one")
        self.what = "link"
        self.name = ""


class DeniedError(RoledeskError):
    """The decision was no; `decision` says why.

    `hidden` is true when the asker may not even view the resource: answer then
    exactly as for one that does not exist.
    """

    def __init__(self, decision: Decision, *, hidden: bool = True) -> None:
        super().__init__(f"`{decision.subject.id}` may not `{decision.action}`: {decision.reason}")
        self.decision = decision
        self.hidden = hidden


class CredentialsError(RoledeskError):
    """Nobody is signed in, or the sign-in or token is wrong, expired or ended: the message does not say which."""

    def __init__(self, problem: str = "sign in, or send a token that is in force") -> None:
        super().__init__(problem)


class TooManyAttemptsError(RoledeskError):
    """Tried too often; nothing was looked at. `retry_after_s` is how long to wait."""

    def __init__(self, retry_after_s: int) -> None:
        super().__init__(f"too many attempts; wait {retry_after_s} seconds and try again")
        self.retry_after_s = retry_after_s


class ForeignPageError(RoledeskError):
    """A browser sent this from a page of another site; nothing was done."""

    def __init__(self) -> None:
        super().__init__(
            "this was sent from a page of another site; open Roledesk itself and repeat it there"
        )


class ChangeRefusedError(RoledeskError):
    """The change was refused; `refusals` holds every reason at once."""

    def __init__(self, refusals: tuple[Refusal, ...]) -> None:
        super().__init__("; ".join(refusal.message for refusal in refusals))
        self.refusals = refusals


class ConflictError(RoledeskError):
    """The policy moved on since it was read; nothing was changed."""

    def __init__(self, expected: Revision, head: Revision) -> None:
        super().__init__(
            f"the policy is at revision {head}, you were looking at {expected}; look again and repeat"
        )
        self.expected = expected
        self.head = head


class BlockedError(RoledeskError):
    """The customer was blocked: his message was refused, and counted."""

    def __init__(self) -> None:
        super().__init__("your messages are not taken here any more; write to us another way")


class MovedError(RoledeskError):
    """What was worked on has moved meanwhile, to somebody else or out of reach; nothing was done."""

    def __init__(self, what: str, happened: str) -> None:
        super().__init__(f"the {what} {happened} meanwhile; nothing was done, and what you wrote is kept")
        self.what = what
        self.happened = happened


class StaleRevisionError(RoledeskError):
    """The wanted revision is not known here: another epoch, or not committed yet."""

    def __init__(self, wanted: str, have: Revision) -> None:
        super().__init__(
            f"revision `{wanted}` is not known here, the newest is {have}; ask without it or take a new one"
        )
        self.wanted = wanted
        self.have = have


class HistoryError(RoledeskError):
    """The history does not fit together; `revision` is the first row that is wrong."""

    def __init__(self, revision: int, problem: str) -> None:
        super().__init__(f"history row {revision}: {problem}")
        self.revision = revision
        self.problem = problem


class SchemaError(RoledeskError):
    """The database's schema is older or newer than this version needs."""
