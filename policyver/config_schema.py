"""The shape of ``policyver.toml``, checked with pydantic; errors name key, value and what is allowed."""

from __future__ import annotations

import datetime as dt
import re
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from policyver.config import (
    DEFAULT_STORE,
    DUTIES,
    Channel,
    CheckSettings,
    DatePatterns,
    Deviation,
    Dkim,
    Duty,
    Layout,
    NoticeSettings,
    PolicySettings,
    Settings,
    Territory,
    language_tag,
)
from policyver.errors import ConfigurationError, nearest
from policyver.model import Significance


def _layout_pattern(pattern: str) -> str:
    if pattern.startswith("/") or ".." in pattern.split("/"):
        raise ValueError("a layout is a path inside the repository, without a leading / and without ..")
    if pattern.count("{policy}") != 1 or pattern.count("{locale}") > 1 or pattern.count("*") > 3:
        raise ValueError(
            'a layout names {policy} once and {locale} at most once, as in "policies/{policy}/{locale}.md"'
        )
    return pattern


def _inside(path: str) -> str:
    if path.startswith(("/", "\\")) or ".." in path.replace("\\", "/").split("/"):
        raise ValueError("a path inside the repository, without a leading / and without ..")
    return path


def _date_pattern(pattern: str) -> str:
    before, _, _ = pattern.partition("{date}")
    if pattern.count("{date}") != 1 or not before.strip():
        raise ValueError('a date pattern has words and then {date} once, as in "Effective {date}"')
    return pattern


def _one_line(text: str) -> str:
    if any(ord(mark) < 32 or 0x7F <= ord(mark) < 0xA0 or mark in "\u2028\u2029" for mark in text):
        raise ValueError("one line without control characters")
    return text


def _web_address(url: str) -> str:
    if not re.fullmatch(r"https?://[^\s\"<>]+", _one_line(url)):
        raise ValueError('a web address, as in "https://example.com/policies"')
    return url.rstrip("/")


def _mailbox(written: str) -> str:
    from email.utils import parseaddr  # costs as much as all of these models, and most files name no mailbox

    address = parseaddr(_one_line(written))[1]
    if not re.fullmatch(r"[^@\s]+@[^@\s]+", address):
        raise ValueError('a mailbox, as in "Example Privacy Team <privacy@example.com>"')
    return written


def has_password(url: str) -> bool:
    """Whether a password stands in a URL itself, not the name of a variable."""
    return bool(re.match(r"[a-z0-9+.-]+://[^/@?#]*:(?!\$\{)[^/@?#]+@", url, re.IGNORECASE))


def _without_password(url: str) -> str:
    if has_password(_one_line(url)):
        raise ValueError(f"`{masked(url)}` holds a password; put the URL into the environment and write ${{NAME}}")
    return url


def _from_environment(secret: str) -> str:
    if not re.fullmatch(r"(\$\{\w+\}\s*)+", _one_line(secret)):
        raise ValueError("secrets come from the environment only: write ${NAME}")
    return secret


Line = Annotated[str, Field(min_length=1, max_length=300), AfterValidator(_one_line)]
Tag = Annotated[str, Field(pattern=r"^[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8}){0,3}$"), AfterValidator(language_tag)]
TerritoryCode = Annotated[str, Field(pattern=r"^([A-Z]{2}|\d{3})$")]
Precedence = Literal["local", "source", "equal"]
LayoutPattern = Annotated[str, Field(max_length=300), AfterValidator(_layout_pattern)]
DatePattern = Annotated[str, Field(max_length=200), AfterValidator(_date_pattern)]


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class _Territory(_Table):
    locales: list[Tag] | None = Field(default=None, min_length=1)
    precedence: Precedence | None = None


class _Deviation(_Table):
    locale: Tag
    section: str = Field(min_length=1)
    reason: str = Field(min_length=1)
    approved: dt.date | None = None


class _Duties(_Table):
    material: Literal["contractual", "courtesy", "none"] = "contractual"
    clarifying: Literal["contractual", "courtesy", "none"] = "courtesy"
    editorial: Literal["contractual", "courtesy", "none"] = "none"


