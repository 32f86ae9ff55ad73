"""Names of every script are welcome; names that deceive, run or break something are not."""

import pytest

from roledesk.engine.agents import checked_person
from roledesk.engine.names import bad_id, bad_name, bad_text, printable, skeleton
from roledesk.errors import InputError
from roledesk.store.people import Person

LEGITIMATE = [
    "Support",
    "Поддержка",
    "客服主管",
    "サポート担当",
    "فريق الدعم",
    "צוות תמיכה",
    "ฝ่ายสนับสนุน",
    "고객 지원",
    "Équipe soutien",
    "Straße & Söhne",
    "पर्यवेक्षक",
    "நிர்வாகி",
    "نمی\u200cخواهم",
    "Ngân hàng",
    "Ægir/Ø",
    "O'Brien-Smith",
    "Team #1 (EU) — nights",
    "👩\u200d💻 Devs ❤️",
    "İstanbul",
    "ქართული",
    "Հայերեն",
    "አማርኛ",
    "ភាសាខ្មែរ",
    "ශ්\u200dරී ලංකා",
    "བོད་ཡིག",
    "100% care",
    "*VIP*",
    "10:00–18:00",
    "x" * 80,
]


@pytest.mark.parametrize("name", LEGITIMATE)
def test_a_name_of_any_script_is_accepted(name: str) -> None:
    assert list(bad_name(name, "role x")) == []


def test_different_names_stay_different() -> None:
    assert len({skeleton(name) for name in LEGITIMATE}) == len(LEGITIMATE)


@pytest.mark.parametrize(
    ("name", "twin"),
    [
        ("Admin", "ADMIN"),
        ("Admin", "  admin "),
        ("Admin", "Admin\u00a0"),
        ("Team A", "Team\u2003\u2003A"),
        ("Admin", "Ａｄｍｉｎ"),
        ("Admin", "𝐀𝐝𝐦𝐢𝐧"),
        ("Admin", "Аdmin"),
        ("Admin", "Αdmin"),
        ("Admin", "Admіn"),
        ("Admin", "Ꭺdmin"),
        ("Billing", "Βilling"),
        ("Billing", "ΒILLING"),
        ("scope", "ѕсоре"),
        ("ROLE", "RОLЕ"),
        ("Owner", "0wner"),
        ("Billing", "Bi1ling"),
        ("Поддержка", "Пoддepжкa"),
        ("Поддержка", "ПОДДЕРЖКА"),
        ("Admin", "Ad\u200dmin"),
        ("Admin", "Ad\u200bmin"),
        ("Admin", "Admin\u034f"),
        ("Admin", "Admin\ufe0f"),
        ("Admin", "Admin\u3164"),
        ("Admin", "Admin\u2800"),
        ("Admin", "\u115fAdmin"),
        ("Café", "Cafe\u0301"),
        ("Straße", "STRASSE"),
        ("A-B", "A‑B"),
        ("Bo's", "Bo’s"),
    ],
)
def test_names_that_cannot_be_told_apart_have_one_skeleton(name: str, twin: str) -> None:
    assert skeleton(name) == skeleton(twin)


@pytest.mark.parametrize("names", [("Mail", "Mall"), ("Team 2", "Team 3"), ("Côte", "Cote"), ("东", "乐")])
def test_names_that_can_be_told_apart_have_not(names: tuple[str, str]) -> None:
    assert skeleton(names[0]) != skeleton(names[1])


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("", "no_name"),
        ("   ", "no_name"),
        ("\u200d", "no_name"),
        ("\u3164\u2800", "no_name"),
        ("=1+1", "name_is_formula"),
        ("  =1+1", "name_is_formula"),
        ("\t=1+1", "name_is_formula"),
        ("\u200d=1+1", "name_is_formula"),
        ("＝1+1", "name_is_formula"),
        ("+49", "name_is_formula"),
        ("-1", "name_is_formula"),
        ("@SUM(A1)", "name_is_formula"),
        ("<script>", "name_unprintable"),
        ("a > b", "name_unprintable"),
        ("a\nb", "name_unprintable"),
        ("a\tb", "name_unprintable"),
        ("a\x00b", "name_unprintable"),
        ("a\x1b[31mb", "name_unprintable"),
        ("a\u202eb", "name_unprintable"),
        ("a\u2066b", "name_unprintable"),
        ("a\u200bb", "name_unprintable"),
        ("a\u00adb", "name_unprintable"),
        ("a\ufeffb", "name_unprintable"),
        ("a\U000e0041", "name_unprintable"),
        ("a\ud800", "name_unprintable"),
        ("a\ue000", "name_unprintable"),
        ("a\u2028b", "name_unprintable"),
        ("z" + "\u0489\u0301" * 9, "name_unprintable"),
        ("x" * 81, "name_too_long"),
        ("x" * 1_000_000, "name_too_long"),
    ],
)
def test_a_name_that_deceives_runs_or_breaks_is_refused(name: str, code: str) -> None:
    assert [refusal.code for refusal in bad_name(name, "role x")] == [code]


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("", []),
        ("Two lines\r\n\tand <b>markup</b> = fine", []),
        ("نمی\u200cخواهم", []),
        ("x" * 4_000, []),
        ("x" * 4_001, ["text_too_long"]),
        ("a\x00", ["text_unprintable"]),
        ("a\x1b[2J", ["text_unprintable"]),
        ("a\u202eb", ["text_unprintable"]),
        ("a\ud800", ["text_unprintable"]),
    ],
)
def test_a_text_may_be_anything_that_can_be_read(text: str, codes: list[str]) -> None:
    assert [refusal.code for refusal in bad_text(text, "reason")] == codes


@pytest.mark.parametrize("id", ["a", "agent-1", "Bo.B_2", "bo@example.com", "x" * 80])
def test_an_id_is_plain(id: str) -> None:
    assert list(bad_id(id, "agent")) == []


@pytest.mark.parametrize(
    "id", ["", "-a", ".a", "a b", "a/b", "a\n", "\u0430gent", "a\x00", "x" * 81, "operator", "system", "=1"]
)
def test_anything_else_is_no_id(id: str) -> None:
    (refusal,) = bad_id(id, "agent")
    assert refusal.code == "bad_id"
    assert refusal.message.isprintable()


def test_what_cannot_be_shown_is_shown_as_such() -> None:
    assert printable("a\x1b[31m\u202eb") == "a�[31m�b"


@pytest.mark.parametrize(
    "email", ["bo@example.com", "bo.b+tag@mail.example.co.uk", "o'neill@example.com", "用户@例え.jp"]
)
def test_an_address_is_kept(email: str) -> None:
    assert checked_person(Person("bo", "Bo", email)).email == email


@pytest.mark.parametrize(
    "email",
    [
        None,
        "",
        "bo",
        "bo@",
        "@example.com",
        "bo@example",
        "bo @example.com",
        "bo@example.com\nBcc: x@y.z",
        "bo@exam\x00ple.com",
        "<bo@example.com>",
        "bo,cy@example.com",
        "=1+1@example.com",
        "+1@example.com",
        "x" * 250 + "@e.com",
    ],
)
def test_what_is_no_address_is_refused(email: str | None) -> None:
    with pytest.raises(InputError, match="not an e-mail address"):
        checked_person(Person("bo", "Bo", email))
