"""A text is found by the words in it, in every script, however they were typed."""

import pytest

from roledesk.desk.words import MOST, wanted, words_of


def is_found(text: str, sought: str) -> bool:
    """What the index answers: every word wanted begins a word of the text."""
    return bool(wanted(sought)) and all(
        any(word.startswith(each) for word in words_of(text)) for each in wanted(sought)
    )


@pytest.mark.parametrize(
    ("text", "sought", "found"),
    [
        pytest.param("Where is my refund?", "refund", True, id="a word"),
        pytest.param("Where is my refund?", "REF where", True, id="beginnings, in any order and case"),
        pytest.param("Where is my refund?", "fund", False, id="not the end of a word"),
        pytest.param("Grüße aus München", "munchen", True, id="without its marks"),
        pytest.param("Munchen", "münchen", True, id="marks too many"),
        pytest.param("Straße 5", "strasse 5", True, id="folded"),
        pytest.param("I don't know", "dont", True, id="an apostrophe is no gap"),
        pytest.param("order A-17/2", "17", True, id="numbers"),
        pytest.param("mail to ana@example.com", "example.com", True, id="parts of an address"),
        pytest.param("我要退款申请表", "退款", True, id="two letters of a script without spaces"),
        pytest.param("我要退款申请表", "申请表", True, id="the last three"),
        pytest.param("我要退款申请表", "表", True, id="the last one alone"),
        pytest.param("我要退款申请表", "款退", False, id="not turned around"),
        pytest.param("ขอเงินคืนด้วย", "เงินคืน", True, id="Thai"),
        pytest.param("返品したいです", "返品", True, id="Japanese"),
        pytest.param("반품하고 싶어요", "반품", True, id="Korean has spaces"),
        pytest.param("أريد استرداد المال", "استرداد", True, id="Arabic"),
        pytest.param("refund退款", "退款 refund", True, id="two scripts side by side"),
        pytest.param("hello", "", False, id="nothing"),
        pytest.param("hello", "'\" * : & | ! ( )", False, id="signs alone"),
        pytest.param("hello", "hello OR goodbye", False, id="no operators"),
    ],
)
def test_a_message_is_found_by_its_words(text: str, sought: str, found: bool) -> None:
    assert is_found(text, sought) == found


def test_no_word_holds_what_a_query_language_could_read() -> None:
    text = 'a"b\'c\\d*e:f&g|h!i(j)k{l}m^n~o\0p q\u200br\u00ads <t> _u_ 退"款'
    assert all(word.isalnum() for word in words_of(text))


def test_a_text_has_only_so_many_words() -> None:
    assert len(words_of(" ".join(map(str, range(10_000))))) == MOST
