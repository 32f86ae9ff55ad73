"""`python -m roledesk` is `roledesk`."""

from roledesk.cli import main

main()
