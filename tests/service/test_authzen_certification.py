"""The certification scenario of AuthZEN 1.0: every case of its Core levels and of Discovery.

The cases are those of the scenario's text and of the harness, on the fixture that
examples/authzen-certification.toml holds.
"""

from typing import Any

import pytest
from tests.service.conftest import BASE, Caller

EVALUATION = "/access/v1/evaluation"
EVALUATIONS = "/access/v1/evaluations"
SUBJECTS = "/access/v1/search/subject"
RESOURCES = "/access/v1/search/resource"
ACTIONS = "/access/v1/search/action"
ENDPOINTS = [EVALUATION, EVALUATIONS, SUBJECTS, RESOURCES, ACTIONS]

ALICE = {"type": "user", "id": "alice"}
BOB = {"type": "user", "id": "bob"}
READ, WRITE, DELETE = {"name": "read"}, {"name": "write"}, {"name": "delete"}
RECORD_1 = {"type": "record", "id": "record-1"}
RECORD_2 = {"type": "record", "id": "record-2"}
CONTEXT = {"time": "2026-01-01T00:00:00Z", "ip": "192.0.2.1"}

Message = dict[str, Any]


def ask(subject: object, action: object, resource: object, **more: object) -> Message:
    return {"subject": subject, "action": action, "resource": resource, **more}


def foreign(entity: Message, **properties: object) -> Message:
    return {**entity, "properties": {"nobody": ["knows", 1], **properties}, "unknown": True}


# Basic


@pytest.mark.parametrize(
    ("message", "decision"),
    [
        pytest.param(ask(ALICE, READ, RECORD_1), True, id="rule 1"),
        pytest.param(ask(ALICE, WRITE, RECORD_1), True, id="rule 2"),
        pytest.param(ask(BOB, READ, RECORD_1), True, id="rule 3"),
        pytest.param(ask(BOB, WRITE, RECORD_1), False, id="rule 4"),
        pytest.param(ask(ALICE, READ, RECORD_1, context=CONTEXT), True, id="with a context"),
        pytest.param(
            ask(foreign(ALICE, role="manager"), foreign(READ), foreign(RECORD_1, owner=5, status="lost")),
            True,
            id="with foreign properties",
        ),
        pytest.param(
            ask(ALICE, READ, RECORD_1, extra={"a": 1}, another=[None]), True, id="with unknown members"
        ),
        pytest.param(ask(ALICE, READ, RECORD_2), True, id="alice reads record-2, as the harness expects"),
        pytest.param(ask({"type": "user", "id": "mallory"}, READ, RECORD_1), False, id="unknown subject"),
        pytest.param(
            ask({"type": "robot", "id": "alice"}, READ, RECORD_1), False, id="another type of subject"
        ),
        pytest.param(ask(ALICE, {"name": "fly"}, RECORD_1), False, id="unknown action"),
        pytest.param(ask(ALICE, READ, {"type": "spaceship", "id": "1"}), False, id="unknown kind"),
        pytest.param(ask(ALICE, READ, {"type": "record", "id": "none"}), False, id="unknown resource"),
    ],
)
def test_one_question_has_one_answer_each_time(certified: Caller, message: Message, decision: bool) -> None:
    answers = [certified.post(EVALUATION, message) for _ in range(3)]
    assert [answer["decision"] for answer in answers] == [decision] * 3  # type: ignore[index]
    assert answers[0] == answers[1] == answers[2]


INCOMPLETE = [
    pytest.param({"action": READ, "resource": RECORD_1}, id="no subject"),
    pytest.param({"subject": ALICE, "resource": RECORD_1}, id="no action"),
    pytest.param({"subject": ALICE, "action": READ}, id="no resource"),
    pytest.param(ask({"id": "alice"}, READ, RECORD_1), id="subject without type"),
    pytest.param(ask({"type": "user"}, READ, RECORD_1), id="subject without id"),
    pytest.param(ask(ALICE, {}, RECORD_1), id="action without name"),
    pytest.param(ask(ALICE, READ, {"id": "record-1"}), id="resource without type"),
    pytest.param(ask(ALICE, READ, {"type": "record"}), id="resource without id"),
    pytest.param(ask("alice", READ, RECORD_1), id="subject is a string"),
    pytest.param(ask(ALICE, {"name": 123}, RECORD_1), id="action name is a number"),
    pytest.param(ask(ALICE, READ, {**RECORD_1, "properties": "archived"}), id="properties are a string"),
    pytest.param(ask(ALICE, READ, RECORD_1, context="now"), id="context is a string"),
    pytest.param(ask(ALICE, READ, None), id="resource is null"),
]


