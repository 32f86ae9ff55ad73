"""The pages of widgets: whoever may only read them never gets the signing secret, nor another team's widget to change."""

import pytest
from tests.desk.site import Site
from tests.desk.test_pages import TEAM, database_url  # noqa: F401 - a fixture
from tests.desk.world import World

from roledesk import PutRole, Role, Scope
from roledesk.desk import widgets
from roledesk.desk.store import widgets as known

SECRET = "signing-secret"
FORM = {
    "name": "Shop",
    "team": "a",
    "origins": "https://shop.example\nhttps://www.shop.example",
    "title": "Ask us",
    "greeting": "Hello",
    "away_text": "Away",
    "colour": "#112233",
    "enabled": "yes",
}


def give(world: World, **grants: Scope) -> None:
    world.put(PutRole(Role("agent", "Agent", dict(grants))))


def test_who_may_only_read_a_widget_sees_no_secret_and_changes_nothing(site: Site) -> None:
    give(site.world, SettingsView=Scope.ALL)
    reader, owner = site.as_("a1"), site.as_("olu")
    page = reader.get("/widgets/acme-a")
    assert page.status_code == 200
    assert SECRET not in page.text
    assert "disabled" in page.text
    assert SECRET in owner.get("/widgets/acme-a").text
    assert 'href="/widgets/new"' not in page.text
    for path in ("/widgets/new", "/widgets/acme-a/secret"):
        assert reader.get(path).status_code == 403
        assert owner.get(path).status_code == 200
    for path in ("/widgets", "/widgets/acme-a", "/widgets/acme-a/secret"):
        assert reader.post(path, data=FORM).status_code == 403
    assert site.world.widget("a").identity_secret == SECRET


def test_who_may_do_neither_is_not_let_in(site: Site) -> None:
    agent = site.as_("a1")
    assert agent.get("/widgets").status_code == 403
    assert 'href="/widgets"' not in agent.get("/inbox").text
    assert 'href="/widgets"' in site.as_("olu").get("/inbox").text


def test_a_widget_is_made_changed_and_given_a_new_secret(site: Site) -> None:
    owner = site.as_("olu")
    made = owner.post("/widgets", data=FORM).headers["location"]
    kept = widgets.get_widget(site.world.guard("olu"), made.rpartition("/")[2])
    assert kept.origins == ("https://shop.example", "https://www.shop.example")
    assert f"/widget/{kept.id}.js" in owner.get(made).text
    owner.post(made, data={**FORM, "title": "Ask the shop", "enabled": ""})
    changed = widgets.get_widget(site.world.guard("olu"), kept.id)
    assert (changed.title, changed.enabled) == ("Ask the shop", False)
    owner.post(f"{made}/secret")
    assert widgets.get_widget(site.world.guard("olu"), kept.id).identity_secret != kept.identity_secret


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        pytest.param({"origins": "https://a.example; script-src *"}, "is not a site", id="site"),
        pytest.param({"colour": "red"}, "write a colour like", id="colour"),
        pytest.param({"name": ""}, "name", id="name"),
    ],
)
def test_what_cannot_be_kept_is_told_and_what_was_written_stays(
    site: Site,
    changes: dict[str, str],
    words: str,
) -> None:
    page = site.as_("olu").post("/widgets/acme-a", data={**FORM, "greeting": "kept words", **changes})
    assert page.status_code == 422
    assert words in page.text.casefold()
    assert "kept words" in page.text
    assert site.world.widget("a").greeting != "kept words"


def test_a_widget_of_another_team_is_nobodys_to_change(site: Site) -> None:
    give(site.world, WebWidget=TEAM)
    agent = site.as_("a1")
    assert agent.post("/widgets/acme-a", data=FORM).status_code == 303
    assert agent.get("/widgets/acme-b").status_code == 404
    assert agent.post("/widgets/acme-b", data=FORM).status_code in (403, 404)
    assert agent.post("/widgets/acme-a", data={**FORM, "team": "b"}).status_code in (403, 404)
    assert (site.world.widget("a").team, site.world.widget("b").name) == ("a", "Widget b")


def test_who_edits_the_widgets_of_one_team_cannot_sign_for_every_customer(site: Site) -> None:
    give(site.world, WebWidget=TEAM)
    agent, kept = site.as_("a1"), site.world.widget("a").identity_secret
    page = agent.get("/widgets/acme-a")
    assert page.status_code == 200
    assert kept not in page.text
    assert "Known visitors" not in page.text
    assert agent.get("/widgets/acme-a/secret").status_code == 403
    assert agent.post("/widgets/acme-a/secret").status_code == 403
    made = widgets.create_widget(site.world.guard("a1"), widgets.WidgetForm("Shop", "a"))
    edited = widgets.edit_widget(site.world.guard("a1"), made.id, widgets.WidgetForm("The shop", "a"))
    assert (made.identity_secret, edited.identity_secret) == ("", "")
    assert site.world.widget("a").identity_secret == kept
    with site.world.organization.database.reading() as connection:
        assert known.find(connection, "acme", made.id).identity_secret.startswith("widget_")
    give(site.world, WebWidget=Scope.ALL)
    assert kept in agent.get("/widgets/acme-a").text
    assert agent.get("/widgets/acme-a/secret").status_code == 200
