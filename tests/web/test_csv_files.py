"""A file is read as it was written, whatever stands in it, and nothing in it is run or believed."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roledesk.errors import InputError
from roledesk.web.csv_files import FORMULA_STARTS, MOST_BYTES, MOST_ROWS, Line, read, written

COLUMNS = ("name", "note")
TEXTS = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0"), max_size=40)


def sent(*rows: tuple[str, ...], head: tuple[str, ...] = COLUMNS) -> bytes:
    return "".join(written([head, *rows])).encode()


@given(st.lists(st.tuples(TEXTS, TEXTS), min_size=1, max_size=8))
def test_what_was_written_is_read_again(rows: list[tuple[str, str]]) -> None:
    kept = [row for row in rows if any(cell.strip() for cell in row)]
    if kept:
        found = [tuple(line.cells.values()) for line in read(sent(*rows), COLUMNS)]
        assert found == [tuple(cell.strip() for cell in row) for row in kept]


@given(TEXTS, st.sampled_from(FORMULA_STARTS))
def test_no_cell_begins_like_a_formula(text: str, start: str) -> None:
    (row,) = csv.reader(io.StringIO("".join(written([(start + text, text)])), newline=""))
    assert not any(cell.startswith(FORMULA_STARTS) for cell in row)
    assert row[0] == f"'{start}{text}"


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("mark", ["", "\ufeff"], ids=["plain", "with a mark"])
@pytest.mark.parametrize("end", ["\n", "\r\n"], ids=["lf", "crlf"])
def test_a_file_may_come_from_any_spreadsheet(separator: str, mark: str, end: str) -> None:
    rows = [("Name", " NOTE "), ("Ana", '"two\nlines, ""quoted"""'), ("", ""), ("Bo", "")]
    text = mark + end.join(separator.join(row) for row in rows) + end
    expected = (
        Line(2, {"name": "Ana", "note": 'two\nlines, "quoted"'}),
        Line(5, {"name": "Bo", "note": ""}),
    )
    assert read(text.encode(), COLUMNS) == expected


@pytest.mark.parametrize(
    ("content", "said"),
    [
        pytest.param(b"", "is empty", id="nothing"),
        pytest.param(b"\n , \n", "is empty", id="nothing but blanks"),
        pytest.param(b"name,note\n", "no line below", id="a head alone"),
        pytest.param("name,note\nÄ,b".encode("latin-1"), "byte 11 is not UTF-8", id="another encoding"),
        pytest.param("name,note\na,b".encode("utf-16"), "byte 1 is not UTF-8", id="two bytes a letter"),
        pytest.param(b"name,note\na\0,b", "NUL", id="a NUL"),
        pytest.param(b"name,NAME\na,b", "twice", id="a column twice"),
        pytest.param(b"name,salary\na,b", "`salary`", id="an unknown column"),
        pytest.param(b"note\nb", "no column `name`", id="a column missing"),
        pytest.param(b"name,note\na,b,c", "line 2 has 3 cells", id="more cells than columns"),
        pytest.param(b'name,note\na,"b', "line 2 cannot be read", id="a quote without end"),
        pytest.param(b'name,note\n"a"b,c', "line 2 cannot be read", id="text behind a quote"),
        pytest.param(b"name,note\na," + b"x" * 2_001, "2,001 characters", id="a long cell"),
        pytest.param(b"name,note\na," + b"x" * 200_000, "cannot be read", id="a very long cell"),
        pytest.param(b"," * (MOST_BYTES - 1), "is empty", id="a million empty cells"),
        pytest.param(b"a," * 400_000, "a column `a`", id="half a million columns"),
        pytest.param(b"x" * (MOST_BYTES + 1), "at most 1,000,000 bytes", id="too many bytes"),
        pytest.param(
            b"name,note\n" + b"a,b\n" * (MOST_ROWS + 1), "at most 10,000 lines", id="too many lines"
        ),
    ],
)
def test_what_is_no_such_file_is_refused_and_says_why(content: bytes, said: str) -> None:
    with pytest.raises(InputError, match=said):
        read(content, COLUMNS, needed=("name",))


def test_as_many_lines_as_allowed_are_read() -> None:
    assert len(read(b"name,note\n" + b"a,b\n" * MOST_ROWS, COLUMNS)) == MOST_ROWS
