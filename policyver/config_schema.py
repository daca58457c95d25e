"""The shape of ``policyver.toml``, checked with pydantic; errors name key, value and what is allowed.

The schema is written for pydantic's core, which is loaded in a tenth of the time that models take: a configuration is
read at the start of every command.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, cast

from pydantic_core import CoreSchema, SchemaValidator, ValidationError

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


Schema = dict[str, Any]
"""A core schema of pydantic."""


def _text(*checks: Callable[[str], str], **limits: Any) -> Schema:
    schema: Schema = {"type": "str", **limits}
    for check in checks:
        schema = {"type": "function-after", "function": {"type": "no-info", "function": check}, "schema": schema}
    return schema


def _one_of(*words: str) -> Schema:
    return {"type": "literal", "expected": list(words)}


def _whole(least: int, most: int) -> Schema:
    return {"type": "int", "ge": least, "le": most}


def _decimal(least: float, most: float) -> Schema:
    return {"type": "float", "ge": least, "le": most}


def _many(one: Schema, **limits: int) -> Schema:
    return {"type": "list", "items_schema": one, **limits}


def _named(name: Schema, one: Schema) -> Schema:
    return {"type": "dict", "keys_schema": name, "values_schema": one}


def _table(required: tuple[str, ...] = (), /, **keys: Schema) -> Schema:
    fields = {
        key: {"type": "typed-dict-field", "schema": schema, "required": key in required} for key, schema in keys.items()
    }
    return {"type": "typed-dict", "fields": fields, "extra_behavior": "forbid"}


_ANY: Schema = {"type": "str"}
_YES_OR_NO: Schema = {"type": "bool"}
_DAY: Schema = {"type": "date"}
_LINE = _text(_one_line, min_length=1, max_length=300)
_TAG = _text(language_tag, pattern=r"^[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8}){0,3}$")
_TERRITORY_CODE = _text(pattern=r"^([A-Z]{2}|\d{3})$")
_PRECEDENCE = _one_of("local", "source", "equal")
_PATH = _text(_inside, min_length=1, max_length=300)
_DUTY = _one_of(*map(str, Duty))
_DATED = _many(_text(_date_pattern, max_length=200))

_POLICY = _table(
    precedence=_PRECEDENCE,
    required_locales=_many(_TAG),
    notice_period_days=_whole(0, 3650),
    review_interval_months=_whole(1, 240),
    territories=_named(_TERRITORY_CODE, _table(locales=_many(_TAG, min_length=1), precedence=_PRECEDENCE)),
    deviations=_many(
        _table(
            ("locale", "section", "reason"),
            locale=_TAG,
            section=_text(min_length=1),
            reason=_text(min_length=1),
            approved=_DAY,
        )
    ),
    title=_LINE,
    notices=_table(material=_DUTY, clarifying=_DUTY, editorial=_DUTY),
)
_NOTICES = _table(
    base_url=_text(_web_address, max_length=300),
    sender=_text(_mailbox, max_length=300),
    reply_to=_text(_mailbox, max_length=300),
    batch_size=_whole(1, 1000),
    lease_seconds=_whole(5, 86_400),
    attempts=_whole(1, 100),
    first_retry=_decimal(0.01, 3600),
    longest_retry=_decimal(0.01, 86_400),
    give_up_days={"type": "float", "gt": 0, "le": 365},
    breaker_failures=_whole(1, 1000),
    breaker_seconds=_decimal(0.01, 86_400),
    templates=_PATH,
    retention_days=_whole(1, 36_500),
    dkim=_table(
        ("domain", "selector", "key"),
        domain=_text(pattern=r"^[A-Za-z0-9.-]+$"),
        selector=_text(pattern=r"^[A-Za-z0-9._-]+$"),
        key=_text(_from_environment),
    ),
)
_CHANNEL = _table(
    url=_text(_without_password, min_length=3, max_length=4000),
    kind=_one_of("apprise", "webhook"),
    per_subscriber=_YES_OR_NO,
    policies=_many(_LINE),
    territories=_many(_TERRITORY_CODE),
    language=_TAG,
    tags=_many(_LINE),
    rate_per_minute=_whole(1, 10_000_000),
    secret=_text(_from_environment),
    schemes=_many(_text(pattern=r"^[a-z0-9+.-]+$")),
    allow_private=_YES_OR_NO,
)
_FILE = _table(
    layout=_many(_text(_layout_pattern, max_length=300), min_length=1, max_length=20),
    source_locale=_TAG,
    policies=_named(_ANY, _POLICY),
    dates=_table(published=_DATED, effective=_DATED, updated=_DATED),
    checks=_table(severity=_named(_ANY, _one_of("error", "warning", "info", "off")), baseline=_PATH),
    store=_table(url=_text(_one_line, max_length=1000)),
    notices=_NOTICES,
    channels=_named(_text(pattern=r"^[A-Za-z0-9_-]{1,64}$"), _CHANNEL),
)
_VALIDATOR = SchemaValidator(cast(CoreSchema, _FILE))


def validated(table: dict[str, Any], name: str) -> Settings:
    """The settings that a TOML table says; what it does not say is as `Settings` has it.

    Raises `ConfigurationError` at the first key that is wrong.
    """
    try:
        file = _VALIDATOR.validate_python(table, strict=True)
    except ValidationError as error:
        raise _sentence(error, name) from None
    layout = Layout()
    return Settings(
        layout=Layout(tuple(file.get("layout", layout.patterns)), file.get("source_locale", layout.source_locale)),
        policies={policy: _policy(one) for policy, one in file.get("policies", {}).items()},
        checks=CheckSettings(**file.get("checks", {})),
        dates=DatePatterns(**_tuples(file.get("dates", {}))),
        notices=_notices(file.get("notices", {})),
        channels=tuple(_channel(channel, one, name) for channel, one in file.get("channels", {}).items()),
        store_url=file.get("store", {}).get("url", DEFAULT_STORE),
        source=name,
    )


def _tuples(said: dict[str, Any]) -> dict[str, Any]:
    return {key: tuple(one) if isinstance(one, list) else one for key, one in said.items()}


def _policy(said: dict[str, Any]) -> PolicySettings:
    given = _tuples(said)
    duties = given.pop("notices", {})
    given["duties"] = {**DUTIES, **{Significance(weight): Duty(duty) for weight, duty in duties.items()}}
    given["territories"] = {code: Territory(**_tuples(one)) for code, one in said.get("territories", {}).items()}
    given["deviations"] = tuple(Deviation(**one) for one in said.get("deviations", ()))
    return PolicySettings(**given)


def _notices(said: dict[str, Any]) -> NoticeSettings:
    dkim = said.get("dkim")
    return NoticeSettings(**{**said, "dkim": Dkim(**dkim) if dkim else None})


def _channel(channel: str, said: dict[str, Any], name: str) -> Channel:
    def refuse(what: str, cure: str) -> ConfigurationError:
        return ConfigurationError(f"`channels.{channel}` {what}", where=name, cure=cure)

    one = Channel(name=channel, **_tuples(said))
    if one.url is None and not one.per_subscriber:
        raise refuse("has no url", "Add one, or per_subscriber = true for the subscribers' own apprise URLs.")
    if one.kind == "webhook":
        if one.per_subscriber or one.url is None:
            raise refuse("is a webhook, which has one receiver", "Leave out per_subscriber.")
        if one.secret is None:
            raise refuse("is a webhook without a secret", 'Add secret = "${NAME}": its receiver checks the signature.')
    elif one.secret is not None:
        raise refuse("has a secret but is no webhook", 'Add kind = "webhook", or leave the secret out.')
    return one


def masked(url: str) -> str:
    """A URL of which only the scheme, the host and ``${NAME}``s are shown; all else may be secret."""
    scheme, colon, rest = url.partition("://")
    if not colon:
        return url if re.fullmatch(r"\$\{\w+\}", url) else "***"
    host = re.split(r"[/?#]", rest, maxsplit=1)[0].rpartition("@")[2]
    shown = host if re.fullmatch(r"[A-Za-z0-9.-]+\.[A-Za-z]+(:\d+)?|localhost(:\d+)?|[\d.]+(:\d+)?", host) else "***"
    return f"{scheme}://{shown}/***" if rest != host else f"{scheme}://{shown}"


def _sentence(error: ValidationError, name: str) -> ConfigurationError:
    first = error.errors()[0]
    key = _dotted(first["loc"])
    value = first["input"]
    if first["type"] == "extra_forbidden":
        allowed = sorted(keys_of(*first["loc"][:-1]))
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


def keys_of(*location: int | str) -> set[str]:
    """The keys of the table that stands at a location in the file: ``keys_of("channels", "mail")``."""
    schema = _FILE
    for part in location:
        if "fields" in schema:
            schema = schema["fields"][part]["schema"]
        else:
            schema = schema.get("values_schema") or schema["items_schema"]
    return set(schema["fields"])
