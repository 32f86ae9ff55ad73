"""What the demo's people have set up for their desk: ready replies, a team's own hours, a blocked customer.

Not here: the file (roledesk/demo/settings.toml), the conversations (demo_chats.py).
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import replace

from roledesk import Guard, Organization
from roledesk.desk import customers, replies, settings
from roledesk.desk.customers import Choice

OWNER = "maya"


def set_up(organization: Organization, text: str) -> None:
    """Do what the file says, each part by whom it names or by the owner."""
    wanted, owner = tomllib.loads(text), organization.guard(OWNER)
    _keep_hours(owner, wanted["hours"])
    for each in wanted["standard_replies"]:
        replies.put_standard_reply(owner, each["title"], each["text"], team=each.get("team"))
    for each in wanted["own_replies"]:
        replies.put_own_reply(organization.guard(each["agent"]), each["title"], each["text"])
    _block(owner, wanted["blocked"])


def _keep_hours(owner: Guard, hours: Mapping[str, object]) -> None:
    known = settings.get_settings(owner)
    settings.keep_settings(owner, replace(known, time_zone=str(hours["time_zone"])))
    for team, span in hours.items():
        if isinstance(span, Mapping):
            day = ((span["from"] * 60, span["to"] * 60),)
            settings.keep_team_hours(owner, team, dict.fromkeys(span["days"], day))


def _block(owner: Guard, wanted: Sequence[Mapping[str, str]]) -> None:
    for each in wanted:
        for row in customers.list_customers(owner, Choice(each["customer"])).rows:
            customers.block(owner, row.customer.id)
