"""The house keeps its shape: what a room may import, how long a file and a function may grow."""

import ast
import statistics
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

SOURCE = Path(__file__).parent.parent / "src" / "roledesk"
FILES = sorted(path for path in SOURCE.rglob("*.py") if "versions" not in path.parts)
CORE = sorted((SOURCE / "core").rglob("*.py"))
MAX_FILE_LINES = 400
MAX_MEDIAN_FUNCTION_LINES = 10

# What code outside the stores may name of the SQL library: the hands it passes on and what it raises, never a
# statement.
PASSED_ON = {"sqlalchemy.Connection", "sqlalchemy.ColumnElement", "sqlalchemy.exc.SQLAlchemyError"}
STORES = ("store/", "desk/store/", "desk/schema.py", "desk/migrations/")
DRIVERS = {"sqlalchemy", "alembic", "psycopg", "sqlite3"}


def imports(path: Path) -> Iterator[str]:
    """The dotted names that a module imports, its own package written out."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (
                f"{'roledesk.' * bool(node.level)}{node.module or ''}.{each.name}" for each in node.names
            )


def packages(path: Path) -> set[str]:
    return {name.partition(".")[0] for name in imports(path)}


def name_of(path: Path) -> str:
    return str(path.relative_to(SOURCE))


@pytest.mark.parametrize("path", CORE, ids=name_of)
def test_the_core_imports_the_standard_library_only(path: Path) -> None:
    assert packages(path) - {"roledesk"} <= sys.stdlib_module_names


@pytest.mark.parametrize("path", CORE, ids=name_of)
def test_the_core_is_pure(path: Path) -> None:
    assert packages(path).isdisjoint(
        {"time", "random", "secrets", "uuid", "logging", "os", "socket", "subprocess", "threading"}
    )


@pytest.mark.parametrize(
    "path", [path for path in FILES if not name_of(path).startswith(STORES)], ids=name_of
)
def test_sql_is_written_in_the_store_only(path: Path) -> None:
    sql = {name for name in imports(path) if name.partition(".")[0] in DRIVERS}
    assert sql <= PASSED_ON


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_a_file_fits_in_the_head(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= MAX_FILE_LINES


def function_lengths(path: Path) -> Iterator[int]:
    """Lines of each function's body, its docstring not counted."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            body = node.body[1:] if ast.get_docstring(node) and len(node.body) > 1 else node.body
            yield (body[-1].end_lineno or 0) - body[0].lineno + 1


def test_functions_are_short() -> None:
    assert (
        statistics.median(length for path in FILES for length in function_lengths(path))
        < MAX_MEDIAN_FUNCTION_LINES
    )
