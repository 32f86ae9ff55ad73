import json
import subprocess
import sys

PROGRAM = """
import logging
from roledesk.web.logs import start_logging
start_logging("info")
logging.getLogger("roledesk.access").info("request", extra={"door": "/roles/{id}", "status": 200})
logging.getLogger("roledesk").debug("nobody needs this")
logging.getLogger("roledesk").warning("two\\nlines")
"""


def test_each_log_line_is_one_json_object_of_the_level_wanted() -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True)
    lines = [json.loads(line) for line in done.stderr.splitlines()]
    assert [(line["level"], line["message"]) for line in lines] == [
        ("INFO", "request"),
        ("WARNING", "two\nlines"),
    ]
    assert (lines[0]["door"], lines[0]["status"], lines[0]["logger"]) == (
        "/roles/{id}",
        200,
        "roledesk.access",
    )
    assert all(line["at"] for line in lines)
