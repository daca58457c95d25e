"""Settings: ``policyver.toml`` (or ``[tool.policyver]`` in pyproject.toml) -> `Settings`.

Configuration arrives in pull requests and is not trusted: every key and value is checked by
`policyver.config_schema`, which is loaded only where there is a file to check. Without one the defaults hold.
"""

from __future__ import annotations

import datetime as dt
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from pathlib import PurePosixPath

from policyver.errors import ConfigurationError
from policyver.model import Significance, TextKey

FILE_NAME = "policyver.toml"
DEFAULT_LAYOUT = ("policies/{policy}/{locale}.md",)

_TAG = r"[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{2,8}){0,3}"


@dataclass(frozen=True)
class Layout:
    """Where the texts of a repository lie: path patterns with ``{policy}`` and ``{locale}``, first match wins."""

    patterns: tuple[str, ...] = DEFAULT_LAYOUT
    source_locale: str = "en"

    @cached_property
    def _regexes(self) -> tuple[re.Pattern[str], ...]:
        return tuple(_pattern_regex(pattern) for pattern in self.patterns)

    @cached_property
    def extensions(self) -> tuple[str, ...]:
        """Endings of the files that can be texts, those that a repository may have used before included."""
        own = {PurePosixPath(pattern).suffix for pattern in self.patterns}
        return tuple(sorted(ending for ending in own | {".md", ".markdown", ".txt"} if ending))

    def locate(self, path: str) -> TextKey | None:
        """The text that the file at `path` (relative to the root, ``/`` between parts) holds, if any."""
        for regex in self._regexes:
            match = regex.fullmatch(path)
            if match:
                groups = match.groupdict()
                locale = groups.get("locale")
                return TextKey(groups["policy"], language_tag(locale) if locale else self.source_locale)
        return None


def _pattern_regex(pattern: str) -> re.Pattern[str]:
    parts = []
    for piece in re.split(r"(\{policy\}|\{locale\}|\*)", pattern):
        match piece:
            case "{policy}":
                parts.append(r"(?P<policy>[^/]+(?:/[^/]+)*)")
            case "{locale}":
                parts.append(rf"(?P<locale>{_TAG})")
            case "*":
                parts.append(r"[^/]*")
            case _:
                parts.append(re.escape(piece))
    return re.compile("".join(parts))


def language_tag(written: str) -> str:
    """A tag as file names write it (``pt_BR``, ``zh-hans``) with the separators and case of BCP 47 §2.1.1."""
    first, *rest = written.replace("_", "-").split("-")
    cased = [part.title() if len(part) == 4 else part.upper() if len(part) == 2 else part.lower() for part in rest]
    return "-".join([first.lower(), *cased])


@dataclass(frozen=True, slots=True)
class DatePatterns:
    """For each of ``published``, ``effective``, ``updated``, the sentences in which ``{date}`` stands for it."""

    published: tuple[str, ...] = ()
    effective: tuple[str, ...] = ()
    updated: tuple[str, ...] = ()

    def of(self, field: str) -> tuple[str, ...]:
        return {"published": self.published, "effective": self.effective, "updated": self.updated}[field]


@dataclass(frozen=True)
class Territory:
    """What a policy's configuration says of one territory; None where it says nothing."""

    locales: tuple[str, ...] | None = None
    precedence: str | None = None


@dataclass(frozen=True)
class Deviation:
    """An approved local difference from the source text."""

    locale: str
    section: str
    reason: str
    approved: dt.date | None = None
    """The day of the approval; a later change of the section is not approved by it."""


class Duty(StrEnum):
    """What a notice is to its readers."""

    CONTRACTUAL = "contractual"
    """Owed: reaches everybody, and carries no way to unsubscribe."""
    COURTESY = "courtesy"
    """For those who have asked for it, with a way to unsubscribe."""
    NONE = "none"
    """Not sent."""


DUTIES: Mapping[Significance, Duty] = {
    Significance.MATERIAL: Duty.CONTRACTUAL,
    Significance.CLARIFYING: Duty.COURTESY,
    Significance.EDITORIAL: Duty.NONE,
}
"""What holds where a policy says nothing."""


