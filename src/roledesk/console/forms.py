"""What a form or a query sent, as the pages of the console read it."""

from __future__ import annotations

from roledesk.web.forms import Form, Values, form_of, parse_day, read_form, read_query

__all__ = ["Form", "Values", "form_of", "parse_day", "read_form", "read_query"]
