"""Addresses as they are the same in every language."""

from __future__ import annotations

import re
from functools import lru_cache

_IN_PATH = re.compile(r"(?<=/)[a-z]{2,3}(?:[-_](?:[a-z]{2}|[a-z]{4}|\d{3}))?(?=/|$)")
_IN_HOST = re.compile(r"^//[a-z]{2,3}\.(?=wikipedia\.org|wikimedia\.org)")


@lru_cache(maxsize=8192)
def plain_target(url: str) -> str:
    """A link free of what may differ between languages: the language in its path or host, scheme, ``www.``, a last
    ``/``, and case."""
    url = re.sub(r"^https?:", "", url.casefold()).replace("//www.", "//")
    url = _IN_PATH.sub("", _IN_HOST.sub("//", url), count=1)
    return re.sub(r"(?<!^)/{2,}", "/", url).rstrip("/")
