"""A repository's log -> the versions of each text, through renames and changes of layout."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import lru_cache

from policyver.history.repository import Commit, Entry
from policyver.model import TextKey, Version


def versions_by_text(
    log: Iterable[tuple[Commit, list[Entry]]], locate: Callable[[str], TextKey | None]
) -> dict[TextKey, list[Version]]:
    """The versions of every text, newest first.

    `log` runs from new to old. A file keeps the text that its newest name gives it: where the file was renamed,
    older commits are read under its older names, also names that the layout does not know.
    """
    locate = lru_cache(maxsize=None)(locate)  # a history names the same paths again and again
    versions: dict[TextKey, list[Version]] = {}
    older_names: dict[str, TextKey] = {}

    def text_at(path: str | None) -> TextKey | None:
        return None if path is None else older_names.get(path) or locate(path)

    for commit, entries in log:
        changed: dict[TextKey, Entry] = {}
        renamed: dict[str, TextKey] = {}
        for entry in entries:
            new, old = text_at(entry.new_path), text_at(entry.old_path)
            if new and old and new != old and not same_text(old, new):
                _note(changed, old, Entry(entry.old_path, None, entry.old_blob, None))
                _note(changed, new, Entry(None, entry.new_path, None, entry.new_blob))
                continue
            key = new or old
            if key is None:
                continue
            _note(changed, key, entry)
            if new and entry.old_path and entry.old_path != entry.new_path:
                renamed[entry.old_path] = new
        for key, entry in changed.items():
            path = entry.new_path or entry.old_path
            assert path is not None
            versions.setdefault(key, []).append(
                Version(
                    commit=commit.id,
                    date=commit.date,
                    path=path,
                    blob=entry.new_blob,
                    old_path=entry.old_path,
                    old_blob=entry.old_blob,
                )
            )
        older_names.update(renamed)
    return versions


def same_text(old: TextKey, new: TextKey) -> bool:
    """Whether a file renamed from `old` to `new` can still be the same text: a policy may get another name, and
    a locale another tag of its language, but a German text does not become a French one."""
    return old.locale.split("-")[0] == new.locale.split("-")[0]


def _note(changed: dict[TextKey, Entry], key: TextKey, entry: Entry) -> None:
    """Join a removal and an addition of one text in one commit: a change of layout without a rename."""
    before = changed.get(key)
    if before is None:
        changed[key] = entry
    elif before.new_blob is None and entry.old_blob is None:
        changed[key] = Entry(before.old_path, entry.new_path, before.old_blob, entry.new_blob)
    elif entry.new_blob is None and before.old_blob is None:
        changed[key] = Entry(entry.old_path, before.new_path, entry.old_blob, before.new_blob)
    elif entry.new_blob is not None and before.new_blob is None:
        changed[key] = entry
