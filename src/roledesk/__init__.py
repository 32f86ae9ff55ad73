"""Roledesk: roles and permissions for customer-messaging teams.

The public names; the only import a host program needs.

    engine = roledesk.open_engine("sqlite:///roledesk.db")
    guard = engine.organization("acme").guard("amal")
    guard.require("conversation.transfer", roledesk.Resource("conversation", "c-41", team="billing", state="open"))
"""

from roledesk.core.catalogue import Catalogue, Source
from roledesk.core.catalogue_file import parse_catalogue
from roledesk.core.changes import (
    Change,
    Found,
    MergeInto,
    PutAgent,
    PutRole,
    PutTeam,
    RemoveRole,
    RemoveTeam,
    ReplaceBy,
    SetAssignments,
    TakeAway,
)
from roledesk.core.decide import Decision, Missing
from roledesk.core.reach import Extent, Reach
from roledesk.core.soundness import Refusal
from roledesk.core.terms import (
    OPERATOR,
    Assignment,
    Grant,
    Reason,
    Resource,
    Revision,
    Role,
    Scope,
    Status,
    Subject,
    Team,
)
from roledesk.engine import Clock, Engine, Guard, Organization, Preview, open_engine
from roledesk.engine.doors import protect
from roledesk.errors import (
    ChangeRefusedError,
    ConflictError,
    DeniedError,
    InputError,
    NotFoundError,
    RoledeskError,
    StaleRevisionError,
    UnknownActionError,
)
from roledesk.store.predicates import predicate
