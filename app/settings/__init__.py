"""What the environment says. The only reader of os.environ and of the clock."""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

from app.core.addresses import api_of, github_of
from app.core.hooks.hook import Hook
from app.core.upkeep import KEEP_ALL, Keeping
from app.settings.app import AppIdentity, ReceivingApp, SignIn, app_file, app_of, names_an_app, sign_in_of, with_app
from app.settings.elsewhere import Elsewhere
from app.settings.hooks import hooks_of
from app.settings.values import MOST_DAYS, BadSetting, address_of, choice_of, days_of, number_of, secret_of, text_of

__all__ = ["MOST_DAYS", "AppIdentity", "BadSetting", "Clock", "Elsewhere", "ReceivingApp", "Settings", "SignIn"]

_GITHUB = "https://github.com"
_DATABASE_URL = ("FLAKEGUARD_DATABASE_URL", "FLAKEGUARD_DATABASE_URL_FILE")

Clock = Callable[[], datetime]


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """All settings, checked. `app` is None until an App is configured: then only the set-up page works.

    It is an AppIdentity wherever a key is given; who asks GitHub for anything has had it demanded. `is_app_kept` where it is
    the one that the set-up page made. `sign_in` is None where nobody can sign in, so that no page is shown. `opens_public`
    shows those of public repositories to everybody. `has_limits` where GitHub limits how fast it is asked. `hooks` are told
    what changes.
    """

    database_url: str | None = field(repr=False)
    data_dir: Path
    app: ReceivingApp | None
    sign_in: SignIn | None
    opens_public: bool
    is_app_kept: bool
    clock_offset: timedelta
    github_url: str
    github_api_url: str
    has_limits: bool
    public_url: str | None
    keeping: Keeping
    hooks: tuple[Hook, ...]
    log_format: str
    log_level: str
    has_traces: bool

    @classmethod
    def from_env(
        cls,
        environ: Mapping[str, str] = os.environ,
        *,
        needs_key: bool = True,
        made: Mapping[str, str] | None = None,
    ) -> "Settings":
        """Read and check the settings; without `needs_key`, an App may lack its private key. Raises BadSetting.

        Where the environment names no App, it is the one that the set-up page made: `made`, or what it kept in its file.
        """
        is_told = names_an_app(environ)
        environ = environ if is_told else with_app(environ, _data_dir(environ), made)
        return cls(
            database_url=_database_url(environ),
            data_dir=_data_dir(environ),
            app=app_of(environ, needs_key=needs_key),
            sign_in=sign_in_of(environ),
            opens_public=choice_of(environ, "FLAKEGUARD_PUBLIC_REPOSITORIES", ("closed", "open")) == "open",
            is_app_kept=not is_told and names_an_app(environ),
            clock_offset=timedelta(seconds=number_of(environ, "FLAKEGUARD_CLOCK_OFFSET") or 0),
            github_url=_web_address(environ),
            github_api_url=_api_address(environ),
            has_limits=_has_limits(environ),
            public_url=address_of(environ, "FLAKEGUARD_PUBLIC_URL"),
            keeping=Keeping(
                retention=days_of(environ, "FLAKEGUARD_RETENTION_DAYS"),
                compact_after=days_of(environ, "FLAKEGUARD_COMPACT_AFTER_DAYS"),
                forget_after=_forget_after(environ),
            ),
            hooks=hooks_of(environ),
            log_format=choice_of(environ, "FLAKEGUARD_LOG_FORMAT", ("console", "json")),
            log_level=choice_of(environ, "FLAKEGUARD_LOG_LEVEL", ("info", "debug", "warning", "error")),
            has_traces=_has_traces(environ),
        )

    @property
    def pages_url(self) -> str | None:
        """Where our pages are; None where nobody can sign in, so that there are none."""
        return None if self.sign_in is None else self.public_url

    @property
    def app_file(self) -> Path:
        """Where the set-up page keeps the App that it made; in a folder of its own, which nobody else may look into."""
        return app_file(self.data_dir)

    def clock(self) -> Clock:
        """Return the clock that the whole program reads, with FLAKEGUARD_CLOCK_OFFSET added."""
        offset = self.clock_offset
        return lambda: datetime.now(UTC) + offset  # noqa: TID251 - this is the one place


def _database_url(environ: Mapping[str, str]) -> str | None:
    found = secret_of(environ, _DATABASE_URL)
    if found is None:
        return None
    name, url = found
    try:
        scheme = urlsplit(url).scheme
    except ValueError:
        # The error's own words, or their traceback, would show the password.
        raise BadSetting(f"{name} makes no sense") from None
    if scheme not in ("postgresql", "postgres"):
        raise BadSetting(f"{name} must begin with postgresql://")
    return url


def _data_dir(environ: Mapping[str, str]) -> Path:
    given = text_of(environ, "FLAKEGUARD_DATA_DIR")
    if given:
        return Path(given).absolute()
    shared = text_of(environ, "XDG_DATA_HOME") or str(Path(environ.get("HOME", "/")) / ".local" / "share")
    return Path(shared) / "flakeguard"


def _forget_after(environ: Mapping[str, str]) -> timedelta:
    days = days_of(environ, "FLAKEGUARD_FORGET_AFTER_DAYS", least=0)
    return KEEP_ALL.forget_after if days is None else days


def _web_address(environ: Mapping[str, str]) -> str:
    """Return where GitHub's pages are; where only the API of another one is given, nothing must lead to github.com."""
    given = _github_address(environ, "FLAKEGUARD_GITHUB_URL")
    if given is None and (api := _github_address(environ, "FLAKEGUARD_GITHUB_API_URL")) is not None:
        given = github_of(api)
    return given or _GITHUB


def _api_address(environ: Mapping[str, str]) -> str:
    given = _github_address(environ, "FLAKEGUARD_GITHUB_API_URL")
    return given or api_of(_github_address(environ, "FLAKEGUARD_GITHUB_URL") or _GITHUB)


def _github_address(environ: Mapping[str, str], name: str) -> str | None:
    """Read an address of GitHub's; its host in small letters, as GitHub signs the tokens of its jobs."""
    given = address_of(environ, name)
    if given is None:
        return None
    parts = urlsplit(given)
    return parts._replace(netloc=parts.netloc.lower()).geturl()


def _has_limits(environ: Mapping[str, str]) -> bool:
    """Tell whether GitHub limits us. Its own machines do, and what came of not keeping to that would be a ban."""
    name = "FLAKEGUARD_GITHUB_LIMITS"
    if choice_of(environ, name, ("github", "none")) == "github":
        return True
    host = urlsplit(_api_address(environ)).hostname or ""
    if host == "api.github.com" or host.endswith(".ghe.com"):
        raise BadSetting(f"{name} is none, but {host} sets limits: only an Enterprise Server of your own may have none")
    return False


def _has_traces(environ: Mapping[str, str]) -> bool:
    """Tell whether traces are wanted. What else there is to say about them, OpenTelemetry's own SDK reads by itself."""
    names = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
    if (text_of(environ, "OTEL_SDK_DISABLED") or "").lower() == "true":
        return False
    for name in ("OTEL_EXPORTER_OTLP_PROTOCOL", "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL"):
        if text_of(environ, name) not in (None, "http/protobuf"):
            raise BadSetting(f"{name} must be http/protobuf, which is all that we speak")
    addresses = [address_of(environ, name) for name in names]
    return any(addresses)