@pytest.mark.parametrize("message", INCOMPLETE)
@pytest.mark.parametrize("path", [EVALUATION, EVALUATIONS])
def test_an_incomplete_question_is_a_bad_request(certified: Caller, path: str, message: Message) -> None:
    response = certified.client.post(
        path, json=message, headers={"Authorization": f"Bearer {certified.token}"}
    )
    assert response.status_code == 400
    assert isinstance(response.json(), str)


# Transport


def send(certified: Caller, method: str, path: str, body: bytes, **headers: str) -> Any:
    given = {"Authorization": f"Bearer {certified.token}", "Content-Type": "application/json"}
    given |= {name.replace("_", "-"): value for name, value in headers.items()}
    return certified.client.request(method, path, content=body, headers=given)


GOOD = b'{"subject":{"type":"user","id":"alice"},"action":{"name":"read"},"resource":{"type":"record","id":"record-1"}}'


@pytest.mark.parametrize("path", ENDPOINTS)
@pytest.mark.parametrize(
    ("method", "body", "headers", "status"),
    [
        pytest.param("POST", b"{", {}, 400, id="malformed"),
        pytest.param("POST", b"", {}, 400, id="empty"),
        pytest.param("POST", b"[]", {}, 400, id="array at top level"),
        pytest.param("POST", GOOD + GOOD, {}, 400, id="two objects"),
        pytest.param("POST", b'{"subject": NaN}', {}, 400, id="NaN"),
        pytest.param("POST", GOOD.replace(b'"record"', b'"\\ud800"'), {}, 400, id="lone surrogate"),
        pytest.param("POST", GOOD.replace(b'"record"', b'"\xff"'), {}, 400, id="not UTF-8"),
        pytest.param("POST", b"[" * 100_000, {}, 400, id="absurdly deep"),
        pytest.param("POST", GOOD, {"Content_Type": "text/plain"}, 400, id="wrong content type"),
        pytest.param("GET", b"", {}, 405, id="GET"),
        pytest.param("PUT", GOOD, {}, 405, id="PUT"),
        pytest.param("POST", GOOD, {"Authorization": ""}, 401, id="no credentials"),
        pytest.param("POST", GOOD, {"Authorization": "Bearer wrong"}, 401, id="wrong token"),
        pytest.param("POST", GOOD, {"Authorization": "Basic YTpi"}, 401, id="another scheme"),
        pytest.param("POST", b" " * 2_000_000, {}, 413, id="too long"),
    ],
)
def test_a_broken_request_is_refused_by_its_status(
    certified: Caller, path: str, method: str, body: bytes, headers: dict[str, str], status: int
) -> None:
    response = send(certified, method, path, body, **headers)
    assert response.status_code == status
    assert ("www-authenticate" in response.headers) == (status == 401)
    assert ("allow" in response.headers) == (status == 405)


@pytest.mark.parametrize("type_", ["application/json; charset=utf-8", "Application/JSON"])
def test_a_charset_parameter_is_accepted(certified: Caller, type_: str) -> None:
    assert send(certified, "POST", EVALUATION, GOOD, Content_Type=type_).json()["decision"] is True


def test_of_a_member_sent_twice_the_last_counts(certified: Caller) -> None:
    body = GOOD.replace(b'"action":{"name":"read"}', b'"action":{"name":"fly"},"action":{"name":"read"}')
    assert send(certified, "POST", EVALUATION, body).json()["decision"] is True


@pytest.mark.parametrize("path", [EVALUATION, EVALUATIONS])
def test_the_request_id_is_echoed_and_not_needed(certified: Caller, path: str) -> None:
    for given in ("r-1", "not / a *plain* id"):
        assert send(certified, "POST", path, GOOD, X_Request_ID=given).headers["x-request-id"] == given
    assert "x-request-id" not in send(certified, "POST", path, GOOD).headers
    assert send(certified, "POST", path, b"{", X_Request_ID="r-1").headers["x-request-id"] == "r-1"


