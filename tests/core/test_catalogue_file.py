"""Every mistake a catalogue file can hold is refused, with file, line and key."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roledesk.catalogue import load_builtin
from roledesk.core.catalogue import Source
from roledesk.core.catalogue_file import parse_catalogue
from roledesk.errors import CatalogueError

HEAD = """\
[catalogue]
name = "host"
[areas]
records = "Records"
[kinds.record]
title = "Record"
states = ["active", "archived"]
view = "record.read"
beyond_view = []
parts = ["page"]
owner_only = ["record.burn"]
short_actions = true
[permissions.Reader]
number = 1
area = "records"
title = "Read records"
help = "Read."
reach = ["own", "all"]
opens = ["record.read"]
needs = [["Writer"]]
[permissions.Writer]
number = 2
area = "records"
title = "Write records"
reach = ["own", "team"]
opens = ["record.write[active]", "page.turn@own"]
[extend.Writer]
opens = ["record.erase[active]@team+"]
[[conflicts]]
permissions = ["Reader", "Writer"]
why = "Because."
"""

NAME_RULE = "use a letter, then at most 63 letters, digits, `_` and `-`"
NOT_TOML = "not valid TOML: "  # the rest is Python's own words
TEXTS_RULE = 'must be a list of texts, like ["a", "b"]'


@pytest.mark.parametrize(
    ("old", "new", "line", "key", "problem"),
    [
        # Fields
        ("help =", "hlep =", 17, "permissions.Reader.hlep",
         "this field does not exist; use one of `number`, `area`, `title`, `help`, `without`, `reach`, `opens`, `needs`, "
         "`later`"),
        ("[kinds.record]", "[kinds.record]\ncolour = 1", 6, "kinds.record.colour",
         "this field does not exist; use one of `title`, `states`, `view`, `beyond_view`, `parts`, `owner_only`, "
         "`short_actions`"),
        ("[areas]", "subject = []\n[areas]", 3, "catalogue.subject",
         "this field does not exist; use one of `name`, `subjects`"),
        ("[areas]", "[areaz]\n[areas]", 3, "areaz",
         "this field does not exist; use one of `catalogue`, `areas`, `kinds`, `permissions`, `extend`, `conflicts`"),
        ("[extend.Writer]", "[extend.Writer]\ntitle = 'x'", 28, "extend.Writer.title",
         "this field does not exist; use one of `opens`"),
        ("why =", "when =", 31, "conflicts.1.when", "this field does not exist; use one of `permissions`, `why`"),
        # Shapes
        ('name = "host"', "", 1, "catalogue.name", "is missing or empty; write it"),
        ('title = "Read records"', 'title = "  "', 16, "permissions.Reader.title", "is missing or empty; write it"),
        ('title = "Record"', "title = 7", 6, "kinds.record.title", "must be text in quotes"),
        ("short_actions = true", "short_actions = 1", 12, "kinds.record.short_actions", "must be true or false"),
        ("number = 1", "number = true", 14, "permissions.Reader.number", "must be a whole number from 1 to 999999"),
        ("number = 1", "number = 0", 14, "permissions.Reader.number", "must be a whole number from 1 to 999999"),
        ("number = 1", "number = 1.5", 14, "permissions.Reader.number", "must be a whole number from 1 to 999999"),
        ('parts = ["page"]', 'parts = "page"', 10, "kinds.record.parts", TEXTS_RULE),
        ('parts = ["page"]', "parts = [1]", 10, "kinds.record.parts", TEXTS_RULE),
        ('needs = [["Writer"]]', "needs = 1", 20, "permissions.Reader.needs",
         'must be a list of lists, like [["A", "B"]]'),
        ('needs = [["Writer"]]', 'needs = ["Writer"]', 20, "permissions.Reader.needs", TEXTS_RULE),
        ("[kinds.record]", "[kinds]\nthing = 1\n[kinds.record]", 6, "kinds.thing",
         "must be a table, under its own [heading]"),
        ("[[conflicts]]", "[conflicts]", 29, "conflicts", "must be tables, each under [[conflicts]]"),
        # Names
        ('name = "host"', 'name = "my host"', 2, "catalogue.name", f"`my host` is not a name; {NAME_RULE}"),
        ("[permissions.Reader]", '[permissions."1Reader"]', 13, "permissions.1Reader",
         f"`1Reader` is not a name; {NAME_RULE}"),
        ("[permissions.Reader]", f"[permissions.{'R' * 65}]", 13, f"permissions.{'R' * 65}",
         f"`{'R' * 65}` is not a name; {NAME_RULE}"),
        ('"active", "archived"', '"active", "än"', 7, "kinds.record.states", f"`\\xe4n` is not a name; {NAME_RULE}"),
        ('view = "record.read"', 'view = "read"', 8, "kinds.record.view",
         "`read` is not an action; write it like `conversation.reply`"),
        ('"record.read"]', '"read"]', 19, "permissions.Reader.opens",
         "`read` is not an action; write it like `conversation.reply`"),
        # Texts
        ('help = "Read."', 'help = "Re\\u0007ad."', 17, "permissions.Reader.help",
         "holds a line break or an invisible character; write it on one line"),
        ('help = "Read."', 'help = "Re\\nad."', 17, "permissions.Reader.help",
         "holds a line break or an invisible character; write it on one line"),
        ('help = "Read."', 'help = "Re\u202ead."', 17, "permissions.Reader.help",
         "holds a line break or an invisible character; write it on one line"),
        ('help = "Read."', f'help = "{"x" * 601}"', 17, "permissions.Reader.help",
         "is 601 characters long; 600 is the most"),
        ('title = "Record"', f'title = "{"x" * 81}"', 6, "kinds.record.title", "is 81 characters long; 80 is the most"),
        ('parts = ["page"]', f"parts = {[f'p{n}' for n in range(1001)]}", 10, "kinds.record.parts",
         "has 1001 items; 1000 is the most"),
        ('parts = ["page"]', 'parts = ["page", "page"]', 10, "kinds.record.parts",
         "names the same thing twice; name it once"),
        # Reach and openings
        ('reach = ["own", "all"]', "", 13, "permissions.Reader.reach",
         "must be a list of `own`, `team`, `all`, or one of `organization`, `self`, `token`"),
        ('reach = ["own", "all"]', "reach = []", 18, "permissions.Reader.reach",
         "must be a list of `own`, `team`, `all`, or one of `organization`, `self`, `token`"),
        ('reach = ["own", "all"]', 'reach = "everybody"', 18, "permissions.Reader.reach",
         "must be a list of `own`, `team`, `all`, or one of `organization`, `self`, `token`"),
        ('reach = ["own", "all"]', 'reach = ["mine"]', 18, "permissions.Reader.reach",
         "`mine` is no scope; use `own`, `team`, `all`"),
        ('reach = ["own", "all"]', 'reach = ["own", "own"]', 18, "permissions.Reader.reach",
         "names the same thing twice; name it once"),
        ("page.turn@own", "page.turn@none", 26, "permissions.Writer.opens",
         "`none` is no scope; use `own`, `team`, `all`"),
        ("page.turn@own", "page.turn @own", 26, "permissions.Writer.opens",
         "`page.turn @own` is no opening; write it like `conversation.reply[open]@own`"),
        ("page.turn@own", "page.turn@own[active]", 26, "permissions.Writer.opens",
         "`page.turn@own[active]` is no opening; write it like `conversation.reply[open]@own`"),
        ("write[active]", "write[open]", 26, "permissions.Writer.opens",
         "`open` is no state of `record`; its states are `active`, `archived`"),
        ("write[active]", "write[]", 26, "permissions.Writer.opens",
         "`` is no state of `record`; its states are `active`, `archived`"),
        ("erase[active]", "erase[open]", 28, "extend.Writer.opens",
         "`open` is no state of `record`; its states are `active`, `archived`"),
        ("page.turn", "pag.turn", 26, "permissions.Writer.opens", "`pag.turn` is about no kind; declare [kinds.pag]"),
        ("page.turn", "record.burn", 26, "permissions.Writer.opens",
         "`record.burn` is for the owner only; no permission may open it"),
        ('opens = ["record.read"]', "opens = []", 19, "permissions.Reader.opens",
         "a permission must open something; name at least one action"),
        ('opens = ["record.read"]', "", 13, "permissions.Reader.opens",
         "a permission must open something; name at least one action"),
        # One thing that does not fit another
        ('area = "records"\ntitle = "Read', 'area = "books"\ntitle = "Read', 15, "permissions.Reader.area",
         "there is no area `books`; declare it under [areas]"),
        ('needs = [["Writer"]]', 'needs = [["Wroter"]]', 20, "permissions.Reader.needs",
         "there is no permission `Wroter`; check its spelling"),
        ('["Reader", "Writer"]', '["Reader", "Wroter"]', 30, "conflicts.1.permissions",
         "there is no permission `Wroter`; check its spelling"),
        ('["Reader", "Writer"]', '["Reader"]', 30, "conflicts.1.permissions",
         "a conflict names two permissions and says `why`"),
        ("[extend.Writer]", "[extend.Wroter]", 27, "extend.Wroter",
         "there is no such permission to extend; load the file that declares it too"),
        ('view = "record.read"', 'view = "record.see"', 8, "kinds.record.view",
         "nothing opens `record.see`; leave `view` out"),
        ('"record.read"]', '"record.read[archived]"]', 8, "kinds.record.view",
         "in `active` nobody can view but may `record.write`; open both or neither"),
        ("beyond_view = []", 'beyond_view = ["record.fly"]', 9, "kinds.record.beyond_view",
         "nothing opens `record.fly`; leave it out"),
        ("record.burn", "book.burn", 11, "kinds.record.owner_only",
         "`book.burn` is about another kind; write it like `record.close`"),
        ('parts = ["page"]', 'parts = ["record"]', 10, "kinds.record.parts", "`record` is a kind already; rename one"),
        ("[areas]", '[kinds.book]\ntitle = "Book"\nparts = ["page"]\n[areas]', 13, "kinds.record.parts",
         "`page` is a part of `book` already; rename one"),
        # Two of the same
        ("number = 2", "number = 1", 22, "permissions.Writer.number", "`Reader` has the same number; choose another"),
        ('"Write records"', '"READ records"', 24, "permissions.Writer.title",
         "`Reader` has the same title; choose another"),
        ("[areas]", '[kinds.book]\ntitle = "record"\n[areas]', 8, "kinds.record.title",
         "`book` has the same title; choose another"),
        ('records = "Records"', 'records = "Records"\nbooks = "Records"', 5, "areas.books",
         "another area has this name or title; one area has one title in all files"),
        # TOML itself
        ("[permissions.Writer]", "[permissions.Reader]", 21, "", NOT_TOML),
        ("number = 1", f"number = {'9' * 5000}", 1, "", NOT_TOML),
        ("needs =", f"x = {'[' * 100_000}", 1, "", "lists within lists too deep to read; flatten them"),
        ('why = "Because."', 'why = "Because.', 31, "", NOT_TOML),
        ('why = "Because."\n', 'why = """Because.', 31, "", NOT_TOML),
        ("[catalogue]", "\0", 1, "", NOT_TOML),
        ("help =", f"# {'x' * 2_000_000}\nhelp =", 1, "", "the file is longer than 2000000 characters; split it"),
    ],
)  # fmt: skip
def test_a_mistake_is_refused_with_file_line_and_key(old, new, line, key, problem):
    assert HEAD.count(old) >= 1
    with pytest.raises(CatalogueError) as caught:
        parse_catalogue([Source("host.toml", HEAD.replace(old, new, 1))])
    error = caught.value
    said = NOT_TOML if error.problem.startswith(NOT_TOML) else error.problem
    assert (error.file, error.line, error.key, said) == ("host.toml", line, key, problem)
    assert "\n" not in str(error)


