"""The support desk: live conversations behind guarded doors, built on Roledesk as any host would be.

It imports the public names of `roledesk` and the web kit, and nothing else of the project.
"""

from roledesk import Countable, Extension
from roledesk.desk.assignment import on_commit
from roledesk.desk.schema import SCHEMA
from roledesk.desk.settings import least_password
from roledesk.desk.store.shifts import count_shifted

DESK = Extension(SCHEMA, on_commit, least_password, Countable("conversation.view", count_shifted))