class _Policy(_Table):
    precedence: Precedence = "local"
    required_locales: list[Tag] = []
    notice_period_days: int | None = Field(default=None, ge=0, le=3650)
    review_interval_months: int = Field(default=12, ge=1, le=240)
    territories: dict[TerritoryCode, _Territory] = {}
    deviations: list[_Deviation] = []
    title: Line | None = None
    notices: _Duties | None = None


class _Store(_Table):
    url: Annotated[str, Field(max_length=1000), AfterValidator(_one_line)] = DEFAULT_STORE


class _Dkim(_Table):
    domain: Annotated[str, Field(pattern=r"^[A-Za-z0-9.-]+$")]
    selector: Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]+$")]
    key: Annotated[str, AfterValidator(_from_environment)]


class _Notices(_Table):
    base_url: Annotated[str, Field(max_length=300), AfterValidator(_web_address)] | None = None
    sender: Annotated[str, Field(max_length=300), AfterValidator(_mailbox)] | None = None
    reply_to: Annotated[str, Field(max_length=300), AfterValidator(_mailbox)] | None = None
    batch_size: int = Field(default=100, ge=1, le=1000)
    lease_seconds: int = Field(default=300, ge=5, le=86_400)
    attempts: int = Field(default=14, ge=1, le=100)
    first_retry: float = Field(default=1.0, ge=0.01, le=3600)
    longest_retry: float = Field(default=3600.0, ge=0.01, le=86_400)
    give_up_days: float = Field(default=5.0, gt=0, le=365)
    breaker_failures: int = Field(default=5, ge=1, le=1000)
    breaker_seconds: float = Field(default=30.0, ge=0.01, le=86_400)
    templates: Annotated[str, Field(min_length=1, max_length=300), AfterValidator(_inside)] | None = None
    retention_days: int | None = Field(default=None, ge=1, le=36_500)
    dkim: _Dkim | None = None


class _Channel(_Table):
    url: Annotated[str, Field(min_length=3, max_length=4000), AfterValidator(_without_password)] | None = None
    kind: Literal["apprise", "webhook"] = "apprise"
    per_subscriber: bool = False
    policies: list[Line] = []
    territories: list[TerritoryCode] = []
    language: Tag | None = None
    tags: list[Line] = []
    rate_per_minute: int | None = Field(default=None, ge=1, le=10_000_000)
    secret: Annotated[str, AfterValidator(_from_environment)] | None = None
    schemes: list[Annotated[str, Field(pattern=r"^[a-z0-9+.-]+$")]] = []
    allow_private: bool = False


class _Dates(_Table):
    published: list[DatePattern] = []
    effective: list[DatePattern] = []
    updated: list[DatePattern] = []


class _Checks(_Table):
    severity: dict[str, Literal["error", "warning", "info", "off"]] = {}
    baseline: Annotated[str, Field(min_length=1, max_length=300), AfterValidator(_inside)] | None = None


class _File(_Table):
    layout: list[LayoutPattern] = Field(default=["policies/{policy}/{locale}.md"], min_length=1, max_length=20)
    source_locale: Tag = "en"
    policies: dict[str, _Policy] = {}
    dates: _Dates = _Dates()
    checks: _Checks = _Checks()
    store: _Store = _Store()
    notices: _Notices = _Notices()
    channels: dict[Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,64}$")], _Channel] = {}


def validated(table: dict[str, Any], name: str) -> Settings:
    """The settings that a TOML table says. Raises `ConfigurationError` at the first key that is wrong."""
    try:
        file = _File.model_validate(table)
    except ValidationError as error:
        raise _sentence(error, name) from None
    return Settings(
        layout=Layout(tuple(file.layout), file.source_locale),
        policies={policy: _policy(one) for policy, one in file.policies.items()},
        checks=CheckSettings(dict(file.checks.severity), file.checks.baseline),
        dates=DatePatterns(tuple(file.dates.published), tuple(file.dates.effective), tuple(file.dates.updated)),
        notices=_notices(file.notices),
        channels=tuple(_channel(channel, one, name) for channel, one in file.channels.items()),
        store_url=file.store.url,
        source=name,
    )


def _notices(said: _Notices) -> NoticeSettings:
    fields = said.model_dump(exclude={"dkim"})
    return NoticeSettings(**fields, dkim=Dkim(**said.dkim.model_dump()) if said.dkim else None)