# Batch


def item(*entities: Message) -> Message:
    names = {"user": "subject", "record": "resource"}
    return {names.get(entity.get("type", ""), "action"): entity for entity in entities}


def batch(defaults: Message, *items: Message, **options: str) -> Message:
    return {**defaults, "evaluations": list(items), **({"options": options} if options else {})}


def of(*entities: Message) -> Message:
    return item(*entities)


@pytest.mark.parametrize(
    ("message", "decisions"),
    [
        pytest.param(batch(of(ALICE, READ), of(RECORD_1), of(RECORD_2)), [True, True], id="structure"),
        pytest.param(batch(of(BOB, RECORD_1), of(READ), of(WRITE)), [True, False], id="fixture"),
        pytest.param(
            batch({}, ask(ALICE, READ, RECORD_1), ask(BOB, WRITE, RECORD_1)), [True, False], id="no defaults"
        ),
        pytest.param(
            batch(
                {**of(ALICE, READ), "context": CONTEXT}, of(RECORD_1), {**of(RECORD_2), "context": {"a": 1}}
            ),
            [True, True],
            id="context",
        ),
        pytest.param(
            batch(of(ALICE, READ), of(RECORD_1), {}, evaluations_semantic="execute_all"),
            [True, False],
            id="item error",
        ),
        pytest.param(batch(of(BOB, WRITE, RECORD_1), of(READ), {}), [True, False], id="override"),
        pytest.param(batch(of(READ), of(RECORD_1)), [False], id="nobody"),
        pytest.param(
            batch(
                of(BOB, RECORD_1), of(READ), of(WRITE), of(READ), evaluations_semantic="deny_on_first_deny"
            ),
            [True, False],
            id="deny on first deny",
        ),
        pytest.param(
            batch(
                of(BOB, RECORD_1),
                of(WRITE),
                of(READ),
                of(WRITE),
                evaluations_semantic="permit_on_first_permit",
            ),
            [False, True],
            id="permit on first permit",
        ),
        pytest.param(
            batch(of(ALICE, READ), of(RECORD_1), {"resource": "record-2"}, of(RECORD_2)),
            [True, False, True],
            id="an item of the wrong type is an error of its own",
        ),
        pytest.param(
            batch(of(ALICE, READ), of(RECORD_1), 5, of(RECORD_2)),  # type: ignore[arg-type]
            [True, False, True],
            id="so is one that is no object",
        ),
        pytest.param(
            batch({**of(ALICE, READ), "resource": {"type": "record"}}, {"resource": {"id": "record-1"}}),
            [False],
            id="an item's entity replaces the default whole",
        ),
    ],
)
def test_a_batch_is_answered_item_by_item(certified: Caller, message: Message, decisions: list[bool]) -> None:
    answer: Any = certified.post(EVALUATIONS, message)
    assert [each["decision"] for each in answer["evaluations"]] == decisions
    assert set(answer) == {"evaluations"}


def test_an_item_that_fails_says_so_in_its_own_context(certified: Caller) -> None:
    answer: Any = certified.post(EVALUATIONS, batch(of(ALICE, READ), of(RECORD_1), {}))
    assert answer["evaluations"][1]["context"]["reason"] == "bad_question"
    assert "resource" in answer["evaluations"][1]["context"]["error"]


@pytest.mark.parametrize("items", [{}, {"evaluations": []}])
def test_without_items_it_is_a_single_question(certified: Caller, items: Message) -> None:
    answer: Any = certified.post(EVALUATIONS, ask(ALICE, READ, RECORD_1, **items))
    assert answer["decision"] is True
    assert "evaluations" not in answer


@pytest.mark.parametrize(
    "message",
    [
        pytest.param(batch(of(ALICE, READ), of(RECORD_1), evaluations_semantic="as_you_like"), id="semantic"),
        pytest.param({**of(ALICE, READ), "evaluations": {}}, id="evaluations are no array"),
        pytest.param({**of(ALICE, READ), "evaluations": [of(RECORD_1)], "options": "none"}, id="options"),
        pytest.param({**batch(of(READ), of(RECORD_1)), "subject": "alice"}, id="default of the wrong type"),
        pytest.param(batch(of(ALICE, READ), *[of(RECORD_1)] * 1001), id="too many items"),
    ],
)
def test_a_broken_envelope_is_a_bad_request(certified: Caller, message: Message) -> None:
    response = certified.client.post(
        EVALUATIONS, json=message, headers={"Authorization": f"Bearer {certified.token}"}
    )
    assert response.status_code == 400


