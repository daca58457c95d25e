"""How much a change weighs, and why; one table a language."""

from __future__ import annotations

import pytest

from policyver.diffing import compare
from policyver.diffing.lexicon import CATEGORIES, Lexicon, lexicon_for
from policyver.document import parse
from policyver.model import Change, Significance


def judged(old: str, new: str, locale: str = "en") -> Change:
    [change] = compare(parse(f"## A\n\n{old}\n"), parse(f"## A\n\n{new}\n"), locale)
    return change


@pytest.mark.parametrize(
    ("old", "new", "weight", "code"),
    [
        ("We keep it for 30 days.", "We keep it for 60 days.", "material", "number-changed"),
        ("You pay $5 a month.", "You pay $7 a month.", "material", "amount-changed"),
        ("Effective May 4, 2026.", "Effective June 4, 2026.", "material", "date-changed"),
        ("We share your data.", "We do not share your data.", "material", "negation-added"),
        ("We may share it.", "We must share it.", "material", "duty-added"),
        ("We keep it for two weeks.", "We keep it for three weeks.", "material", "number-changed"),
        ("We collect your name.", "We collect your name and location.", "material", "data-added"),
        ("We use it for support.", "We use it for support and advertising.", "material", "purpose-added"),
        ("We tell our staff.", "We tell our affiliates.", "material", "recipient-added"),
        ("We protect your data well.", "We guard your data well.", "clarifying", "wording"),
        ("See [us](https://a.example).", "See [us](https://b.example).", "clarifying", "link-changed"),
        ("See [us](http://a.example/x).", "See [us](https://www.a.example/y).", "editorial", "link-repaired"),
        ("We recieve letters.", "We receive letters.", "editorial", "spelling"),
        ("We read; we write.", "We read, we write.", "editorial", "punctuation"),
        ("We read a lot.", "We read *a lot*.", "editorial", "formatting"),
        ("Write to a@a.example.", "Write to b@a.example.", "clarifying", "address-changed"),
    ],
)
def test_english(old: str, new: str, weight: str, code: str) -> None:
    change = judged(old, new)
    assert str(change.significance) == weight
    assert code in {reason.code for reason in change.reasons}


@pytest.mark.parametrize(
    ("locale", "old", "new", "code"),
    [
        ("de", "Wir geben Daten weiter.", "Wir geben Daten nicht weiter.", "negation-added"),
        ("de", "Wir löschen nach 30 Tagen.", "Wir löschen nach 60 Tagen.", "number-changed"),
        ("fr", "Nous conservons le nom.", "Nous ne conservons pas le nom.", "negation-added"),
        ("es", "Usted puede pedirlo.", "Usted debe pedirlo.", "duty-added"),
        ("it", "Conserviamo i dati.", "Non conserviamo i dati.", "negation-added"),
        ("pt-BR", "Guardamos os dados.", "Não guardamos os dados.", "negation-added"),
        ("nl", "Wij delen gegevens.", "Wij delen geen gegevens.", "negation-added"),
        ("pl", "Sprzedajemy dane.", "Nie sprzedajemy danych.", "negation-added"),
        ("ru", "Мы передаём данные.", "Мы не передаём данные.", "negation-added"),
        ("tr", "Verileri 30 gün saklarız.", "Verileri 60 gün saklarız.", "number-changed"),
        ("zh-CN", "我们出售您的数据。", "我们不出售您的数据。", "negation-added"),
        ("ja", "データを30日間保存します。", "データを60日間保存します。", "number-changed"),
        ("ko", "데이터를 30일 동안 보관합니다.", "데이터를 60일 동안 보관합니다.", "number-changed"),
        ("ar", "نحن نبيع البيانات.", "نحن لا نبيع البيانات.", "negation-added"),
        ("ar", "نرد خلال ٣٠ يومًا.", "نرد خلال ٢٠ يومًا.", "number-changed"),
        ("fi", "Säilytämme tietoja 30 päivää.", "Säilytämme tietoja 60 päivää.", "number-changed"),
    ],
)
def test_what_is_material_in_other_languages(locale: str, old: str, new: str, code: str) -> None:
    change = judged(old, new, locale)
    assert change.significance is Significance.MATERIAL
    assert code in {reason.code for reason in change.reasons}


@pytest.mark.parametrize(
    "language", ["en", "de", "fr", "es", "it", "pt", "nl", "pl", "ru", "tr", "zh", "ja", "ko", "ar"]
)
def test_each_lexicon_has_every_category(language: str) -> None:
    lexicon = lexicon_for(language)
    assert lexicon is not None
    assert all(lexicon.terms[category] for category in CATEGORIES)


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("You must pay.", ["must"]),
        ("A mustang is no duty.", []),
        ("We oblige you; the obligation stands.", ["oblige", "obligation"]),
        ("It is payable.", ["payable"]),
        ("Ableism is not.", []),
        ("This is unbinding.", ["unbinding"]),
        ("They have  to agree, and have to sign.", ["have  to", "have to"]),
        ("They have total access.", []),
    ],
)
def test_a_term_is_a_whole_word_unless_an_end_of_it_is_open(text: str, terms: list[str]) -> None:
    lexicon = Lexicon("en", {"duty": ["must", "oblig*", "*able", "*bind*", "have to"]}, spaced=True)
    assert lexicon.find(text) == [("duty", term) for term in terms]


def test_without_blanks_between_words_a_term_may_stand_anywhere() -> None:
    lexicon = Lexicon("ja", {"duty": ["義務"], "number": ["三"]}, spaced=False)
    assert lexicon.find("法的義務は三つ") == [("duty", "義務"), ("number", "三")]
    assert lexicon.number_words("法的義務は三つ") == ["三"]


def test_without_a_lexicon_the_verdict_says_so() -> None:
    change = judged("Säilytämme kaiken huolella.", "Poistamme kaiken huolella.", "fi")
    assert [reason.code for reason in change.reasons] == ["wording-unread"]


def test_a_reason_quotes_the_words_with_their_unit() -> None:
    change = judged("We answer within 30 days.", "We answer within 20 days.")
    assert [(one.old, one.new) for one in change.reasons] == [("30 days", "20 days")]


@pytest.mark.parametrize(
    ("locale", "old", "new"),
    [
        ("en", "Effective December 17, 2025.", "Effective March 24, 2026."),
        ("fr", "En vigueur le 17 décembre 2025.", "En vigueur le 24 mars 2026."),
        ("ja", "発効日 2025 年 12 月 17 日", "発効日 2026 年 3 月 24 日"),
        ("de", "Stand: 17.12.2025", "Stand: 24.3.2026"),
        ("en", '17 December 2025 {: datetime="2025-12-17"}', '24 March 2026 {: datetime="2026-03-24"}'),
    ],
)
def test_a_changed_date_is_one_reason(locale: str, old: str, new: str) -> None:
    [reason] = judged(old, new, locale).reasons
    assert reason.code == "date-changed"
    assert set(reason.old.split(", ")) == {"2025-12-17"}
    assert set(reason.new.split(", ")) == {"2026-03-24"}


def test_a_number_beside_a_changed_date_keeps_its_reason() -> None:
    change = judged("Within 30 days of May 4, 2026.", "Within 60 days of June 5, 2026.")
    assert {reason.code for reason in change.reasons} >= {"date-changed", "number-changed"}


def test_no_verdict_is_a_bare_label() -> None:
    pairs = [("a b c", "a x c"), ("One.", "One. Two."), ("- a\n- b", "1. a\n2. b"), ("a\n\nb", "a b")]
    assert all(judged(old, new).reasons for old, new in pairs)
