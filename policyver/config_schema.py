"""The shape of ``policyver.toml``, checked with pydantic; errors name key, value and what is allowed."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from policyver.config import (
    CheckSettings,
    DatePatterns,
    Deviation,
    Layout,
    PolicySettings,
    Settings,
    Territory,
    language_tag,
)
from policyver.errors import ConfigurationError, nearest


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


class _Policy(_Table):
    precedence: Precedence = "local"
    required_locales: list[Tag] = []
    notice_period_days: int | None = Field(default=None, ge=0, le=3650)
    review_interval_months: int = Field(default=12, ge=1, le=240)
    territories: dict[TerritoryCode, _Territory] = {}
    deviations: list[_Deviation] = []


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
        source=name,
    )


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
    tables: dict[str, type[_Table]] = {"policies": _Policy, "territories": _Territory, "deviations": _Deviation}
    model: type[_Table] = _File
    for part in location:
        if part in ("dates", "checks"):
            model = _Dates if part == "dates" else _Checks
        elif isinstance(part, str) and part in tables:
            model = tables[part]
    return set(model.model_fields)
