"""The desk's JSON operations: one for each action, behind the same guards as the pages.

Below /api/v1, described by OpenAPI 3.1 with the operations of the admin API. What an asker
may not view is answered like what is absent, and an answer holds no more than a page would.
"""

from roledesk.desk.api import conversations, customers, filing, numbers, reading, staff

PARTS = (
    reading.routes,
    conversations.routes,
    customers.routes,
    filing.routes,
    staff.routes,
    numbers.routes,
)
