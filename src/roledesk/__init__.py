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
from roledesk.core.effects import Shift
from roledesk.core.policy import Policy
from roledesk.core.reach import Extent, Reach
from roledesk.core.refusals import agent_resource
from roledesk.core.snapshot import Snapshot
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
from roledesk.engine import (
    Clock,
    Commit,
    Countable,
    Engine,
    Extension,
    Guard,
    Organization,
    Preview,
    importing,
    open_engine,
)
from roledesk.engine.doors import protect
from roledesk.engine.names import bad_name, bad_text, printable
from roledesk.engine.preview import as_agent, as_role
from roledesk.engine.secret import hash_secret, new_secret
from roledesk.errors import (
    BlockedError,
    ChangeRefusedError,
    ConflictError,
    CredentialsError,
    DeniedError,
    InputError,
    MovedError,
    NotFoundError,
    RoledeskError,
    StaleRevisionError,
    UnknownActionError,
)
from roledesk.store import imports as file_imports
from roledesk.store.activity import holds as holds_activity
from roledesk.store.activity import record as record_activity
from roledesk.store.migration import Schema
from roledesk.store.organizations import announce
from roledesk.store.people import Person, folded, sought_words
from roledesk.store.people import people as find_people
from roledesk.store.predicates import predicate
from roledesk.store.profiles import find_many as find_profiles

__all__ = [
    "OPERATOR",
    "Assignment",
    "BlockedError",
    "Catalogue",
    "Change",
    "ChangeRefusedError",
    "Clock",
    "Commit",
    "ConflictError",
    "Countable",
    "CredentialsError",
    "Decision",
    "DeniedError",
    "Engine",
    "Extension",
    "Extent",
    "Found",
    "Grant",
    "Guard",
    "InputError",
    "MergeInto",
    "Missing",
    "MovedError",
    "NotFoundError",
    "Organization",
    "Person",
    "Policy",
    "Preview",
    "PutAgent",
    "PutRole",
    "PutTeam",
    "Reach",
    "Reason",
    "Refusal",
    "RemoveRole",
    "RemoveTeam",
    "ReplaceBy",
    "Resource",
    "Revision",
    "Role",
    "RoledeskError",
    "Schema",
    "Scope",
    "SetAssignments",
    "Shift",
    "Snapshot",
    "Source",
    "StaleRevisionError",
    "Status",
    "Subject",
    "TakeAway",
    "Team",
    "UnknownActionError",
    "agent_resource",
    "announce",
    "as_agent",
    "as_role",
    "bad_name",
    "bad_text",
    "file_imports",
    "find_people",
    "find_profiles",
    "folded",
    "hash_secret",
    "holds_activity",
    "importing",
    "new_secret",
    "open_engine",
    "parse_catalogue",
    "predicate",
    "printable",
    "protect",
    "record_activity",
    "sought_words",
]
