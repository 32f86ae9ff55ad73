"""What a form sent is text that can be kept and shown, whatever a program sends instead of a browser."""

import pytest
from starlette.testclient import TestClient
from tests.web.conftest import Desk, sign_in

HALF = b'--x\r\nContent-Disposition: form-data; name="name"\r\n\r\nBen +2AA-<\r\n--x--\r\n'
"""A name that ends in half a character, in an encoding that can say so."""


@pytest.mark.parametrize("charset", ["utf-7", "utf-8", "no-such"])
def test_half_a_character_comes_back_as_text(client: TestClient, desk: Desk, charset: str) -> None:
    sign_in(client, desk, desk.owner)
    headers = {
        "Content-Type": f"multipart/form-data; boundary=x; charset={charset}",
        "Accept": "text/html",
        "Sec-Fetch-Site": "same-origin",
    }
    answer = client.post("/profile/name", content=HALF, headers=headers)
    assert answer.status_code == 422
    assert ("Ben ?&lt;" if charset == "utf-7" else "Ben +2AA-&lt;") in answer.text
