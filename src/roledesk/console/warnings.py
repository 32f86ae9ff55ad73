"""What somebody should know before saving a role: refusals to come, and permissions of little use.

Not here: refusing (core/); a warning keeps nobody from saving.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from roledesk.console.wording import told
from roledesk.core.policy import Policy
from roledesk.core.terms import Role
from roledesk.engine.guard import Guard
from roledesk.engine.organization import Preview
from roledesk.web.phrases import listed


def warnings_of(guard: Guard, before: Role, after: Role, preview: Preview) -> tuple[str, ...]:
    """Why it would be refused, which new permissions lack what they need, and which do not go together."""
    policy = guard.organization.policy
    refusals = told(guard.organization, preview.refusals)
    return (*refusals, *_new(_unmet, before, after, policy), *_new(_conflicting, before, after, policy))


def _new(
    find: Callable[[Role, Policy], Iterator[str]], before: Role, after: Role, policy: Policy
) -> tuple[str, ...]:
    """What `find` says of the role after and did not say of it before."""
    known = frozenset(find(before, policy))
    return tuple(text for text in find(after, policy) if text not in known)


def _unmet(role: Role, policy: Policy) -> Iterator[str]:
    permissions = policy.catalogue.permissions
    for key in role.grants:
        if key in permissions:
            for ways in policy.catalogue.needs_of(key):
                if ways.isdisjoint(role.grants):
                    wanted = " or ".join(sorted(f"“{permissions[way].title}”" for way in ways))
                    yield f"“{permissions[key].title}” is of little use without {wanted}."


def _conflicting(role: Role, policy: Policy) -> Iterator[str]:
    permissions = policy.catalogue.permissions
    for conflict in policy.catalogue.conflicts:
        if conflict.permissions <= role.grants.keys():
            both = listed(sorted(f"“{permissions[key].title}”" for key in conflict.permissions))
            yield f"{both} should not be in one hand: {conflict.why}"
