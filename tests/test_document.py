"""Markdown to sections: what counts as a heading, what is no change, where a section stands (DESIGN §4)."""

from __future__ import annotations

import textwrap
import unicodedata
from unittest.mock import patch

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from policyver.document import decode, parse, passages
from policyver.document.canonical import read_chunk, read_with_commonmark
from policyver.document.numbering import split_number
from policyver.document.words import words
from policyver.errors import DocumentError
from policyver.model import Document, Section


def only(source: str) -> Section:
    [section] = parse(source).sections
    return section


def shape(source: str) -> list[tuple[int, str | None, str, str | None]]:
    return [(one.level, one.number, one.heading, one.id) for one in parse(source).sections]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("# Privacy", (1, None, "Privacy", None)),
        ("Privacy\n=======", (1, None, "Privacy", None)),
        ("Rights\n---", (2, None, "Rights", None)),
        ("<h3>Rights</h3>", (3, None, "Rights", None)),
        ('<h2 id="r">Your <em>rights</em></h2>', (2, None, "Your rights", "r")),
        ("## Rights {#your-rights}", (2, None, "Rights", "your-rights")),
        ("## Rights {: #r .wide }", (2, None, "Rights", "r")),
        ('## <a id="r"></a>Rights', (2, None, "Rights", "r")),
        ('<a name="r"></a>\n\n## Rights', (2, None, "Rights", "r")),
        ("## *Your* **rights** ##", (2, None, "Your rights", None)),
        ("## 3.2 How we share data {#sharing}", (2, "3.2", "How we share data", "sharing")),
    ],
)
def test_headings_of_every_kind(source: str, expected: tuple[int, str | None, str, str | None]) -> None:
    assert shape(source) == [expected]


@pytest.mark.parametrize(
    ("heading", "number", "rest"),
    [
        ("1. Data", "1", "Data"),
        ("1.2 Data", "1.2", "Data"),
        ("1) Data", "1", "Data"),
        ("A. Data", "A", "Data"),
        ("IV. Data", "IV", "Data"),
        ("(a) Data", "(a)", "Data"),
        ("§ 3 Daten", "§ 3", "Daten"),
        ("§§ 3a Daten", "§§ 3a", "Daten"),
        ("Article 5 – Data", "Article 5", "Data"),
        ("Art. 5 Daten", "Art. 5", "Daten"),
        ("Section 2: Data", "Section 2", "Data"),
        ("Статья 3. Данные", "Статья 3", "Данные"),
        ("第5条 個人情報", "第5条", "個人情報"),
        ("第三章 数据", "第三章", "数据"),
        ("المادة ٥ البيانات", "المادة ٥", "البيانات"),
        ("제3조 개인정보", "제3조", "개인정보"),
        ("I agree", None, "I agree"),
        ("Article history", None, "Article history"),
        ("2024 report", None, "2024 report"),
        ("Section control", None, "Section control"),
    ],
)
def test_numbers_in_headings(heading: str, number: str | None, rest: str) -> None:
    assert split_number(heading) == (number, rest)


def test_a_bare_number_counts_where_its_neighbours_count_with_it() -> None:
    assert [one[1] for one in shape("## 3 Data\n\n## 4 Rights\n\n## 5 Contact\n")] == ["3", "4", "5"]
    assert shape("## 24 hours a day\n\nText\n\n## Rights\n")[0][2] == "24 hours a day"


def test_sections_nest_but_do_not_own_the_text_of_their_children() -> None:
    document = parse("Before.\n\n# A\n\nOne.\n\n## B\n\nTwo.\n\n# C\n\nThree.\n")
    assert [(one.title, one.text, one.path, one.parent) for one in document.sections] == [
        ("(preamble)", "Before.", (), None),
        ("A", "One.", ("A",), None),
        ("B", "Two.", ("A", "B"), 1),
        ("C", "Three.", ("C",), None),
    ]


def test_each_section_knows_its_lines() -> None:
    source = "---\nversion: 1\n---\nHello\nthere.\n\n# A\n\n- one\n- two\n\n\nB\n-\n\nText.\n"
    assert [(one.title, one.line, one.end_line) for one in parse(source).sections] == [
        ("(preamble)", 4, 5),
        ("A", 7, 10),
        ("B", 13, 16),
    ]


