"""The forty ways in which support desks let an agent see what the role forbids: each has its test, or its reason.

A class whose feature is not built names the words that no door may hold.
"""

import re
from collections.abc import Mapping
from pathlib import Path

import pytest
from tests.test_doors import doors

ROOT = Path(__file__).parents[2]
AGREE = "tests/desk/test_lists_agree.py::test_lists_counts_and_searches_hold_what_is_allowed_one_by_one"
PREVIEW = "tests/desk/test_lists_agree.py::test_a_preview_shows_what_both_may_see_and_nothing_else"

TESTED: Mapping[int, tuple[str, ...]] = {
    1: ("tests/desk/test_api.py::test_what_may_not_be_viewed_is_answered_like_what_is_absent",),
    2: (AGREE, "tests/leaks/test_leaks.py::test_no_combination_of_filters_shows_another_teams_conversation"),
    3: ("tests/leaks/test_leaks.py::test_no_list_previews_what_was_said_elsewhere",),
    4: (AGREE, "tests/leaks/test_leaks.py::test_every_number_beside_a_menu_counts_what_may_be_seen"),
    5: ("tests/desk/test_api.py::test_pages_of_a_list_follow_each_other_without_a_gap", AGREE),
    6: (AGREE, "tests/desk/test_pages.py::test_closed_chats_are_searched_within_reach"),
    8: ("tests/reference/test_streams.py::test_a_stream_tells_as_far_as_the_permission_goes",),
    9: ("tests/reference/test_streams.py::test_what_moves_out_of_sight_is_told_as_removed_without_content",),
    10: ("tests/reference/test_streams.py::test_who_is_there_is_told_as_far_as_one_may_know",),
    12: (
        "tests/desk/test_webhooks.py::test_what_was_lost_between_the_event_and_its_delivery_is_not_sent",
        "tests/web/test_live.py::test_what_still_waits_when_access_changes_is_not_sent",
    ),
    14: ("tests/leaks/test_leaks.py::test_a_customers_earlier_conversations_are_those_one_may_view",),
    15: (AGREE, "tests/leaks/test_leaks.py::test_no_search_names_a_customer_of_another_team"),
    16: (
        "tests/desk/test_api.py::test_without_the_panel_a_payload_holds_a_display_name_and_nothing_else_of_the_customer",
    ),
    17: (
        "tests/desk/test_widget_doors.py::test_a_visitor_reads_what_was_said_to_him_and_nothing_else",
        "tests/leaks/test_leaks.py::test_a_whisper_is_read_and_heard_by_two",
    ),
    18: (AGREE,),
    19: ("tests/leaks/test_leaks.py::test_a_transcript_holds_what_the_thread_shows_and_its_link_dies",),
    20: ("tests/desk/test_pages.py::test_a_file_is_sent_kept_and_its_link_dies_with_the_reach",),
    21: ("tests/desk/test_api.py::test_a_token_reaches_no_further_than_was_chosen_when_it_was_made",),
    22: ("tests/desk/test_webhooks.py::test_what_its_owner_may_view_is_delivered_once_and_signed",),
    23: ("tests/desk/test_customers.py::test_unsticking_many_does_what_it_may_and_names_the_rest",),
    26: ("tests/leaks/test_leaks.py::test_handing_a_conversation_on_does_not_show_it_afterwards",),
    27: ("tests/leaks/test_leaks.py::test_having_had_a_conversation_once_gives_nothing",),
    28: ("tests/core/test_rule.py::test_two_roles_never_lend_each_other_their_width",),
    29: ("tests/leaks/test_leaks.py::test_who_sets_a_teams_hours_changes_nothing_else",),
    30: ("tests/desk/test_api.py::test_what_may_not_be_viewed_is_answered_like_what_is_absent",),
    31: ("tests/leaks/test_leaks.py::test_no_answer_may_be_kept_by_a_cache",),
    32: (
        "tests/web/test_live.py::test_a_stream_ends_when_its_agent_is_deactivated",
        "tests/engine/test_sign_ins.py::test_a_deactivated_agent_is_out_and_coming_back_revives_no_sign_in",
        "tests/engine/test_tokens.py::test_a_personal_token_ends_with_its_owner",
    ),
    33: (
        "tests/core/test_giving.py::test_nobody_gives_or_takes_what_he_does_not_hold",
        "tests/core/test_giving.py::test_nobody_manages_the_sign_in_of_one_who_holds_more",
        "tests/engine/test_agent_import.py::test_a_file_gives_no_more_than_one_could_give_by_hand",
        "tests/engine/test_requests.py::test_granting_gives_no_more_than_could_be_given_by_hand",
    ),
    34: ("tests/core/test_refusals.py::test_the_same_name_again_starts_empty", "tests/core/test_machine.py"),
    35: (
        "tests/core/test_machine.py",
        "tests/faults/test_processes.py::test_two_owners_who_demote_each_other_at_once_leave_one",
    ),
    36: ("tests/core/test_templates.py::test_each_role_of_a_preset_grants_what_the_reference_says",),
    37: (
        "tests/test_doors.py::test_every_permission_opens_a_door_or_is_marked_as_not_opened_yet",
        "tests/reference/test_permissions.py::test_with_it_and_without_it",
    ),
    38: (AGREE,),
    39: (
        PREVIEW,
        "tests/leaks/test_leaks.py::test_looking_as_somebody_else_shows_nothing_of_his_own_and_marks_nothing",
    ),
    40: (
        "tests/desk/test_conversations.py::test_a_deleted_message_leaves_only_its_place",
        "tests/desk/test_webhooks.py::test_a_deleted_message_is_told_without_its_text",
        "tests/leaks/test_leaks.py::test_a_deleted_message_is_nowhere",
    ),
}
# What is not built, and a word that no door's address may hold.
NOT_BUILT: Mapping[int, tuple[str, str]] = {
    7: ("lists are not saved or shared; an address is asked anew by whoever opens it", r"saved|shared-view"),
    11: (
        "nothing is mailed or rung but a note in the browser that shows the list, made of its rows",
        r"notif|digest|bell",
    ),
    13: ("nobody can be mentioned", r"mention"),
    24: ("there are no macros and no automation", r"macro|automation"),
    25: ("there is no writing assistant", r"assistant"),
}


def test_each_of_the_forty_has_its_test_or_its_reason() -> None:
    assert set(TESTED) | set(NOT_BUILT) == set(range(1, 41))
    assert set(TESTED).isdisjoint(NOT_BUILT)


@pytest.mark.parametrize("name", sorted({name for names in TESTED.values() for name in names}))
def test_every_test_that_is_named_exists(name: str) -> None:
    path, _, function = name.partition("::")
    text = (ROOT / path).read_text(encoding="utf-8")
    assert f"def {function}(" in text if function else text


@pytest.mark.parametrize("number", sorted(NOT_BUILT))
def test_no_door_offers_what_is_not_built(number: int) -> None:
    _reason, word = NOT_BUILT[number]
    assert [door.path for door in doors() if re.search(word, door.path)] == []
