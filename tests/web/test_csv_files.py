"""Files of comma-separated values: what is written comes back, and nothing in them is run or believed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roledesk.errors import InputError
from roledesk.web.csv_files import FORMULA_STARTS, LONGEST_CELL, MOST_BYTES, MOST_ROWS, read, written

CELLS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\r\n"), max_size=30).map(
    str.strip
)


@given(rows=st.lists(st.tuples(CELLS, CELLS), min_size=1))
def test_what_is_written_is_read_again(rows: list[tuple[str, str]]) -> None:
    kept = [row for row in rows if any(row)]
    content = "".join(written([("name", "note"), *rows])).encode()
    assert [(row["name"], row["note"]) for row in read(content, ("name", "note"))] == kept


@given(cell=st.text(max_size=20))
def test_no_cell_begins_like_a_formula(cell: str) -> None:
    [line] = written([(f"={cell}",)])
    assert not line.lstrip('"').startswith(FORMULA_STARTS)


@pytest.mark.parametrize("start", FORMULA_STARTS)
def test_a_formula_is_written_behind_an_apostrophe(start: str) -> None:
    [line] = written([(f"{start}cmd", "plain")])
    assert line.lstrip('"').startswith("'")


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_each_usual_form_of_a_file_is_understood(separator: str, mark: str) -> None:
    text = f'{mark}Name{separator}Note\n"Ruiz{separator} Ana"{separator}x\n\n'
    assert read(text.encode(), ("name", "note")) == ({"name": f"Ruiz{separator} Ana", "note": "x"},)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is empty"),
        (b"name\n\xff", "is not UTF-8"),
        (b"name\na\0b", "NUL"),
        (b"name,name\n", "twice"),
        (b"nome\n", "has a column `nome`"),
        (b"note\n", "has no column `name`"),
        (b'name\n"open', "cannot be read as CSV"),
        (b"name\n" + b"x" * (LONGEST_CELL + 1), "characters"),
        (b"name\n" + b"x\n" * (MOST_ROWS + 1), "lines"),
        (b"n" * (MOST_BYTES + 1), "bytes"),
    ],
)
def test_what_is_no_such_file_is_refused_with_the_reason(content: bytes, said: str) -> None:
    with pytest.raises(InputError, match=said):
        read(content, ("name", "note"), needed=("name",))