def test_a_hash_in_code_or_a_comment_is_no_heading() -> None:
    assert [one[2] for one in shape("# A\n\n```\n# not\n```\n\n    # nor\n\n<!--\n# nor this\n-->\n")] == ["A"]


NO_CHANGE = [
    ("We keep it\nfor a year.", "We keep it for a year."),
    ("We *keep* it.", "We _keep_ it."),
    ("We **keep** it.", "We __keep__ it."),
    ("We **keep** it.", "We <b>keep</b> it."),
    ("- a\n- b", "* a\n* b"),
    ("- a\n- b", "-   a\n\n-   b"),
    ("1. a\n2. b", "1. a\n1. b"),
    ("# A\n\ntext", "A\n=\ntext"),
    ("# A\n\ntext", "# A #\ntext"),
    ("Text.  ", "Text."),
    ("a\r\nb", "a\nb"),
    ("Caf\u00e9", "Cafe\u0301"),
    ("| a | b |\n|---|---|\n| 1 | 2 |", "|a|b|\n|:--|--:|\n|1|2|"),
    ("[us](https://a.example)", "[us][1]\n\n[1]: https://a.example"),
    ('See <a href="https://a.example">us</a>.', "See [us](https://a.example)."),
    ("&copy; 2024", "© 2024"),
    ("這是\n一個句子。", "這是一個句子。"),
    ("```\ncode\n```", "~~~\ncode\n~~~"),
]


@pytest.mark.parametrize(("one", "other"), NO_CHANGE)
def test_what_a_reader_does_not_see_is_no_change(one: str, other: str) -> None:
    assert [s.blocks for s in parse(one).sections] == [s.blocks for s in parse(other).sections]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("[us](https://a.example)", "[us](https://b.example)"),
        ("Within 30 days.", "Within 60 days."),
        ("Call us.", "Call us!"),
        ("On 2024-05-04.", "On 2024-05-05."),
        ('Text {: datetime="2024-05-04" }', 'Text {: datetime="2024-06-04" }'),
        ("We keep it.", "We **keep** it."),
        ("1. a\n2. b", "2. a\n3. b"),
        ("`a`", "a"),
        ("这是 一个", "这是一个"),
    ],
)
def test_what_a_reader_sees_is_a_change(one: str, other: str) -> None:
    assert only(one).blocks != only(other).blocks


PLAIN = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), max_size=60)
MARKDOWN_LINES = st.lists(
    st.one_of(
        PLAIN,
        st.sampled_from(
            ["# A", "## 1. B {#b}", "- item", "  - deeper", "1. one", "> quote", "```", "| a | b |", "|---|---|",
             "text with *stress* and [a link](https://a.example)", "", "", "---", "<div>", "</div>", "[^1]: note",
             "Term", ": definition", "    code", "Setext", "=====", "<!-- comment", "-->", "\\* no item", "**bold**"]
        ),
    ),
    max_size=14,
)  # fmt: skip


@given(MARKDOWN_LINES)
def test_any_source_can_be_read_and_keeps_its_lines_in_order(lines: list[str]) -> None:
    source = "\n".join(lines)
    try:
        document = parse(source)
    except DocumentError:
        return
    last = 0
    for section in document.sections:
        assert last < section.line <= section.end_line <= source.count("\n") + 1
        last = section.end_line


@given(MARKDOWN_LINES)
def test_reading_is_stable_what_is_written_canonically_reads_the_same(lines: list[str]) -> None:
    source = "\n".join(lines)
    assume("<" not in source.replace("<div>", "").replace("</div>", ""))  # half a tag is text
    try:
        blocks = _blocks(parse(source))
    except DocumentError:
        return
    for block in blocks:
        if block.startswith(("- ", "> ", ": ", "[^", "|", "  ", "```")) or "\n" in block:
            continue  # a piece of a container is no document of its own
        again = _blocks(parse(block))
        assert _blocks(parse("\n\n".join(again))) == again


def _blocks(document: Document) -> list[str]:
    return [block for section in document.sections for block in section.blocks]


@given(st.lists(st.text("abc de.,()*_[]`\\é中<>&#-+", max_size=30), min_size=1, max_size=3))
def test_the_short_cut_for_prose_gives_what_the_whole_grammar_gives(lines: list[str]) -> None:
    chunk = "\n".join(line.strip() or "x" for line in lines)
    assert read_chunk(chunk) == read_with_commonmark(chunk)


