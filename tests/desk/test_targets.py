"""Where webhooks may go: to public addresses alone, however they are written."""

from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roledesk import InputError
from roledesk.desk.targets import check_url, is_public

INSIDE = [
    "127.0.0.1", "10.0.0.1", "172.16.5.4", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0",  # noqa: S104
    "224.0.0.1", "255.255.255.255", "::1", "::", "fe80::1", "fc00::1", "ff02::1", "::ffff:127.0.0.1",
    "::ffff:10.0.0.1", "64:ff9b::7f00:1", "64:ff9b::a00:1", "2002:7f00:1::", "::127.0.0.1", "192.0.2.1",
]  # fmt: skip


@pytest.mark.parametrize("address", INSIDE)
def test_no_address_inside_a_network_is_public(address: str) -> None:
    assert not is_public(address)
    host = f"[{address}]" if ":" in address else address
    with pytest.raises(InputError, match=r"inside a network|not found"):
        check_url(f"https://{host}/hook")


@given(number=st.integers(0, 2**32 - 1))
def test_a_public_address_is_a_global_one_however_it_is_wrapped(number: int) -> None:
    plain = ip_address(number)
    public = is_public(str(plain))
    assert public <= plain.is_global
    assert is_public(f"::ffff:{plain}") == public


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com/",
        "https://",
        "https://a:b@example.com/",
        "ftp://example.com",
        "https://x y/",
        "https://example.com/#x",
        "https://[::1",
        "https://℀.example/",
        "https://93.184.216.34/ü",
    ],
)
def test_an_address_that_cannot_be_one_is_refused_with_what_to_do(url: str) -> None:
    with pytest.raises(InputError):
        check_url(url)