@dataclass(frozen=True)
class PolicySettings:
    """What the configuration says of one policy."""

    precedence: str = "local"
    required_locales: tuple[str, ...] = ()
    notice_period_days: int | None = None
    review_interval_months: int = 12
    territories: Mapping[str, Territory] = field(default_factory=dict)
    deviations: tuple[Deviation, ...] = ()
    title: str | None = None
    """How notices call the policy; None for its name."""
    duties: Mapping[Significance, Duty] = field(default_factory=lambda: DUTIES)
    """What notices of a change owe, by its significance."""


@dataclass(frozen=True)
class Channel:
    """A way out for notices, as configured; ``${NAME}`` still unread."""

    name: str
    url: str | None = None
    """An apprise URL; None for a channel that takes the subscribers' own ones."""
    kind: str = "apprise"
    """``apprise``, or ``webhook`` (CloudEvents body, Standard Webhooks signature)."""
    per_subscriber: bool = False
    policies: tuple[str, ...] = ()
    territories: tuple[str, ...] = ()
    language: str | None = None
    tags: tuple[str, ...] = ()
    rate_per_minute: int | None = None
    secret: str | None = None
    """For a webhook: one or, during rotation, several keys separated by blanks."""
    schemes: tuple[str, ...] = ()
    """Which apprise URLs of subscribers it takes."""
    allow_private: bool = False
    """Whether it may reach private addresses and follow redirects."""


@dataclass(frozen=True)
class Dkim:
    """Keys that sign mails (RFC 6376); `key` is PEM, or base64 for ed25519, usually ``${NAME}``."""

    domain: str
    selector: str
    key: str


@dataclass(frozen=True)
class NoticeSettings:
    """What the configuration says of notices and their delivery. Times in seconds."""

    base_url: str | None = None
    sender: str | None = None
    reply_to: str | None = None
    batch_size: int = 100
    lease_seconds: int = 300
    attempts: int = 14
    first_retry: float = 1.0
    longest_retry: float = 3600.0
    give_up_days: float = 5.0
    """After this a message is dead even where only its channel was down, as mail servers have it (RFC 5321)."""
    breaker_failures: int = 5
    breaker_seconds: float = 30.0
    templates: str | None = None
    """Folder of templates, relative to the configuration's folder."""
    retention_days: int | None = None
    dkim: Dkim | None = None


DEFAULT_STORE = "sqlite:///.policyver/store.db"


@dataclass(frozen=True)
class CheckSettings:
    """What the configuration says of the rules of ``policyver check``."""

    severity: Mapping[str, str] = field(default_factory=dict)
    """By rule id: ``error``, ``warning``, ``info`` or ``off``."""
    baseline: str | None = None
    """File of findings that are known and do not count, relative to the configuration's folder."""


@dataclass(frozen=True)
class Settings:
    """The whole configuration, validated."""

    layout: Layout = field(default_factory=Layout)
    policies: Mapping[str, PolicySettings] = field(default_factory=dict)
    dates: DatePatterns = field(default_factory=DatePatterns)
    checks: CheckSettings = field(default_factory=CheckSettings)
    notices: NoticeSettings = field(default_factory=NoticeSettings)
    channels: tuple[Channel, ...] = ()
    store_url: str = DEFAULT_STORE
    source: str | None = None
    """The file that the settings come from; None where the defaults hold."""

    def policy(self, name: str) -> PolicySettings:
        return self.policies.get(name, PolicySettings())


def load_settings(toml: bytes, name: str) -> Settings | None:
    """The settings in the bytes of a file called `name`; None for a pyproject.toml that has none.

    Raises `ConfigurationError`, naming key, value and what is allowed.
    """
    try:
        table = tomllib.loads(toml.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise ConfigurationError("the file is not UTF-8", where=name, cure="Save it as UTF-8.") from None
    except tomllib.TOMLDecodeError as error:
        place = re.search(r"\(at line (\d+), column \d+\)$", str(error))
        where = f"{name}:{place.group(1) if place else len(toml.splitlines())}"
        problem = re.sub(r" \(at .*\)$", "", str(error))
        raise ConfigurationError(
            f"this is not TOML: {problem[:1].lower()}{problem[1:]}", where=where, cure="Correct the line."
        ) from None
    if PurePosixPath(name).name == "pyproject.toml":
        tool = table.get("tool", {}).get("policyver")
        if tool is None:
            return None
        table = tool
    from policyver.config_schema import validated

    return validated(table, name)