# Search


@pytest.mark.parametrize("more", [{}, {"context": CONTEXT}], ids=["plain", "with a context"])
@pytest.mark.parametrize(
    ("path", "message", "results"),
    [
        pytest.param(SUBJECTS, ask({"type": "user"}, READ, RECORD_1), [ALICE, BOB], id="subjects"),
        pytest.param(SUBJECTS, ask(ALICE, READ, RECORD_1), [ALICE, BOB], id="subjects, with an id sent"),
        pytest.param(RESOURCES, ask(ALICE, READ, {"type": "record"}), [RECORD_1, RECORD_2], id="resources"),
        pytest.param(
            RESOURCES, ask(ALICE, READ, RECORD_2), [RECORD_1, RECORD_2], id="resources, with an id sent"
        ),
        pytest.param(ACTIONS, {"subject": ALICE, "resource": RECORD_1}, [READ, WRITE], id="actions"),
        pytest.param(ACTIONS, ask(ALICE, DELETE, RECORD_1), [READ, WRITE], id="actions, with an action sent"),
        pytest.param(
            SUBJECTS, ask({"type": "spaceship"}, READ, RECORD_1), [], id="subjects of an unknown type"
        ),
        pytest.param(
            SUBJECTS, ask({"type": "user"}, {"name": "fly"}, RECORD_1), [], id="for an unknown action"
        ),
        pytest.param(
            SUBJECTS,
            ask({"type": "user"}, READ, {"type": "record", "id": "x"}),
            [],
            id="for an unknown resource",
        ),
        pytest.param(
            RESOURCES, ask({"type": "user", "id": "x"}, READ, RECORD_1), [], id="of an unknown subject"
        ),
        pytest.param(
            RESOURCES, ask(ALICE, READ, {"type": "spaceship"}), [], id="resources of an unknown type"
        ),
        pytest.param(
            ACTIONS,
            {"subject": {"type": "user", "id": "nonexistent-user"}, "resource": RECORD_1},
            [],
            id="nobody's",
        ),
        pytest.param(
            ACTIONS, {"subject": ALICE, "resource": {"type": "spaceship", "id": "1"}}, [], id="on a spaceship"
        ),
    ],
)
def test_a_search_finds_exactly_the_entities(
    certified: Caller, path: str, message: Message, more: Message, results: list[Message]
) -> None:
    assert certified.post(path, {**message, **more}) == {"results": results}


@pytest.mark.parametrize(
    ("path", "message"),
    [
        pytest.param(SUBJECTS, {"subject": {"type": "user"}, "resource": RECORD_1}, id="subjects, no action"),
        pytest.param(
            SUBJECTS, ask({"type": "user"}, READ, {"type": "record"}), id="subjects, resource without id"
        ),
        pytest.param(
            SUBJECTS, ask({"type": "user"}, READ, {"id": "record-1"}), id="subjects, resource without type"
        ),
        pytest.param(SUBJECTS, ask({"type": "user"}, "read", RECORD_1), id="subjects, action is a string"),
        pytest.param(SUBJECTS, ask({}, READ, RECORD_1), id="subjects, no type"),
        pytest.param(RESOURCES, {"action": READ, "resource": {"type": "record"}}, id="resources, no subject"),
        pytest.param(
            RESOURCES, ask({"type": "user"}, READ, {"type": "record"}), id="resources, subject without id"
        ),
        pytest.param(RESOURCES, ask(ALICE, READ, {}), id="resources, resource without type"),
        pytest.param(RESOURCES, ask(ALICE, {}, {"type": "record"}), id="resources, action without name"),
        pytest.param(ACTIONS, {"subject": ALICE}, id="actions, no resource"),
        pytest.param(ACTIONS, {"resource": RECORD_1}, id="actions, no subject"),
        pytest.param(
            ACTIONS, {"subject": {"type": "user"}, "resource": RECORD_1}, id="actions, subject without id"
        ),
        pytest.param(
            ACTIONS, {"subject": {"id": "alice"}, "resource": RECORD_1}, id="actions, subject without type"
        ),
        pytest.param(
            ACTIONS, {"subject": ALICE, "resource": {"type": "record"}}, id="actions, resource without id"
        ),
        pytest.param(
            ACTIONS, {"subject": ALICE, "resource": {"id": "x"}}, id="actions, resource without type"
        ),
    ],
)
def test_an_incomplete_search_is_a_bad_request(certified: Caller, path: str, message: Message) -> None:
    response = certified.client.post(
        path, json=message, headers={"Authorization": f"Bearer {certified.token}"}
    )
    assert response.status_code == 400


