"""The doors of every page of the desk, in the order in which addresses are tried."""

from __future__ import annotations

from collections.abc import Sequence

from roledesk.desk.pages import (
    answering,
    customer_files,
    customers,
    filing,
    inbox,
    organization,
    presence,
    preview,
    questions,
    queue,
    records,
    replies,
    reports,
    transcripts,
    webhooks,
    widgets,
)
from roledesk.web.routes import Routes

PARTS: Sequence[Routes] = (
    questions.routes,
    answering.routes,
    records.routes,
    transcripts.routes,
    inbox.routes,
    queue.routes,
    customer_files.routes,
    customers.routes,
    replies.routes,
    presence.routes,
    filing.routes,
    organization.routes,
    widgets.routes,
    webhooks.routes,
    preview.routes,
    reports.routes,
)
