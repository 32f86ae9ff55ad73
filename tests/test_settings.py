from pathlib import Path

import pytest

from roledesk.errors import SettingsError
from roledesk.settings import ServerSettings, Settings, describe_settings, load_settings

SECRET = "s" * 32


@pytest.fixture(autouse=True)
def _empty_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for setting in describe_settings():
        monkeypatch.delenv(setting.variable, raising=False)
    monkeypatch.delenv("ROLEDESK_CONFIG", raising=False)
    monkeypatch.chdir(tmp_path)


def test_the_defaults_listen_on_this_machine_only() -> None:
    settings = load_settings(Settings)
    assert (settings.host, settings.port, settings.workers) == ("127.0.0.1", 8000, 1)


def test_the_command_line_comes_before_the_environment_before_the_file(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    Path("roledesk.toml").write_text('port = 1\nhost = "127.0.0.2"\nlog_level = "error"\n')
    monkeypatch.setenv("ROLEDESK_PORT", "2")
    monkeypatch.setenv("ROLEDESK_HOST", "127.0.0.3")
    settings = load_settings(Settings, given={"port": 3})
    assert (settings.port, settings.host, settings.log_level) == (3, "127.0.0.3", "error")


def test_the_environment_may_name_the_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = tmp_path / "other.toml"
    file.write_text("port = 7\n")
    monkeypatch.setenv("ROLEDESK_CONFIG", str(file))
    assert load_settings(Settings).port == 7


@pytest.mark.parametrize(
    ("given", "named"),
    [
        pytest.param({"port": 99_999}, "`port`", id="a port that does not exist"),
        pytest.param({"prot": 1}, "`prot`: there is no such setting", id="a misspelt name"),
        pytest.param({"trusted_proxies": "10.0.0.0/8, nonsense"}, "`trusted_proxies`", id="no address"),
        pytest.param(
            {"public_url": "http://roledesk.example.com"}, "public_url: must begin with https", id="http"
        ),
        pytest.param({"public_url": "https://a.example/?x=1"}, "`public_url`", id="an address with a query"),
        pytest.param(
            {"mail_url": "smtp://mail.example"}, "mail_url, mail_from", id="a mail server, no sender"
        ),
        pytest.param(
            {"mail_url": "http://mail.example", "mail_from": "a@b"}, "`mail_url`", id="no mail server"
        ),
        pytest.param({"sign_ins_per_address": "often"}, "`sign_ins_per_address`", id="no rate"),
        pytest.param({"secret": "short"}, "`secret`: must be set", id="a secret too short to keep"),
        pytest.param({"secret": None}, "make one with", id="no secret"),
        pytest.param({"host": "192.0.2.1"}, "host: other machines", id="a public interface by accident"),
    ],
)
def test_a_wrong_setting_is_refused_by_name(given: dict[str, object], named: str) -> None:
    with pytest.raises(SettingsError, match=r".") as error:
        load_settings(ServerSettings, given={"secret": SECRET, **given})
    assert named in str(error.value)


def test_every_wrong_setting_is_told_at_once() -> None:
    with pytest.raises(SettingsError) as error:
        load_settings(ServerSettings, given={"port": -1, "log_level": "loud"})
    assert all(f"`{name}`" in str(error.value) for name in ("port", "log_level", "secret"))


def test_a_wrong_value_is_not_repeated_in_the_message() -> None:
    with pytest.raises(SettingsError) as error:
        load_settings(ServerSettings, given={"secret": "hunter2", "mail_url": "http://me:hunter2@mail"})
    assert "hunter2" not in str(error.value)


@pytest.mark.parametrize(("text", "problem"), [("port = ]", "line 1"), ("port = 1\nport = 2\n", "line 2")])
def test_a_broken_file_is_named_with_its_line(text: str, problem: str) -> None:
    Path("roledesk.toml").write_text(text)
    with pytest.raises(SettingsError, match=r"roledesk\.toml.*" + problem):
        load_settings(Settings)


def test_a_missing_file_is_named() -> None:
    with pytest.raises(SettingsError, match=r"`absent\.toml`: there is no such file"):
        load_settings(Settings, file=Path("absent.toml"))


def test_http_is_accepted_for_certification_only() -> None:
    settings = load_settings(Settings, given={"public_url": "http://localhost:8000/", "certification": True})
    assert (settings.public_url, settings.is_secure) == ("http://localhost:8000", False)


def test_every_setting_is_explained() -> None:
    assert all(setting.help for setting in describe_settings())
    assert describe_settings()[1].variable == "ROLEDESK_HOST"
