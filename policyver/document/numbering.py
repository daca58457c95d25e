"""Numbers in headings: ``3.2``, ``1)``, ``A.``, ``IV.``, ``(a)``, ``§ 3``, ``Article 5``, ``第5条``.

The number, the words of the heading and its id are three separate fields (DESIGN §4), so that a section that
only got another number is seen to be the same section.
"""

from __future__ import annotations

import re

_ORDINAL = r"(?:\d+(?:[.．·-]\d+)*[a-z]?|[IVXLCDM]+|[A-Z])"
_CJK_DIGITS = r"[0-9０-９〇零一二三四五六七八九十百千壱弐参]+"
# The word for a part of a legal text, before its number, in the languages whose laws are cited that way.
_WORDS_BEFORE = (
    "article",
    "art.",
    "section",
    "sec.",
    "chapter",
    "clause",
    "part",
    "paragraph",
    "para.",
    "annex",
    "appendix",
    "schedule",
    "exhibit",
    "title",
    "artikel",
    "abschnitt",
    "kapitel",
    "teil",
    "ziffer",
    "anhang",
    "absatz",
    "anlage",
    "chapitre",
    "partie",
    "annexe",
    "alinéa",
    "artículo",
    "sección",
    "capítulo",
    "cláusula",
    "apartado",
    "anexo",
    "parte",
    "articolo",
    "sezione",
    "capitolo",
    "allegato",
    "punto",
    "artigo",
    "seção",
    "secção",
    "artykuł",
    "rozdział",
    "część",
    "załącznik",
    "ustęp",
    "hoofdstuk",
    "deel",
    "bijlage",
    "paragraaf",
    "článek",
    "článok",
    "kapitola",
    "část",
    "oddíl",
    "příloha",
    "cikk",
    "fejezet",
    "szakasz",
    "articolul",
    "secțiunea",
    "capitolul",
    "статья",
    "раздел",
    "глава",
    "часть",
    "пункт",
    "приложение",
    "стаття",
    "розділ",
    "член",
    "чл.",
    "άρθρο",
    "ενότητα",
    "κεφάλαιο",
    "madde",
    "bölüm",
    "kısım",
    "ek",
    "avsnitt",
    "kapitel",
    "afsnit",
    "artikla",
    "luku",
    "kohta",
    "المادة",
    "مادة",
    "القسم",
    "البند",
    "الفصل",
    "סעיף",
    "פרק",
    "điều",
    "chương",
    "mục",
    "phần",
    "pasal",
    "bab",
    "bagian",
    "ข้อ",
    "มาตรา",
    "หมวด",
)
_WORD = "|".join(re.escape(word) for word in sorted(set(_WORDS_BEFORE), key=len, reverse=True))
_NUMBER = re.compile(
    rf"""(?ix)
    (?:
      (?P<sign>§{{1,2}}\s*\d+(?:\.\d+)*(?-i:[a-z])?)
    | (?P<word>(?:{_WORD})\s+(?:(?-i:{_ORDINAL})|[٠-٩۰-۹]+)(?:\s*\([a-z0-9]+\))?)
    | (?P<ordinal>\d+\.\s*(?:madde|bölüm|cikk|fejezet|§))
    | (?P<cjk>[第제]\s*{_CJK_DIGITS}\s*[条條章节節款项項조장절항관])
    | (?P<paren>[(（](?:\d+|[a-z]|[ivxlcdm]+|{_CJK_DIGITS}|[а-я])[)）])
    | (?P<cjk_item>[一二三四五六七八九十]+(?=[、．]))
    | (?P<dotted>\d+(?:\.\d+)+[a-z]?)(?=[.)．:]?(?:\s|$))
    | (?P<plain>(?:\d{{1,3}}|[０-９]{{1,3}}|[٠-٩۰-۹]{{1,3}})(?=[.)．、](?:\s|$|[^\d\s\x00-\x7f])))
    | (?P<letter>(?-i:[A-Z]|[IVXLCDM]+|[А-Я])(?=[.)](?:\s|$))|(?-i:[a-z]|[ivxlcdm]+)(?=\)(?:\s|$)))
    )
    """,
)
_BARE = re.compile(r"(\d{1,2})(?=\s+\S)")
_AFTER = re.compile(r"\s*[.)．:：、–—-]?\s+|\s*[.．:：、]\s*|\s*$")


def split_number(heading: str) -> tuple[str | None, str]:
    """The number at the start of `heading` and the words after it; None where it has none."""
    match = _NUMBER.match(heading)
    if not match:
        return None, heading
    number, rest = match.group(), heading[match.end() :]
    if match.lastgroup == "word" and rest[:1].isalnum():
        return None, heading
    return " ".join(number.split()), _without_separator(rest)


def bare_number(heading: str) -> tuple[str | None, str]:
    """Like `split_number` for a number with no mark after it, ``4 How to correct your data``.

    Such a number is one only where its neighbours count with it; the caller decides.
    """
    match = _BARE.match(heading)
    if not match:
        return None, heading
    return match.group(1), _without_separator(heading[match.end() :])


def _without_separator(rest: str) -> str:
    match = _AFTER.match(rest)
    return rest[match.end() :].strip() if match else rest.strip()
