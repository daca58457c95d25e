"""Notices in words: every language whole, hostile texts tame, short forms cut where readers can bear it."""

from __future__ import annotations

import ast
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from icu4py.breakers import CharacterBreaker

from policyver.config import NoticeSettings
from policyver.notices.catalogs import catalog_for, languages
from policyver.notices.composing import UNSUBSCRIBE, Letter, letter_for
from policyver.notices.fitting import ELLIPSIS, characters, fit, utf8_bytes
from policyver.notices.markets import Audience, Markets, open_span
from policyver.notices.templates import render
from policyver.workspace import Workspace
from tests.noticing import TODAY, changed_repo
from tests.support import ROOT, GitRepo, policy

SETTINGS = NoticeSettings(base_url="https://sender.example/p", sender="Privacy <privacy@sender.example>")
ASKED_FOR = "en de fr es it pt nl pl cs hu ro bg el ru uk tr sv da nb fi zh-Hans zh-Hant ja ko ar he hi id vi th"


def letters(repo: GitRepo, span: str, *audiences: tuple[str, str]) -> list[Letter]:
    markets = Markets(open_span(Workspace.open(repo.path), span, None, TODAY))
    return [
        letter_for(markets.changes("privacy", Audience(*one))[0], None, SETTINGS, TODAY) for one in audiences
    ]  # fmt: skip


def messages() -> list[tuple[str, ...]]:
    """What the code says in the readers' languages."""
    found: list[tuple[str, ...]] = []
    tree = ast.parse((ROOT / "policyver/notices/composing.py").read_text())
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or not node.args:
            continue
        called = node.func
        is_plural = isinstance(called, ast.Attribute) and called.attr == "plural"
        if is_plural or (isinstance(called, ast.Name) and called.id == "say"):
            words = [one.value for one in node.args if isinstance(one, ast.Constant) and isinstance(one.value, str)]
            found.append(tuple(words[: 2 if is_plural else 1]))
    return found


def placeholders(text: str) -> set[str]:
    return set(re.findall(r"\{\w+\}", text))


def test_there_is_a_catalog_for_each_language_that_was_asked_for() -> None:
    assert set(ASKED_FOR.split()) <= set(languages())
    assert len(messages()) >= 28


@pytest.mark.parametrize("tag", [one for one in ASKED_FOR.split() if one != "en"])
def test_a_catalog_has_every_message_with_its_placeholders_and_a_form_for_every_number(tag: str) -> None:
    say = catalog_for(tag)
    assert say.tag == tag
    for words in messages():
        if len(words) == 1:
            said = say.translations.gettext(words[0])
            assert placeholders(said) == placeholders(words[0]), words
            assert said
            assert said != words[0] or (tag, said) in KEPT, f"{said!r} is not translated"
            continue
        for n in (0, 1, 2, 3, 5, 11, 21, 100, 101):
            said = say.translations.ngettext(words[0], words[1], n)
            assert said not in words
            assert "{n}" in said


KEPT = {("de", "Link"), ("it", "Link"), ("nl", "Link"), ("da", "Link"), ("fr", "Date"), ("id", "Data")}
"""Words that are the same there."""


def test_numbers_take_the_form_that_the_language_has_for_them() -> None:
    say = catalog_for("pl")
    forms = [say.plural("And {n} more section.", "And {n} more sections.", n) for n in (1, 3, 5, 22)]
    assert forms == ["I jeszcze 1 sekcja.", "I jeszcze 3 sekcje.", "I jeszcze 5 sekcji.", "I jeszcze 22 sekcje."]


@pytest.mark.parametrize(("wanted", "found"), [("pt-BR", "pt"), ("no", "nb"), ("zh-TW", "zh-Hant"), ("de-AT", "de"),
                                               ("sw", "en")])  # fmt: skip
def test_a_language_without_a_catalog_gets_the_nearest_else_english(wanted: str, found: str) -> None:
    assert catalog_for(wanted).tag == found


