"""The project keeps to its glossary and speaks of itself alone.

Each rule is a pattern that may stand nowhere in the repository. Where an outside
standard or a permission's key forces a word on us, the phrase is allowed, with its reason.
"""

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
OWN_NAME = "tests/test_words.py"
UNREAD = re.compile(r"LICENSE$|\.lock$|package-lock\.json$|\.(png|ico|woff2|svg|gz)$")

FORBIDDEN = {
    "an agent or a customer, never a user": (
        r"(?-i:(?<![A-Za-z])users?(?![a-z])|(?<![A-Z])Users?(?![a-z])|(?<![A-Z])USERS?(?![A-Z]))"
    ),
    "reach or entitlements, never rights": r"\brights\b",
    "an organization, never a tenant": r"\btenants?\b",
    "what is missing is an xfail test or a line in docs/known-gaps.md": r"(?-i:\b(TODO|FIXME|XXX|HACK)\b)",
    "no registry is named": r"\b(pypi\.org|pythonhosted\.org|npmjs\.(org|com)|yarnpkg\.com|(deb|security)\.debian\.org)\b",
    "no path of the machine it was written on": r"(?<![\w.}])/(work|root)/",
    "the project speaks of itself alone": r"\bissue #?\d|\(#\d+\)|\b(claude|anthropic|chatgpt|openai|llm)\b",
}

# Taken out of a line before the rules are applied: phrase, and where it may stand.
ALLOWED = {
    # Keys and role names of the permission reference, as administrators know them.
    r"\bAgentManagementUserChatHistory\b|\bAgentChatAllowUserPanel\b|\bAgent(Block|Unblock)User\b": "",
    r"\b(Delete|Unstick)User\b|[\"'`\[]Users[\"'`\]]|\b(Marketing|Restricted|Sales) Users?\b": "",
    r"(?-i:\bUsers\b)": "src/roledesk/catalogue/|src/roledesk/demo/|examples/|tests/golden/|docs/permissions",
    r"(?-i:\bgrant[._](Delete|Unstick)User\b)": "tests/",
    r"\b(marketing|restricted|sales)[-_]users?\b": "",
    # HTTP, CSS, systemd and libpq have their own words.
    r"\buser[-_]agents?\b|\buser-(select|invalid|valid)\b|\bmulti-user\.target\b|^User=": "",
    r"\buser=": "docs/|examples/|README|tests/faults/",
    r"\bsystem_user\b": "tests/",
    # AuthZEN's certification fixture calls its subjects' type `user`.
    r"[\"'`](nonexistent-)?users?[\"'`]|\buser:\w+|\bsubject\.user\b": "src/roledesk/service/|tests/|examples/|docs/",
    # The glossary and the style say which words we avoid.
    r"[“\"`*]?\b(users?|rights|tenants?|TODO)\b[”\"`*]?": r"docs/(glossary|style)\.md",
    # The peers are called by their own interfaces.
    r"\b\w*users?\w*\b": "bench/",
}


def texts() -> Iterator[tuple[str, str]]:
    """Every text of the repository, whether committed yet or not, by its path."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for name in filter(None, listed.split("\0")):
        if name != OWN_NAME and not UNREAD.search(name) and (ROOT / name).is_file():
            yield name, (ROOT / name).read_text(encoding="utf-8")


def without_allowed(line: str, name: str) -> str:
    for phrase, where in ALLOWED.items():
        if re.match(where, name):
            line = re.sub(phrase, "", line, flags=re.IGNORECASE)
    return line


@pytest.mark.parametrize("rule", FORBIDDEN)
def test_a_word_we_avoid_stands_nowhere(rule: str) -> None:
    pattern = re.compile(FORBIDDEN[rule], re.IGNORECASE)
    found = [
        f"{name}:{number}: {line.strip()}"
        for name, text in texts()
        for number, line in enumerate(text.splitlines(), 1)
        if pattern.search(line) and pattern.search(without_allowed(line, name))
    ]
    assert not found, f"{rule}\n" + "\n".join(found)


@pytest.mark.parametrize(
    "line",
    [
        "def find_user(name):",
        "class UserStore:",
        "the users of the desk",
        "current_user",
        "userId = 1",
        "all user rights",
    ],
)
def test_the_rule_about_agents_sees_through_spelling(line: str) -> None:
    pattern = FORBIDDEN["an agent or a customer, never a user"]
    assert re.search(pattern, without_allowed(line, "src/roledesk/core/terms.py"), re.IGNORECASE)


@pytest.mark.parametrize(
    "line",
    [
        "key = 'AgentChatAllowUserPanel'",
        "headers['User-Agent']",
        "expanduser()",
        "user-select: none",
        "useradd",
    ],
)
def test_the_rule_about_agents_lets_foreign_names_be(line: str) -> None:
    pattern = FORBIDDEN["an agent or a customer, never a user"]
    assert not re.search(pattern, without_allowed(line, "src/roledesk/web/pages.py"), re.IGNORECASE)