@pytest.mark.parametrize(
    ("second", "line", "key", "problem"),
    [
        ('[catalogue]\nname = "host"\n', 2, "catalogue.name",
         "catalogue `host` is in `host.toml` already; remove one of the two"),
        ('[catalogue]\nname = "b"\n[areas]\nrecords = "Papers"\n', 4, "areas.records",
         "another area has this name or title; one area has one title in all files"),
        ('[catalogue]\nname = "b"\n[kinds.record]\ntitle = "Paper"\n', 3, "kinds.record",
         "kind `record` is in `host.toml` already; remove one of the two"),
        ('[catalogue]\nname = "b"\n[permissions.Reader]\narea = "records"\ntitle = "R"\n', 3, "permissions.Reader",
         "permission `Reader` is in `host.toml` already; remove one of the two"),
        ('[catalogue]\nname = "b"\n[permissions.Other]\nnumber = 2\narea = "records"\ntitle = "O"\n'
         'reach = "self"\nopens = ["record.read"]\n', 4, "permissions.Other.number",
         "`Writer` has the same number; choose another"),
    ],
)  # fmt: skip
def test_two_files_may_not_declare_the_same_thing(second, line, key, problem):
    with pytest.raises(CatalogueError) as caught:
        parse_catalogue([Source("host.toml", HEAD), Source("second.toml", second)])
    error = caught.value
    assert (error.file, error.line, error.key, error.problem) == ("second.toml", line, key, problem)


def test_the_desk_cannot_stand_without_our_own_permissions():
    with pytest.raises(
        CatalogueError, match=r"`extend\.SettingsView`: there is no such permission to extend"
    ):
        parse_catalogue(load_builtin("desk"))


def test_the_correct_file_is_taken():
    catalogue = parse_catalogue([Source("host.toml", HEAD)])
    assert sorted(catalogue.actions) == [
        "page.turn",
        "record.burn",
        "record.erase",
        "record.read",
        "record.write",
    ]


def refusal_of(text: str) -> CatalogueError | None:
    try:
        parse_catalogue([Source("host.toml", text)])
    except CatalogueError as error:
        return error
    return None


@given(st.text(max_size=200), st.integers(0, len(HEAD)), st.integers(0, 40))
def test_any_text_is_either_a_catalogue_or_refused_with_its_place(inserted, start, removed):
    text = HEAD[:start] + inserted + HEAD[start + removed :]
    refusal = refusal_of(text)
    assert refusal is None or 1 <= refusal.line <= text.count("\n") + 1
    assert str(refusal).isprintable()