def test_a_letter_says_what_governs_what_changed_since_when_and_why_one_gets_it(repo: GitRepo) -> None:
    [letter] = letters(changed_repo(repo), "privacy@1.0.0..privacy@2.0.0", ("AT", "de"))
    assert letter.subject == "Datenschutzerklärung: Was sich am 1. Januar 2030 ändert"
    assert letter.headline == "Eine neue Fassung von „Datenschutzerklärung“ tritt am 1. Januar 2030 in Kraft."
    assert letter.where == "Maßgeblicher Text (Österreich): Deutsch"
    [section] = letter.sections
    assert (section.title, section.kind, section.weight) == ("Retention", "Abschnitt geändert", "Wesentliche Änderung")
    assert section.reasons == ("Zahl: 30 Tage → 60 Tage",)
    assert [(one.op, one.text) for one in section.runs][1:3] == [("delete", "30"), ("insert", "60")]
    assert letter.text_url == "https://sender.example/p/privacy/de/"
    assert letter.redline_url == "https://sender.example/p/privacy/de/1.0.0..2.0.0"
    assert letter.unsubscribe_url == ""


def test_a_reader_of_another_language_gets_his_frame_and_the_words_of_the_text(repo: GitRepo) -> None:
    [letter] = letters(changed_repo(repo), "privacy@1.0.0..privacy@2.0.0", ("JP", "ja"))
    assert (letter.language, letter.locale) == ("ja", "en")
    assert letter.where == "適用される文書（日本）：英語"
    assert "60" in [one.text for one in letter.sections[0].runs]


def test_arrows_point_the_way_that_the_text_is_read(repo: GitRepo) -> None:
    [letter] = letters(changed_repo(repo), "privacy@1.0.0..privacy@2.0.0", ("EG", "ar"))
    assert letter.direction == "rtl"
    assert "←" in letter.sections[0].reasons[0]


def test_what_a_hostile_text_holds_reaches_no_reader_alive(repo: GitRepo) -> None:
    title = "Policy"
    old = "Use <b>x</b>: We use 1 <script>alert(1)</script> thing."
    alive = f"<script>alert(2)</script> \u202e @everyone [x](javascript:alert(1)) {UNSUBSCRIBE}"
    new = f"Use <b>x</b>: We use 2 {alive} things."
    repo.commit("Publish", privacy_en=policy(old, label="1", title=title))
    repo.commit("Change", privacy_en=policy(new, label="2", title=title))
    [letter] = letters(repo, "HEAD^..HEAD", ("US", "en"))
    [forms] = render([letter], {})
    assert "<script" not in forms["mail.html"].lower()
    assert 'href="javascript' not in forms["mail.html"]
    for form in forms.values():
        assert "\u202e" not in form
        assert UNSUBSCRIBE not in form
    assert "@everyone" not in forms["notice.md"]


def test_a_mail_asks_no_server_for_anything(repo: GitRepo) -> None:
    found = letters(changed_repo(repo), "privacy@1.0.0..privacy@2.0.0", ("DE", "de"), ("EG", "ar"))
    for forms in render(found, {}):
        assert not re.search(r"<(?:img|link|iframe|object|script|video|source)\b|url\(|@import", forms["mail.html"])
        targets = re.findall(r'href="([^"]+)"', forms["mail.html"])
        assert targets
        assert all(one.startswith("https://sender.example/p/") and "?" not in one for one in targets)


@given(st.text(max_size=120), st.integers(0, 60))
def test_cut_text_fits_and_ends_between_graphemes(text: str, room: int) -> None:
    for measure in (characters, utf8_bytes):
        cut = fit(text, room, measure)
        assert measure(cut) <= room
        if cut != text and cut:
            kept = cut.removesuffix(ELLIPSIS)
            assert text.startswith(kept)
            clusters = list(CharacterBreaker(text, "en")) if text else []
            assert kept == "" or kept in {"".join(clusters[:n]).rstrip() for n in range(len(clusters) + 1)}


@pytest.mark.parametrize(("text", "room", "cut"), [
    ("Retention of your data changes", 20, "Retention of your…"),
    ("👩‍👩‍👧‍👦👩‍👩‍👧‍👦👩‍👩‍👧‍👦", 9, "👩‍👩‍👧‍👦…"),
    ("Donaudampfschifffahrt", 8, "Donauda…"),
    ("short", 5, "short"),
    ("anything", 0, ""),
])  # fmt: skip
def test_words_and_emoji_are_not_cut(text: str, room: int, cut: str) -> None:
    assert fit(text, room) == cut
