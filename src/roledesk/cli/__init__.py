"""The command line: `roledesk check`, `apply`, `serve` and the rest.

Every command answers first, then says why, then what next; with `--json` it prints the
body the HTTP service would send. Reading needs nobody; writing acts as an agent, under
the refusals he would meet anywhere.
Not here: what the commands do (engine/, app.py).
"""

from roledesk.cli.commands import main

__all__ = ["main"]