def _channel(channel: str, said: _Channel, name: str) -> Channel:
    def refuse(what: str, cure: str) -> ConfigurationError:
        return ConfigurationError(f"`channels.{channel}` {what}", where=name, cure=cure)

    if said.url is None and not said.per_subscriber:
        raise refuse("has no url", "Add one, or per_subscriber = true for the subscribers' own apprise URLs.")
    if said.kind == "webhook":
        if said.per_subscriber or said.url is None:
            raise refuse("is a webhook, which has one receiver", "Leave out per_subscriber.")
        if said.secret is None:
            raise refuse("is a webhook without a secret", 'Add secret = "${NAME}": its receiver checks the signature.')
    elif said.secret is not None:
        raise refuse("has a secret but is no webhook", 'Add kind = "webhook", or leave the secret out.')
    fields: dict[str, Any] = said.model_dump()
    return Channel(name=channel, **_tuples(fields))


def _tuples(fields: dict[str, Any]) -> dict[str, Any]:
    return {key: tuple(one) if isinstance(one, list) else one for key, one in fields.items()}


def masked(url: str) -> str:
    """A URL of which only the scheme, the host and ``${NAME}``s are shown; all else may be secret."""
    scheme, colon, rest = url.partition("://")
    if not colon:
        return url if re.fullmatch(r"\$\{\w+\}", url) else "***"
    host = re.split(r"[/?#]", rest, maxsplit=1)[0].rpartition("@")[2]
    shown = host if re.fullmatch(r"[A-Za-z0-9.-]+\.[A-Za-z]+(:\d+)?|localhost(:\d+)?|[\d.]+(:\d+)?", host) else "***"
    return f"{scheme}://{shown}/***" if rest != host else f"{scheme}://{shown}"


def _policy(one: _Policy) -> PolicySettings:
    return PolicySettings(
        precedence=one.precedence,
        required_locales=tuple(one.required_locales),
        notice_period_days=one.notice_period_days,
        review_interval_months=one.review_interval_months,
        territories={
            code: Territory(tuple(said.locales) if said.locales else None, said.precedence)
            for code, said in one.territories.items()
        },
        deviations=tuple(Deviation(said.locale, said.section, said.reason, said.approved) for said in one.deviations),
        title=one.title,
        duties={Significance(weight): Duty(duty) for weight, duty in one.notices.model_dump().items()}
        if one.notices
        else DUTIES,
    )


def _sentence(error: ValidationError, name: str) -> ConfigurationError:
    first = error.errors()[0]
    key = _dotted(first["loc"])
    value = first["input"]
    if first["type"] == "extra_forbidden":
        allowed = sorted(_keys_at(first["loc"][:-1]))
        return ConfigurationError(
            f"there is no key `{key}`",
            where=name,
            cure=f"{nearest(str(first['loc'][-1]), allowed)} Allowed here: {', '.join(allowed)}.".strip(),
        )
    if first["type"] == "missing":
        return ConfigurationError(f"the key `{key}` is missing", where=name, cure="Add it.")
    said = first["msg"].removeprefix("Value error, ")
    if (key.startswith("channels.") and key.endswith((".url", ".secret"))) or key == "store.url":
        return ConfigurationError(f"`{key}` may not be so", where=name, cure=f"{said[:1].upper()}{said[1:]}.")
    shown = repr(value) if len(repr(value)) <= 80 else repr(value)[:77] + "…"
    return ConfigurationError(f"`{key}` is {shown}", where=name, cure=f"{said[:1].upper()}{said[1:]}.")


def _dotted(location: tuple[int | str, ...]) -> str:
    written = ""
    for part in location:
        if part == "[key]":
            continue
        written += f"[{part}]" if isinstance(part, int) else f".{part}" if written else str(part)
    return written


def _keys_at(location: tuple[int | str, ...]) -> set[str]:
    tables: dict[str, type[_Table]] = {
        "policies": _Policy, "territories": _Territory, "deviations": _Deviation, "dates": _Dates, "checks": _Checks,
        "store": _Store, "notices": _Notices, "channels": _Channel, "dkim": _Dkim,
    }  # fmt: skip
    model: type[_Table] = _File
    for part in location:
        if part == "notices" and model is _Policy:
            model = _Duties
        elif isinstance(part, str) and part in tables:
            model = tables[part]
    return set(model.model_fields)