@given(MARKDOWN_LINES)
def test_reading_passage_by_passage_gives_what_reading_the_whole_gives(lines: list[str]) -> None:
    source = "\n".join(lines)
    with patch.object(passages, "may_span", lambda body: True):
        whole = passages.read_sections(source, 0)
    assert passages.read_sections(source, 0) == whole


@given(MARKDOWN_LINES, MARKDOWN_LINES, st.integers(0, 30), st.integers(0, 30))
def test_a_text_read_after_another_version_of_it_is_read_as_if_alone(
    lines: list[str], edit: list[str], start: int, end: int
) -> None:
    first, second = "\n".join(lines), "\n".join(lines[:start] + edit + lines[start + end :])
    with patch.object(passages, "_last", None):
        alone = passages.read_sections(second, 0)
    passages.read_sections(first, 0)
    assert passages.read_sections(second, 0) == alone


@given(PLAIN)
def test_normal_forms_and_line_ends_do_not_matter(text: str) -> None:
    nfc, nfd = (unicodedata.normalize(form, f"## A\n\n{text}\n") for form in ("NFC", "NFD"))
    try:
        expected = _blocks(parse(nfc))
    except DocumentError:
        return
    assert _blocks(parse(nfd)) == expected
    assert _blocks(parse(decode(nfc.replace("\n", "\r\n").encode()))) == expected


@given(st.lists(st.text("abcdefgh", min_size=1, max_size=9), min_size=1, max_size=60), st.integers(20, 80))
def test_wrapping_does_not_matter(written: list[str], width: int) -> None:
    text = " ".join(written)
    assert _blocks(parse(textwrap.fill(text, width))) == _blocks(parse(text))


@given(st.text(max_size=200))
def test_words_lose_nothing(text: str) -> None:
    assert "".join(words(text)) == text


@pytest.mark.parametrize(
    ("text", "most"),
    [
        ("当社は個人データを販売しません。", 3),
        ("我们不会出售您的个人数据。", 3),
        ("เราไม่ขายข้อมูลส่วนบุคคลของคุณ", 8),
    ],
)
def test_scripts_without_blanks_give_small_words(text: str, most: int) -> None:
    cut = words(text)
    assert len(cut) >= 5
    assert max(map(len, cut)) <= most


@pytest.mark.parametrize(
    "whole", ["https://a.example/x?y=1", "privacy@a.example", "2024-05-04", "don't", "(https://a.example)"]
)
def test_what_reads_as_one_thing_is_one_word(whole: str) -> None:
    text = f"see {whole} now" if not whole.startswith("(") else f"[see]{whole} now"
    assert any(whole in word for word in words(text))


def test_front_matter_attributes_and_definitions() -> None:
    document = parse("---\nversion: 1.10\nlist: [a, b]\n---\n# A\n\nTerm\n: meaning\n\nNote[^1].\n\n[^1]: Small.\n")
    assert document.front_matter["version"] == "1.10"
    assert only_blocks(document) == ("Term", ": meaning", "Note[^1].", "[^1]: Small.")


def only_blocks(document: Document) -> tuple[str, ...]:
    return document.sections[-1].blocks


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"caf\xe9", "byte 0xe9 is not UTF-8"),
        (b"a\0b", "binary"),
        ("text".encode("utf-16"), "UTF-16"),
        (b"x" * (10 * 1024 * 1024 + 1), "10 MB"),
    ],
)
def test_bytes_that_are_no_text(data: bytes, sentence: str) -> None:
    with pytest.raises(DocumentError, match=sentence):
        decode(data, "a.md")


@pytest.mark.parametrize(
    ("source", "where", "sentence"),
    [
        ("---\nversion: [1\n---\n# A\n", "a.md:", "front matter"),
        ("---\n- a\n---\n# A\n", "a.md:2", "list of"),
        ("---\nversion: 1\n# A\n", "a.md:1", "no end"),
        ("# A\n\n<<<<<<< HEAD\na\n=======\nb\n>>>>>>> other\n", "a.md:3", "conflict"),
    ],
)
def test_broken_sources_are_told_with_their_line(source: str, where: str, sentence: str) -> None:
    with pytest.raises(DocumentError, match=sentence) as raised:
        parse(source, "a.md")
    assert str(raised.value).startswith(where)
