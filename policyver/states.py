"""The texts of a repository as its revisions, its index, its working tree or its labels have them."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path, PurePosixPath

from policyver import document as markdown
from policyver.config import Layout
from policyver.errors import DocumentError, RepositoryError, UsageError, nearest
from policyver.history import Commit, Repository, versions_by_text
from policyver.history.repository import DEEPEN
from policyver.model import Endpoint, Metadata, TextKey, Version

Warn = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One text as one state of the repository has it: a blob, or the bytes of a file in the working tree."""

    path: str
    blob: str
    content: bytes | None = None


@dataclass(frozen=True, slots=True)
class State:
    """All texts of a revision, of the index or of the working tree, or of the versions that carry a label."""

    endpoint: Endpoint
    texts: Mapping[TextKey, Snapshot]
    commit: Commit | None = None
    contested: Mapping[TextKey, tuple[str, str]] = field(default_factory=dict)
    """Texts that two files claim: the path that counts, and the one left out."""


class Texts:
    """The texts that a layout finds in a repository. Methods raise `PolicyverError` and its children."""

    def __init__(self, repository: Repository, layout: Layout, prefix: str, warn: Warn) -> None:
        self.repository = repository
        self.layout = layout
        self.prefix = prefix
        """Path of the policies' root in the repository, with ``/`` at its end; empty for the top."""
        self.warn = warn
        self._labels: dict[str, Metadata | None] = {}
        """What front matter says of labels, by blob; None where it cannot be read."""

    def locate(self, path: str) -> TextKey | None:
        """The text that a path in the repository holds."""
        if not path.startswith(self.prefix):
            return None
        return self.layout.locate(path[len(self.prefix) :])

    @cached_property
    def versions(self) -> Mapping[TextKey, list[Version]]:
        """Every version of every text up to HEAD, newest first. In a shallow clone the oldest are missing."""
        head = self.repository.commit("HEAD")
        return versions_by_text(self.repository.log(head, self.layout.extensions), self.locate)

    def keys(self) -> list[TextKey]:
        """The texts that HEAD, or the index where there is no commit yet, has."""
        if self.repository.has_commits():
            listing: Iterable[str] = self.repository.tree(self.repository.commit("HEAD"))
        elif self.repository.worktree is not None:
            listing = self.repository.index()
        else:
            listing = ()
        return sorted({key for path in listing if (key := self.locate(path))})

    def at(self, revision: str) -> State:
        """The texts of a revision."""
        commit = self.repository.commit(revision)
        endpoint = Endpoint(rev=revision, commit=commit.id, date=commit.date)
        texts: dict[TextKey, Snapshot] = {}
        contested: dict[TextKey, tuple[str, str]] = {}
        for path, blob in self.repository.tree(commit).items():
            key = self.locate(path)
            if key is None:
                continue
            if blob.is_regular:
                self._claim(texts, contested, key, Snapshot(path, blob.id))
            elif blob.mode == "120000":
                self.warn(f"{path}: a symbolic link in {revision}, left out; put the text itself there.")
        return State(endpoint, texts, commit, contested)

    def staged(self) -> State:
        """The texts of the index."""
        texts: dict[TextKey, Snapshot] = {}
        contested: dict[TextKey, tuple[str, str]] = {}
        for path, blob in self.repository.index().items():
            if (key := self.locate(path)) and blob.is_regular:
                self._claim(texts, contested, key, Snapshot(path, blob.id))
        return State(Endpoint(rev="index"), texts, contested=contested)

    def working_tree(self) -> State:
        """The texts that git tracks, as the working tree has them."""
        if self.repository.worktree is None:
            raise UsageError(
                "a bare repository has no working tree", cure="Name two revisions: policyver diff OLD..NEW."
            )
        texts: dict[TextKey, Snapshot] = {}
        contested: dict[TextKey, tuple[str, str]] = {}
        for path, blob in self.repository.index().items():
            key = self.locate(path)
            if key is None or not os.path.lexists(self.repository.worktree / path):
                continue
            _refuse_links_on_the_way(self.repository.worktree, path)
            content = self.repository.file(path)
            self._claim(texts, contested, key, Snapshot(path, object_name(content, len(blob.id)), content))
        for path in self.repository.untracked():
            if self.locate(path):
                self.warn(f"{path}: not yet in git, left out; `git add` it to see it here.")
        return State(Endpoint(rev="working tree"), texts, contested=contested)

    def _claim(
        self,
        texts: dict[TextKey, Snapshot],
        contested: dict[TextKey, tuple[str, str]],
        key: TextKey,
        snapshot: Snapshot,
    ) -> None:
        """Two files may claim one text while a repository changes its layout: the earlier pattern wins."""
        if key in texts:
            kept, left = sorted((texts[key], snapshot), key=lambda one: self._rank(one.path))
            contested[key] = (kept.path, left.path)
            self.warn(f"{left.path}: {kept.path} is the text {key} too, and comes first in the layout; left out.")
            snapshot = kept
        texts[key] = snapshot

    def _rank(self, path: str) -> tuple[int, str]:
        for rank, pattern in enumerate(self.layout.patterns):
            if Layout((pattern,), self.layout.source_locale).locate(path[len(self.prefix) :]):
                return rank, path
        return len(self.layout.patterns), path

    def labelled(self, policy: str, label: str) -> State:
        """The texts of a policy in their versions with a label, each text in its own last one.

        A translation that has not reached the label is not in the state: that it lags is a fact about it.
        """
        wanted = [key for key in sorted(self.versions) if key.policy == policy]
        texts: dict[TextKey, Snapshot] = {}
        commits: dict[TextKey, Version] = {}
        known: set[str] = set()
        for key in wanted:
            for version, metadata in self.labels_of(key):
                if metadata.label is not None:
                    known.add(metadata.label)
                if metadata.label == label and version.blob:
                    texts[key] = Snapshot(version.path, version.blob)
                    commits[key] = version
                    break
        if not texts:
            return self._tagged(policy, label, known)
        source = TextKey(policy, self.layout.source_locale)
        first = commits.get(source) or max(commits.values(), key=lambda version: version.date)
        endpoint = Endpoint(rev=f"{policy}@{label}", commit=first.commit, date=first.date)
        return State(endpoint, texts, Commit(first.commit, first.date))

    def labels_of(self, key: TextKey) -> Iterable[tuple[Version, Metadata]]:
        """The versions of a text with what their front matter says, newest first; unreadable ones left out."""
        for version in self.versions[key]:
            if version.blob and (metadata := self._label_in(version.blob)):
                yield version, metadata

    def _label_in(self, blob: str) -> Metadata | None:
        if blob not in self._labels:
            try:
                self._labels[blob] = label_of(self.repository.blob(blob))
            except DocumentError:
                self._labels[blob] = None
        return self._labels[blob]

    def _tagged(self, policy: str, label: str, known: set[str]) -> State:
        references = self.repository.references()
        tag = f"{policy}/{label}"
        if tag in references:
            state = self.at(f"refs/tags/{tag}")
            texts = {key: one for key, one in state.texts.items() if key.policy == policy}
            return State(replace(state.endpoint, rev=f"{policy}@{label}"), texts, state.commit)
        if self.repository.is_shallow:
            raise RepositoryError(
                f"this shallow clone has no version {label!r} of {policy!r}; older versions are missing",
                where=str(self.repository.directory),
                cure=DEEPEN,
            )
        raise UsageError(f"{policy!r} has no version with the label {label!r}", cure=nearest(label, sorted(known)))

    def state(self, name: str) -> State:
        """The state that a revision, or ``POLICY@LABEL``, names."""
        match = re.fullmatch(r"([^@]+)@([^@{}][^{}]*)", name)
        if match and any(key.policy == match.group(1) for key in self.versions):
            return self.labelled(match.group(1), match.group(2))
        if match and "{" not in name:
            policies = sorted({key.policy for key in self.versions})
            raise UsageError(f"there is no policy {match.group(1)!r}", cure=nearest(match.group(1), policies))
        return self.at(name)


def label_of(content: bytes) -> Metadata:
    """What the front matter of a file says of its label; the text is not parsed. Raises `DocumentError`."""
    head = content[:65536]
    if not head.lstrip(b"\xef\xbb\xbf").startswith(b"---"):
        return Metadata()
    end = re.search(rb"^(?:---|\.\.\.)[ \t]*\r?$", head[4:], re.MULTILINE)
    if end is None:
        return Metadata()
    return markdown.metadata_of(markdown.parse(markdown.decode(head[: end.end() + 4])), "en")


def object_name(content: bytes, length: int) -> str:
    """Git's name for a blob, by SHA-1 or SHA-256 as the repository's other names are long."""
    digest = hashlib.sha256 if length == 64 else hashlib.sha1
    return digest(b"blob %d\0" % len(content) + content).hexdigest()


def _refuse_links_on_the_way(top: Path, path: str) -> None:
    folder = top
    for part in PurePosixPath(path).parts[:-1]:
        folder = folder / part
        if folder.is_symlink():
            raise DocumentError(
                "the file lies behind a symbolic link", where=path, cure="Put the folder itself into the repository."
            )
