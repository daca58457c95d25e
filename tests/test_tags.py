"""Language tags as repositories write them, and which text fits which territory."""

from __future__ import annotations

import pytest

from policyver.errors import UsageError
from policyver.locales.tags import Nearness, best_match, canonical, checked, problem_of
from policyver.locales.territories import checked_territory, official_languages, regional_tag


@pytest.mark.parametrize(
    ("written", "tag"),
    [
        ("pt-BR", "pt-BR"),
        ("pt_BR", "pt-BR"),
        ("zh-hans", "zh-Hans"),
        ("es-419", "es-419"),
        ("sr-Latn", "sr-Latn"),
        ("tl-PH", "fil-PH"),
        ("iw", "he"),
        ("no", "no"),
    ],
)
def test_file_names_become_canonical_tags(written: str, tag: str) -> None:
    assert canonical(written) == tag
    assert problem_of(written) is None


@pytest.mark.parametrize("written", ["xx", "english", "de-XX1", "zh-Abcd"])
def test_what_is_no_tag_has_a_reason(written: str) -> None:
    assert problem_of(written)


@pytest.mark.parametrize(
    ("language", "territory", "available", "fitting"),
    [
        ("zh-Hant", "TW", ("zh-CN", "zh-TW"), ["zh-TW"]),
        ("zh-Hant", "HK", ("zh-Hans", "zh-Hant"), ["zh-Hant"]),
        ("zh", "SG", ("zh-Hans", "zh-Hant"), ["zh-Hans"]),
        ("zh", "CN", ("zh-CN", "zh-TW"), ["zh-CN"]),
        ("pt", "AO", ("pt-BR", "pt-PT"), ["pt-PT"]),
        ("pt", "BR", ("pt-BR", "pt-PT"), ["pt-BR"]),
        ("es", "MX", ("es-ES", "es-419"), ["es-419"]),
        ("nb", "NO", ("no", "en"), ["no"]),
        ("no", "NO", ("nb", "en"), ["nb"]),
        ("de", "AT", ("de", "de-CH"), ["de"]),
        ("fil", "PH", ("tl-PH",), ["tl-PH"]),
    ],
)
def test_script_and_region_decide(
    language: str, territory: str, available: tuple[str, ...], fitting: list[str]
) -> None:
    matches = best_match(regional_tag(language, territory), available)
    assert [one.locale for one in matches] == fitting
    assert all(one.nearness is Nearness.SAME for one in matches)


@pytest.mark.parametrize(("wanted", "available"), [("ca-AD", "es"), ("nn-NO", "nb"), ("zh-Hant-TW", "zh-Hans")])
def test_another_language_or_script_is_a_stated_fallback(wanted: str, available: str) -> None:
    matches = best_match(wanted, (available,))
    assert all(one.nearness is Nearness.FALLBACK for one in matches)
    assert matches


@pytest.mark.parametrize(("wanted", "available"), [("uk-UA", "ru"), ("pl-PL", "de"), ("ja-JP", "zh-Hans")])
def test_a_foreign_language_is_no_fallback(wanted: str, available: str) -> None:
    assert best_match(wanted, (available,)) == ()


def test_territories_have_their_official_languages() -> None:
    assert official_languages("AT") == ("de",)
    assert set(official_languages("CA")) == {"en", "fr"}
    assert set(official_languages("BE")) == {"nl", "fr", "de"}
    assert {"de", "fr", "it"} <= set(official_languages("CH"))
    assert {"en", "zh", "ms", "ta"} == set(official_languages("SG"))
    assert {"fr", "lb", "de"} == set(official_languages("LU"))


def test_a_territory_is_named_by_code_or_name() -> None:
    assert checked_territory("at") == checked_territory("Austria") == "AT"
    with pytest.raises(UsageError, match=r"no territory 'Austrja'\. Did you mean Austria"):
        checked_territory("Austrja")
    with pytest.raises(UsageError, match="no territory 'ZZ'"):
        checked_territory("ZZ")


def test_a_language_may_be_named_in_words() -> None:
    assert checked("German") == "de"
    assert checked("pt_br") == "pt-BR"
    with pytest.raises(UsageError, match="is not formed like a language tag"):
        checked("qqqq-zzzz-1")
