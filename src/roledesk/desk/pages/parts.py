"""The doors of every page of the desk, in the order in which addresses are tried."""

from __future__ import annotations

from collections.abc import Sequence

from roledesk.desk.pages import answering, inbox, questions, queue
from roledesk.web.routes import Routes

PARTS: Sequence[Routes] = (questions.routes, answering.routes, inbox.routes, queue.routes)
