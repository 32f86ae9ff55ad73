import pytest
from starlette.requests import Request

from roledesk.errors import TooManyAttemptsError
from roledesk.settings import ServerSettings, load_settings
from roledesk.web.rates import Rates, address_of

GIVEN = {"secret": "s" * 32, "sign_ins_per_address": "4 per hour", "sign_ins_per_account": "2 per hour"}


def test_attempts_are_counted_per_account_wherever_they_come_from() -> None:
    rates = Rates(load_settings(ServerSettings, given=GIVEN))
    rates.count_sign_in("192.0.2.1", "acme ann@example.com")
    rates.count_sign_in("192.0.2.2", "acme ANN@example.com")
    with pytest.raises(TooManyAttemptsError) as error:
        rates.count_sign_in("192.0.2.3", "acme ann@example.com")
    assert 0 < error.value.retry_after_s <= 3600
    rates.count_sign_in("192.0.2.3", "acme ben@example.com")


def test_attempts_are_counted_per_address_whoever_is_tried() -> None:
    rates = Rates(load_settings(ServerSettings, given=GIVEN))
    for number in range(4):
        rates.count_sign_in("192.0.2.1", f"acme agent-{number}")
    with pytest.raises(TooManyAttemptsError):
        rates.count_sign_in("192.0.2.1", "acme another")
    rates.count_sign_in("192.0.2.2", "acme another")


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", True),
        ("2001:db8:1:2::1", "2001:db8:1:3::1", False),
        ("fe80::1%eth0", "fe80::2%eth0", True),
        ("::ffff:192.0.2.1", "192.0.2.1", True),
        ("::ffff:192.0.2.1", "::ffff:192.0.2.2", False),
        ("192.0.2.1", "192.0.2.2", False),
        ("testclient", "testclient", True),
    ],
)
def test_a_network_of_many_addresses_counts_as_one(one: str, other: str, alike: bool) -> None:
    first, second = (address_of(Request({"type": "http", "client": (host, 1)})) for host in (one, other))
    assert (first == second) is alike
