"""Every setting of the server: its name, its default and what it is for.

A setting comes from what the command line was given, else from the environment
variable `ROLEDESK_<NAME>`, else from one TOML file, else from its default. All that is
wrong is told at once, each setting by its name.
Not here: what a setting does; each is read where it is used.
"""

from __future__ import annotations

import ipaddress
import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal, TypeVar
from urllib.parse import urlsplit

from limits import parse as parse_limit
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    model_validator,
)
from pydantic_core import ErrorDetails, PydanticUndefined

from roledesk.errors import SettingsError

PREFIX = "ROLEDESK_"
DEFAULT_FILE = Path("roledesk.toml")
HOW_TO_MAKE_ONE = "python3 -c 'import secrets; print(secrets.token_urlsafe(32))'"


def _split(value: object) -> object:
    return (
        tuple(each.strip() for each in value.split(",") if each.strip()) if isinstance(value, str) else value
    )


def _check_proxies(value: tuple[str, ...]) -> tuple[str, ...]:
    for each in value:
        ipaddress.ip_network(each)
    return value


def _check_public_url(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in ("https", "http") or not parts.hostname:
        raise ValueError("must be an address like https://roledesk.example.com")
    if parts.query or parts.fragment or parts.username:
        raise ValueError("must have no query, fragment or credentials")
    return value.rstrip("/")


def _check_mail_url(value: SecretStr) -> SecretStr:
    if urlsplit(value.get_secret_value()).scheme not in ("smtp", "smtps"):
        raise ValueError("must be an address like smtp://name:password@mail.example.com:587")
    return value


def _check_rate(value: str) -> str:
    parse_limit(value)
    return value


Proxies = Annotated[tuple[str, ...], BeforeValidator(_split), AfterValidator(_check_proxies)]
Rate = Annotated[str, AfterValidator(_check_rate)]


class Settings(BaseModel):
    """What any command may need; `ServerSettings` adds what serving demands."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    database: str = Field(
        "sqlite:///roledesk.sqlite3",
        description="where everything is kept: a SQLAlchemy address of SQLite or PostgreSQL",
    )
    host: str = Field(
        "127.0.0.1", description="address to listen on; one that other machines can reach needs public_url"
    )
    port: int = Field(8000, ge=0, le=65535, description="port to listen on; 0 takes a free one")
    workers: int = Field(1, ge=1, le=64, description="server processes")
    public_url: Annotated[str, AfterValidator(_check_public_url)] | None = Field(
        None,
        description="address people and callers use, https; links, cookies and discovery are made from it",
    )
    certification: bool = Field(
        False, description="accept an http public_url, for a test harness on this machine"
    )
    authzen_partial_entities: bool = Field(
        False, description="a batch item's entity is merged with the default one instead of replacing it"
    )
    secret: SecretStr | None = Field(
        None, description=f"signs cookies, at least 32 characters; make one with {HOW_TO_MAKE_ONE}"
    )
    trusted_proxies: Proxies = Field(
        (), description="addresses or networks of proxies whose forwarded headers are believed"
    )
    mail_url: Annotated[SecretStr, AfterValidator(_check_mail_url)] | None = Field(
        None,
        description="mail server for invitation and password links (smtp:// with STARTTLS, smtps://); without it they are shown",
    )
    mail_from: str | None = Field(None, description="sender of those mails")
    sign_in_idle_minutes: int = Field(
        120, ge=1, le=43_200, description="a sign-in ends after so long without a request"
    )
    sign_in_hours: int = Field(12, ge=1, le=8_760, description="a sign-in ends after so long in any case")
    sign_ins_per_address: Rate = Field("30 per 5 minutes", description="sign-in attempts from one address")
    sign_ins_per_account: Rate = Field("10 per 5 minutes", description="sign-in attempts for one account")
    messages_per_visitor: Rate = Field(
        "30 per minute", description="messages and files of one web-chat visitor"
    )
    messages_per_address: Rate = Field(
        "240 per minute", description="messages and files of all web-chat visitors from one address"
    )
    files_per_visitor: Rate = Field("20 per hour", description="files of one web-chat visitor")
    files_per_address: Rate = Field(
        "100 per hour", description="files of all web-chat visitors from one address"
    )
    visitors_per_address: Rate = Field("60 per hour", description="new web-chat visitors from one address")
    arrivals_per_address: Rate = Field(
        "240 per minute", description="visitors from one address whom a host's server calls by name"
    )
    max_body_kb: int = Field(
        1024,
        ge=1,
        le=1_048_576,
        description="longest request body without a file; a longer one is refused with 413",
    )
    max_evaluations: int = Field(1000, ge=1, le=100_000, description="most evaluations in one batch")
    metrics_token: SecretStr | None = Field(
        None, description="bearer token that opens /metrics; without it there is no such page"
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="least serious log line written"
    )

    @model_validator(mode="after")
    def _check_pairs(self) -> Settings:
        if self.public_url and not self.public_url.startswith("https://") and not self.certification:
            raise ValueError(
                "public_url: must begin with https://; set certification to use http with a test harness"
            )
        if (self.mail_url is None) != (self.mail_from is None):
            raise ValueError("mail_url, mail_from: set both or neither")
        return self

    @property
    def is_secure(self) -> bool:
        """Whether browsers reach it by https, so that cookies may demand it."""
        return self.public_url is not None and self.public_url.startswith("https://")


class ServerSettings(Settings):
    """Settings complete enough to serve: cookies can be signed, and nothing is in the open by accident."""

    secret: SecretStr = Field(min_length=32, description=Settings.model_fields["secret"].description)

    @model_validator(mode="after")
    def _check_exposure(self) -> ServerSettings:
        if not _is_loopback(self.host) and self.public_url is None:
            raise ValueError(
                "host: other machines can reach this address; set public_url, or listen on 127.0.0.1"
            )
        return self


Kind = TypeVar("Kind", bound=Settings)


def load_settings(
    kind: type[Kind], *, file: Path | None = None, given: Mapping[str, object] | None = None
) -> Kind:
    """The settings from `given`, the environment and `file`, in this order.

    `file` defaults to `ROLEDESK_CONFIG`, then to roledesk.toml where it exists.
    Raises SettingsError that names every wrong setting.
    """
    values = {**_read_file(_find_file(file)), **_read_environment(), **(given or {})}
    try:
        return kind.model_validate(values)
    except ValidationError as error:
        raise SettingsError("settings", "; ".join(map(_problem, error.errors()))) from None


@dataclass(frozen=True, slots=True)
class SettingHelp:
    """One setting as the help shows it; `default` is empty when there is none."""

    name: str
    variable: str
    default: str
    help: str


def describe_settings() -> tuple[SettingHelp, ...]:
    """Every setting, in the order of the configuration page."""
    return tuple(
        SettingHelp(name, PREFIX + name.upper(), _shown(field.default), field.description or "")
        for name, field in Settings.model_fields.items()
    )


def _shown(default: object) -> str:
    if default is None or default is PydanticUndefined or default == ():
        return ""
    return str(default).lower() if isinstance(default, bool) else str(default)


def _find_file(file: Path | None) -> Path | None:
    if file is None and (named := os.environ.get(f"{PREFIX}CONFIG")):
        file = Path(named)
    if file is None:
        return DEFAULT_FILE if DEFAULT_FILE.is_file() else None
    return file


def _read_file(file: Path | None) -> dict[str, object]:
    if file is None:
        return {}
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise SettingsError(
            f"`{file}`", "there is no such file; name another or leave the choice out"
        ) from None
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SettingsError(f"`{file}`", f"cannot be read: {error}") from None


def _read_environment() -> dict[str, object]:
    return {
        name: os.environ[key]
        for name in Settings.model_fields
        if (key := PREFIX + name.upper()) in os.environ
    }


def _problem(error: ErrorDetails) -> str:
    name = str(error["loc"][0]) if error["loc"] else ""
    if error["type"] == "extra_forbidden":
        return f"`{name}`: there is no such setting; `roledesk serve --help` lists them"
    if name == "secret":
        return f"`secret`: must be set, at least 32 characters long; make one with {HOW_TO_MAKE_ONE}"
    message = error["msg"].removeprefix("Value error, ")
    return f"`{name}`: {message[0].lower()}{message[1:]}" if name else message


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
