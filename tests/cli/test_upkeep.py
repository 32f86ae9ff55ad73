"""`init`, `owner-link`, `migrate`, `backup` and `restore`."""

import sqlite3

import pytest
from tests.cli.conftest import Shell

from roledesk.engine import open_engine
from roledesk.engine.links import find_link, use_link


def test_init_gives_a_set_up_link_until_there_is_an_organization(shell):
    link = shell.run("init", "--json").body["link"]
    assert link.startswith("http://127.0.0.1:8000/set-up/link_")
    ended = shell.run("init", "--name", "Northwind Care", "--owner-email", "maya@example.com")
    assert ended.out.splitlines()[0] == "founded   northwind-care"
    with open_engine(shell.url) as engine:
        assert find_link(engine, link.rpartition("/")[2]) is None
    assert shell.run("init", "--json").body == {"organizations": ["northwind-care"], "link": None}


def test_an_owner_link_sets_a_password_once(shell):
    body = shell.run("init", "--name", "Acme", "--owner-email", "o@example.com", "--json").body
    link = shell.run("owner-link", "O@example.com", "--json").body
    assert link["owner"] == body["owner"]
    secret = link["link"].removeprefix("http://127.0.0.1:8000/password/")
    with open_engine(shell.url) as engine:
        assert find_link(engine, body["link"].rpartition("/")[2]) is None, (
            "a new link replaces the earlier one"
        )
        assert use_link(engine, secret, "a long enough one")[1] == body["owner"]
        assert find_link(engine, secret) is None


@pytest.mark.parametrize(
    ("words", "said"),
    [
        pytest.param("init --name Acme", "needs an owner", id="no owner"),
        pytest.param("init --name Acme --owner-email nobody", "e-mail", id="no address"),
        pytest.param(
            "init --name Acme --owner-email o@x.example --preset nope", "no preset `nope`", id="preset"
        ),
        pytest.param("init --name =A --owner-email o@x.example", "a name cannot begin with", id="formula"),
        pytest.param("owner-link", "there is no organization yet", id="empty"),
    ],
)
def test_what_cannot_be_started_is_refused(shell, words, said):
    ended = shell.run(*words.split())
    assert (ended.code, said in ended.err) == (3, True), ended.err
    assert shell.run("init", "--json").body["organizations"] == []


def test_links_are_for_owners_only(demo):
    assert demo.run("owner-link", "yuki").code == 3
    assert "choose one of henrik, maya" in demo.run("owner-link").err
    assert demo.run("owner-link", "maya@northwind.example").code == 0


def test_an_organization_is_started_once(shell):
    words = ["init", "--name", "Acme", "--owner-email", "o@example.com"]
    assert [shell.run(*words).code, shell.run(*words).code] == [0, 3]


def test_a_backup_restores_elsewhere_as_a_new_epoch(demo, fresh_postgres, tmp_path):
    assert demo.run("backup", "all.gz").code == 0
    other = Shell(fresh_postgres, tmp_path)
    assert other.run("restore", "all.gz").code == 0
    assert other.run("export").out == demo.run("export").out
    assert other.run("verify").out == demo.run("verify").out
    epochs = {
        each.run("check", "maya", "role.edit", "--json").body["context"]["revision"] for each in (demo, other)
    }
    assert len(epochs) == 2


@pytest.mark.parametrize("content", [b"", b"not a backup", None], ids=["empty", "text", "cut"])
def test_a_damaged_backup_is_refused_and_makes_nothing(demo, tmp_path, content):
    demo.run("backup", "all.gz")
    whole = (tmp_path / "all.gz").read_bytes()
    (tmp_path / "bad.gz").write_bytes(whole[: len(whole) // 2] if content is None else content)
    ended = demo.run("restore", "bad.gz", "--database", f"sqlite:///{tmp_path}/new.sqlite3")
    assert (ended.code, "is not a whole backup" in ended.err) == (3, True)


def test_restoring_over_something_is_refused(demo):
    demo.run("backup", "all.gz")
    assert demo.run("restore", "all.gz").code == 3


def test_an_older_schema_asks_for_migrate_and_a_newer_one_is_refused(demo):
    def set_version(version: str) -> None:
        with sqlite3.connect(demo.url.removeprefix("sqlite:///")) as connection:
            connection.execute("UPDATE alembic_version SET version_num = ?", [version])

    assert demo.run("migrate").code == 0
    set_version("9999")
    assert [demo.run(word).code for word in ("migrate", "verify")] == [1, 1]
    assert "install a newer Roledesk" in demo.run("verify").err


@pytest.mark.parametrize(
    ("url", "said"),
    [
        pytest.param("nonsense", "not an address", id="no address"),
        pytest.param("mysql://host/name", "is not supported", id="another database"),
        pytest.param("postgresql://127.0.0.1:1/none", "cannot open", id="nobody answers"),
    ],
)
def test_a_database_that_cannot_be_opened_is_named(tmp_path, url, said):
    ended = Shell(url, tmp_path).run("verify")
    assert (ended.code, said in ended.err) == (3, True)
