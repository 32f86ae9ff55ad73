"""Agents from a file in the console: shown first, then carried out part by part, with a link for each at the end."""

import re

from starlette.testclient import TestClient
from tests.console.conftest import Console

from roledesk.core.changes import SetAssignments
from roledesk.core.terms import Assignment
from roledesk.engine import agent_import

HEAD = "name,email,teams,roles\n"


def send(client: TestClient, text: str, because: str = "New colleagues") -> str:
    """Where the verdicts of a file are shown."""
    answer = client.post("/agents/import", files={"file": ("agents.csv", text)}, data={"because": because})
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]


def test_a_file_is_shown_then_carried_out_and_gives_links(console: Console) -> None:
    maya = console.sign_in("maya")
    place = send(
        maya,
        HEAD + "Ana Ruiz,ana@example.com,Billing,support-agent\nBo,no address,,\n,BEN@example.com,care,\n",
    )
    page = maya.get(place).text
    assert "3 lines: 1 new, 0 changed, 1 already so, 1 refused." in page
    assert "this is not an e-mail address" in page
    done = maya.post(f"{place}/go").text
    [link] = re.findall(r"/password/link_[\w-]+", done)
    assert console.visit().get(link).status_code == 200
    assert maya.get(place).text.count("/password/") == 0, "a link is shown once"
    assert maya.post(f"{place}/go").status_code == 303, "sent again, it makes no other links"
    [other] = re.findall(r"/password/link_[\w-]+", maya.post(f"{place}/links").text)
    assert [console.visit().get(each).status_code for each in (link, other)] == [404, 200]
    assert maya.get(f"{place}/result.csv").text.splitlines() == [
        "line,name,email,teams,roles,result,note",
        "2,Ana Ruiz,ana@example.com,Billing,support-agent,imported,",
        "3,Bo,no address,,,refused,email: this is not an e-mail address; write it like “ana@example.com”",
        "4,,BEN@example.com,care,,already so,",
    ]


def test_a_long_file_shows_how_far_it_is_and_goes_on(console: Console) -> None:
    maya = console.sign_in("maya")
    number = agent_import.AT_ONCE + 2
    place = send(maya, HEAD + "".join(f"Name {n},n{n}@example.com,care,\n" for n in range(number)))
    answer = maya.post(f"{place}/go")
    assert (answer.status_code, answer.headers["location"]) == (303, place)
    assert f"{agent_import.AT_ONCE} of {number} lines done" in maya.get(place).text
    assert maya.post(f"{place}/go").text.count("/password/") == number


def test_a_file_that_cannot_be_read_leaves_the_reason_typed(console: Console) -> None:
    maya = console.sign_in("maya")
    cases = [
        ("nothing\n", "New people", "has a column"),
        (HEAD + "Ana,ana@example.com,care,\n", "", "say why"),
    ]
    for text, because, problem in cases:
        answer = maya.post("/agents/import", files={"file": ("a.csv", text)}, data={"because": because})
        assert answer.status_code == 422
        assert problem.casefold() in answer.text.casefold()
        assert f">{because}</textarea>" in answer.text


def test_an_import_out_of_ones_hands_looks_like_none(console: Console) -> None:
    maya, ada = console.sign_in("maya"), console.sign_in("ada")
    place = send(maya, HEAD + "Ana,ana@example.com,care,\n")
    doors = [("GET", ""), ("POST", "/go"), ("POST", "/links"), ("GET", "/result.csv")]
    assert {ada.request(method, place + end).status_code for method, end in doors} == {403}
    console.put(SetAssignments("ada", (Assignment("owner"),)))
    assert {ada.request(method, place + end).status_code for method, end in doors} == {404}