@pytest.mark.parametrize(
    ("path", "message", "results"),
    [
        (SUBJECTS, ask({"type": "user"}, READ, RECORD_1), [ALICE, BOB]),
        (RESOURCES, ask(ALICE, READ, {"type": "record"}), [RECORD_1, RECORD_2]),
        (ACTIONS, {"subject": ALICE, "resource": RECORD_1}, [READ, WRITE]),
    ],
)
@pytest.mark.parametrize("repeats_limit", [True, False])
def test_pages_together_hold_every_result_once(
    certified: Caller, path: str, message: Message, results: list[Message], repeats_limit: bool
) -> None:
    found, page = [], {"limit": 1}
    for _ in range(100):
        answer: Any = certified.post(path, {**message, "page": page})
        assert list(answer) == ["page", "results"]
        assert (answer["page"]["count"], answer["page"]["total"]) == (len(answer["results"]), len(results))
        found += answer["results"]
        if answer["page"]["next_token"] == "":
            break
        page = {"token": answer["page"]["next_token"], **({"limit": 1} if repeats_limit else {})}
    assert found == results


@pytest.mark.parametrize(
    "page",
    [
        pytest.param({"limit": 0}, id="limit 0"),
        pytest.param({"limit": "1"}, id="limit is a string"),
        pytest.param({"token": "made-up"}, id="a token we did not make"),
        pytest.param("first", id="page is a string"),
    ],
)
def test_a_page_that_makes_no_sense_is_a_bad_request(certified: Caller, page: object) -> None:
    message = ask({"type": "user"}, READ, RECORD_1, page=page)
    response = certified.client.post(
        SUBJECTS, json=message, headers={"Authorization": f"Bearer {certified.token}"}
    )
    assert response.status_code == 400


def test_a_token_is_refused_with_another_limit_or_another_search(certified: Caller) -> None:
    first: Any = certified.post(SUBJECTS, ask({"type": "user"}, READ, RECORD_1, page={"limit": 1}))
    token = first["page"]["next_token"]
    headers = {"Authorization": f"Bearer {certified.token}"}
    for message in (
        ask({"type": "user"}, READ, RECORD_1, page={"token": token, "limit": 2}),
        ask({"type": "user"}, READ, RECORD_2, page={"token": token}),
    ):
        assert certified.client.post(SUBJECTS, json=message, headers=headers).status_code == 400


def test_an_unknown_member_of_a_page_is_ignored(certified: Caller) -> None:
    answer: Any = certified.post(SUBJECTS, ask({"type": "user"}, READ, RECORD_1, page={"sort": "up"}))
    assert answer["results"] == [ALICE, BOB]
    assert answer["page"] == {"next_token": "", "count": 2, "total": 2}


# Discovery


def test_discovery_names_every_endpoint_by_the_configured_address(certified: Caller) -> None:
    response = certified.client.get("/.well-known/authzen-configuration", headers={"Host": "evil.example"})
    assert (response.status_code, response.headers["content-type"]) == (200, "application/json")
    assert response.json() == {
        "policy_decision_point": BASE,
        "access_evaluation_endpoint": f"{BASE}{EVALUATION}",
        "access_evaluations_endpoint": f"{BASE}{EVALUATIONS}",
        "search_subject_endpoint": f"{BASE}{SUBJECTS}",
        "search_resource_endpoint": f"{BASE}{RESOURCES}",
        "search_action_endpoint": f"{BASE}{ACTIONS}",
    }


def test_discovery_below_another_path_is_not_ours(certified: Caller) -> None:
    assert certified.client.get("/.well-known/authzen-configuration/t1").status_code == 404
