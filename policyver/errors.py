"""The errors that policyver reports to a person.

Each one is a sentence in three parts: what is wrong, where, and what to do about it. The command line prints
them as they are and ends with ``exit_status`` (DESIGN §6); a traceback is a bug.
"""

from __future__ import annotations


class PolicyverError(Exception):
    """Anything that keeps policyver from doing what it was asked.

    ``what`` is a sentence without its full stop, ``where`` a file, ``file:line`` or revision, ``cure`` what the
    reader can do next.
    """

    exit_status = 3

    def __init__(self, what: str, *, where: str = "", cure: str = "") -> None:
        super().__init__(what, where, cure)
        self.what = what
        self.where = where
        self.cure = cure

    def __str__(self) -> str:
        sentence = f"{self.where}: {self.what}" if self.where else self.what
        sentence = sentence if sentence.endswith((".", "?", "!")) else f"{sentence}."
        return f"{sentence} {self.cure}" if self.cure else sentence

    def __reduce__(self) -> tuple[object, ...]:
        return (_rebuild, (type(self), self.what, self.where, self.cure))


class UsageError(PolicyverError):
    """The command, a revision, a name or an option is not one that exists."""

    exit_status = 2


class ConfigurationError(PolicyverError):
    """``policyver.toml`` says something that it may not."""

    exit_status = 2


class RepositoryError(PolicyverError):
    """Git, or the repository, cannot give what is needed."""


class DocumentError(PolicyverError):
    """A text cannot be read as a policy: not UTF-8, broken front matter, conflict markers, too large."""


def _rebuild(kind: type[PolicyverError], what: str, where: str, cure: str) -> PolicyverError:
    return kind(what, where=where, cure=cure)


def nearest(wanted: str, existing: list[str], limit: int = 3) -> str:
    """The names in `existing` that look most like `wanted`, as the end of a sentence; all of them if few."""
    if not existing:
        return ""
    from difflib import get_close_matches

    close = get_close_matches(wanted, existing, n=limit, cutoff=0.5)
    if close:
        return f"Did you mean {_listed(close)}?"
    shown = sorted(existing)[:12]
    more = f" and {len(existing) - len(shown)} more" if len(existing) > len(shown) else ""
    return f"There is {', '.join(shown)}{more}."


def _listed(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} or {names[-1]}"
