"""`python -m bench`: measure, print the tables, and exit 1 when a row is red.

With names (`library`, `peers`, …) only those sections; with --long the largest sizes.
"""

from __future__ import annotations

import platform
import sys
from importlib import import_module
from time import monotonic

from bench.table import show

SECTIONS = {
    "library": "One check in one process",
    "peers": "Against other engines, in the same process",
    "million": "One million agents",
    "processes": "Another process obeys",
    "served": "Served decisions, against Cerbos, one core each",
    "console": "The console with 200 roles and 10,000 agents",
    "streams": "Open pages: 500 streams on one worker",
    "widget": "The web chat on the demo",
    "delivery": "20 messages a second while a worker is killed each minute (with --long)",
    "chats": "A million conversations (with --long)",
}


def main(arguments: list[str]) -> int:
    """Run the sections named, or all of them."""
    names = [each for each in arguments if not each.startswith("--")] or list(SECTIONS)
    print(f"Python {platform.python_version()}, {platform.machine()}")
    red = 0
    for name in names:
        start = monotonic()
        rows = list(import_module(f"bench.{name}").rows())
        show(SECTIONS[name], rows)
        print(f"({monotonic() - start:.0f} s)\n")
        red += sum(row.is_red for row in rows)
    print(f"{red} red")
    return 1 if red else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
