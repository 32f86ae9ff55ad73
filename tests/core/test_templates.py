import pytest

from roledesk.catalogue import load_builtin, load_preset, preset_names
from roledesk.core.catalogue import Source
from roledesk.core.catalogue_file import parse_catalogue
from roledesk.core.templates import parse_preset
from roledesk.errors import CatalogueError, NotFoundError

CATALOGUE = parse_catalogue(load_builtin())
NUMBERS = {each.number: each for each in CATALOGUE.permissions.values()}
BILLING = {63, 64, 65, 66}

SUPPORT_AGENT = "16 own, 19 team, 24 team, 30 all, 36 team, 61 all, 62 all, 72 own"
MARKETING_USER = "16 own, 36 all, 51 team"


def grants_of(text: str) -> dict[str, str]:
    """`16 own, 19 team` by key; empty for an empty text."""
    pairs = (each.split() for each in text.split(", ") if each)
    return {NUMBERS[int(number)].key: scope for number, scope in pairs}


def everything_but(*numbers: int) -> dict[str, str]:
    held = (each for number, each in NUMBERS.items() if number not in {84, *numbers})
    return {each.key: each.widest.name.lower() for each in held}


@pytest.mark.parametrize(
    ("preset", "roles"),
    [
        ("convrs", [
            ("Owner", {}),
            ("Admin", everything_but()),
            ("Agent", grants_of(
                "16 own, 17 team, 19 own, 20 own, 21 own, 22 own, 23 all, 24 own, 30 all, 34 own, 56 all, "
                "61 own, 62 own, 72 own")),
        ]),
        ("convers8", [
            ("Owner", {}),
            ("Administrator", everything_but(*BILLING)),
            ("Billing Manager", grants_of("63 all, 64 all, 65 all")),
            ("Support Agent", grants_of(
                "16 own, 17 team, 19 team, 22 own, 24 team, 30 all, 34 team, 36 team, 61 team, 62 team, 72 own")),
            ("Developer", grants_of("45 all, 46 all, 47 all, 48 all, 50 all, 57 own, 73 all, 74 all, 83 all")),
        ]),
        ("freshworks", [
            ("Account Admin", {}),
            ("Administrator", everything_but(4)),
            ("Support Agent", grants_of(SUPPORT_AGENT)),
            ("Support Manager", grants_of(f"{SUPPORT_AGENT}, 39 all, 51 team")),
            ("Marketing User", grants_of(MARKETING_USER)),
            ("Marketing Manager", grants_of(f"{MARKETING_USER}, 52 team, 5 all, 6 all, 77 all")),
            ("Restricted User", grants_of("16 own, 60 own")),
            ("Sales User", grants_of("16 own, 19 own, 24 own, 30 all, 36 own, 69 own, 72 own")),
            ("Sales Manager", grants_of(
                "16 own, 19 team, 22 team, 24 team, 26 all, 29 team, 36 team, 69 team, 71 team, 72 team, 6 team")),
            ("Custom Role", {}),
        ]),
        ("donut", [
            ("Owner", {}),
            ("Account Admin", everything_but(*BILLING)),
            ("Agent", grants_of("16 own, 19 all, 21 own, 30 all, 61 own, 62 own, 72 own")),
        ]),
    ],
)  # fmt: skip
def test_each_role_of_a_preset_grants_what_the_reference_says(preset, roles):
    read = load_preset(preset, CATALOGUE)
    granted = [
        (each.name, {key: scope.name.lower() for key, scope in each.grants.items()}) for each in read.roles
    ]
    assert granted == roles
    assert [each.name for each in read.roles if each.owner] == [roles[0][0]]
    assert all(each.description for each in (read, *read.roles))


def test_only_the_freshworks_preset_reserves_the_making_of_roles():
    reserved = {name: load_preset(name, CATALOGUE).reserved for name in preset_names()}
    assert reserved == {
        "convrs": frozenset(),
        "convers8": frozenset(),
        "freshworks": frozenset({"AdminRolesAndPermissions"}),
        "donut": frozenset(),
    }


def test_a_preset_that_is_not_there_is_not_found():
    with pytest.raises(NotFoundError, match="there is no preset `zen`"):
        load_preset("zen", CATALOGUE)


def test_a_preset_needs_a_catalogue_with_its_permissions():
    with pytest.raises(CatalogueError, match="there is no permission `AIWritingAssistant`"):
        load_preset("convrs", parse_catalogue(load_builtin("access")))


SMALL = """\
[preset]
id = "small"
name = "Small"
reserved = ["FAQ"]
[roles.owner]
name = "Owner"
owner = true
[roles.helper]
name = "Helper"
[roles.helper.grants]
AgentChat = "own"
[roles.chief]
name = "Chief"
all_permissions = true
less = ["FAQ"]
"""


@pytest.mark.parametrize(
    ("old", "new", "line", "key", "problem"),
    [
        ('["FAQ"]\n[roles.owner', '["FAX"]\n[roles.owner', 4, "preset.reserved",
         "there is no permission `FAX`; check its spelling"),
        ('less = ["FAQ"]', 'less = ["FAX"]', 15, "roles.chief.less", "there is no permission `FAX`; check its spelling"),
        ("AgentChat =", "AgentChats =", 11, "roles.helper.grants.AgentChats",
         "there is no permission `AgentChats`; check its spelling"),
        ('AgentChat = "own"', 'AgentChat = "mine"', 11, "roles.helper.grants.AgentChat",
         "`mine` is no scope; use `own`, `team`, `all`"),
        ('AgentChat = "own"', 'FAQ = "own"', 11, "roles.helper.grants.FAQ", "cannot be given at `own`; possible is `all`"),
        ('AgentChat = "own"', 'DecisionService = "all"', 11, "roles.helper.grants.DecisionService",
         "cannot be given at `all`; possible is nothing: it is for tokens only"),
        ('AgentChat = "own"', "AgentChat = true", 11, "roles.helper.grants.AgentChat", "must be text in quotes"),
        ('name = "Owner"', "", 5, "roles.owner.name", "is missing or empty; write it"),
        ('name = "Helper"', 'name = "Helper"\nsteward = "x"', 10, "roles.helper.steward",
         "this field does not exist; use one of `name`, `description`, `owner`, `all_permissions`, `less`, `grants`"),
        ("owner = true", "owner = false", 1, "roles",
         "exactly one role is the owner's, with `owner = true`, and it comes first"),
        ('name = "Chief"', 'name = "Chief"\nowner = true', 12, "roles.chief",
         "a role has `owner`, `all_permissions` or grants; choose one of them"),
        ("[roles.helper]", "[roles.2helper]\nname = 'x'\n[roles.helper]", 8, "roles.2helper",
         "`2helper` is not a name; use a letter, then at most 63 letters, digits, `_` and `-`"),
        ('id = "small"', "", 1, "preset.id", "is missing or empty; write it"),
    ],
)  # fmt: skip
def test_a_mistake_in_a_preset_is_refused_with_file_line_and_key(old, new, line, key, problem):
    with pytest.raises(CatalogueError) as caught:
        parse_preset(Source("small.toml", SMALL.replace(old, new, 1)), CATALOGUE)
    error = caught.value
    assert (error.file, error.line, error.key, error.problem) == ("small.toml", line, key, problem)
