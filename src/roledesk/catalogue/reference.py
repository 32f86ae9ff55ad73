"""The permission reference as a document, made from the catalogue files.

`python -m roledesk.catalogue.reference` prints it; a test holds docs/permissions.md to it.
Not here: who holds what (the console's page of the same name).
"""

from __future__ import annotations

from collections.abc import Iterator

from roledesk.catalogue import load_builtin
from roledesk.core.catalogue import Catalogue, Opening, Permission, ReachKind
from roledesk.core.catalogue_file import parse_catalogue

HEAD = """# Permission reference

What each permission opens. Made from the catalogue files by `make docs`; do not edit it by hand.

Scopes: **own** is what is assigned to the agent, **team** what belongs to one of his teams and his own, **all**
everything in the organization. `action[states]` is open only in those states; `action@scope` has that scope whatever was
ticked, `action@team+` at least that one.
"""

ROWS = "../tests/reference/rows.py"
FOR_TOKENS = "../tests/service/test_decisions.py"
REACH = {
    ReachKind.ORGANIZATION: "a switch, about the organization as a whole",
    ReachKind.SELF: "a switch, about one's own record",
    ReachKind.TOKEN: "chosen for a service token only",
}


def reference(catalogue: Catalogue) -> str:
    """The document, as Markdown."""
    return "\n".join([HEAD, *_areas(catalogue)])


def _areas(catalogue: Catalogue) -> Iterator[str]:
    for area in catalogue.areas:
        yield f"## {area.title}\n"
        for permission in catalogue.in_area(area.id):
            yield from _permission(permission, catalogue)


def _permission(permission: Permission, catalogue: Catalogue) -> Iterator[str]:
    yield f"### {permission.title}\n"
    yield f"`{permission.key}`: {_reach(permission)}\n"
    yield f"{permission.help} Without it: {permission.without}\n"
    yield from _proof(permission)
    yield f"- opens {', '.join(_opening(each) for each in permission.opens)}"
    for need in catalogue.needs_of(permission.key):
        yield f"- is of little use without {' or '.join(f'`{key}`' for key in sorted(need))}"
    yield ""


def _proof(permission: Permission) -> Iterator[str]:
    """Where it is shown what it opens, with it and without it."""
    if permission.later:
        yield "- **not opened by this desk yet**: it can be ticked, and no page asks for it so far"
    elif permission.reach is ReachKind.TOKEN:
        yield f"- proved by [these tests]({FOR_TOKENS})"
    else:
        yield f"- proved by [its row]({ROWS}), `{permission.key}`, with it and without it"


def _reach(permission: Permission) -> str:
    scopes = " / ".join(scope.name.lower() for scope in permission.scopes)
    return REACH.get(permission.reach, scopes)


def _opening(opening: Opening) -> str:
    states = "" if opening.states is None else f"[{', '.join(sorted(opening.states))}]"
    fixed = "" if opening.fixed is None else f"@{opening.fixed.name.lower()}"
    least = f"@{opening.at_least.name.lower()}+" if opening.at_least else ""
    return f"`{opening.action}{states}{fixed}{least}`"


if __name__ == "__main__":
    print(reference(parse_catalogue(load_builtin())), end="")  # noqa: T201
