"""Which version prevails, as texts say it in 36 languages."""

from __future__ import annotations

import subprocess
import tomllib
from pathlib import Path

import pytest

from policyver.document import decode, parse
from policyver.errors import DocumentError
from policyver.locales.clauses import read_clauses, sentences
from policyver.locales.lexicon import clause_lexicon, known_languages
from policyver.workspace import Workspace
from tests.support import CORPORA, ROOT, policyver

SENTENCES: dict[str, list[tuple[str, str]]] = tomllib.loads(
    (Path(__file__).parent / "data" / "precedence.toml").read_text(encoding="utf-8")
)
ALL = [(language, prevails, sentence) for language, rows in SENTENCES.items() for prevails, sentence in rows]


def read(text: str, language: str) -> tuple[str, ...]:
    return read_clauses(parse(text), language).prevails


def test_every_language_with_a_lexicon_has_sentences_to_be_tested_by() -> None:
    assert set(SENTENCES) == set(known_languages())


@pytest.mark.parametrize(("language", "prevails", "sentence"), ALL)
def test_what_prevails(language: str, prevails: str, sentence: str) -> None:
    assert ("".join(read(sentence, language)) or "-") == prevails


def test_a_clause_may_reach_over_two_sentences() -> None:
    text = "The texts may differ from the English original. Then the text in the language of your country prevails."
    assert read(text, "en") == ("local",)
    assert read("A translation may contain discrepancies. The English version applies.", "en") == ("en",)


def test_convenience_says_nothing_more_where_another_clause_names_what_prevails() -> None:
    text = "This translation is provided for convenience only. In case of conflict, the English version prevails."
    assert read(text, "en") == ("en",)


def test_the_original_is_the_source() -> None:
    text = "If a translation differs, the original version prevails."
    assert read_clauses(parse(text), "en", "fi").prevails == ("fi",)


def test_two_clauses_that_differ_are_both_reported() -> None:
    text = "If versions differ, the English version prevails.\n\nIf versions differ, the local version prevails."
    assert read(text, "en") == ("en", "local")


def test_a_negated_verb_is_no_clause() -> None:
    assert read("The German version shall not prevail.", "en") == ()


def test_a_language_without_a_lexicon_is_not_readable_rather_than_without_a_clause() -> None:
    reading = read_clauses(parse("Toleo la Kiingereza litatumika."), "sw")
    assert not reading.readable
    ran = policyver("precedence", "-", "--language", "sw", input="Toleo la Kiingereza litatumika.")
    assert "cannot be read by machine" in ran.out


@pytest.mark.slow
def test_the_command_prints_each_clause_with_its_place() -> None:
    text = "# Terms\n\nWe sell.\n\n## Language\n\nThe German version of these terms prevails.\n"
    ran = policyver("precedence", "-", "--language", "en", "--format", "json", input=text)
    [clause] = ran.json["clauses"]
    assert (clause["prevails"], clause["line"], clause["section"]["heading"]) == ("de", 5, "Language")
    plain = policyver("precedence", str(ROOT / "policies/privacy/de.md"), "--language", "German")
    assert "the local text prevails" in plain.out


def test_a_sentence_without_an_end_takes_no_time() -> None:
    assert read("The English version prevails over it " * 20_000, "en") == ("en",)


def test_a_language_that_does_not_exist_has_a_sentence() -> None:
    ran = policyver("precedence", "-", "--language", "qqqq-zzzz-1", input="x")
    assert ran.status == 2
    assert "Traceback" not in ran.err


@pytest.mark.corpora
@pytest.mark.slow
def test_every_terms_document_of_the_slice_says_that_english_prevails(tmp_path: Path) -> None:
    """All versions of all terms in all languages with a lexicon: found there, and hardly anywhere else."""
    clone = tmp_path / "slice"
    subprocess.run(["git", "clone", "-q", CORPORA / "mozilla-legal-slice.bundle", clone], check=True)
    (clone / "policyver.toml").write_text('layout = ["{locale}/{policy}.md", "{policy}/{locale}.md"]\n')
    workspace = Workspace.open(clone)
    versions = {
        version.blob: (key, version.path)
        for key, several in workspace.versions.items()
        for version in several
        if version.blob and clause_lexicon(key.locale)
    }
    contents = dict(zip(versions, workspace.repository.blobs(versions), strict=True))
    right = terms = false = every = 0
    for blob, (key, path) in versions.items():
        try:
            document = parse(decode(contents[blob]))
        except DocumentError:
            continue
        reading = read_clauses(document, key.locale)
        every += sum(len(sentences(block)) for section in document.sections for block in section.blocks)
        if "privacy" in path:
            false += sum(clause.prevails != "none" for clause in reading.clauses)
        else:
            terms += 1
            right += reading.prevails == ("en",)
            false += sum(clause.prevails not in ("en", "none") for clause in reading.clauses)
    assert terms > 400
    assert right / terms >= 0.95
    assert false / every <= 0.02
