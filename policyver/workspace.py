"""A policy repository opened with its configuration: its texts, versions, diffs and log.

The public Python API starts here:

    workspace = Workspace.open(Path("."))
    report = workspace.diff("privacy@1.0.0..privacy@2.0.0")
"""

from __future__ import annotations

import datetime as dt
import hashlib
import os
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path, PurePosixPath

from policyver.config import DEFAULT_LAYOUT, FILE_NAME, Layout, Settings, load_settings
from policyver.diffing import compare
from policyver.document import decode, metadata_of, parse
from policyver.errors import ConfigurationError, DocumentError, PolicyverError, RepositoryError, UsageError, nearest
from policyver.history import Commit, Repository, versions_by_text
from policyver.history.repository import DEEPEN, read_regular_file
from policyver.history.versions import same_text
from policyver.model import (
    Change,
    DiffReport,
    Document,
    Endpoint,
    Metadata,
    Status,
    TextDiff,
    TextKey,
    Version,
)

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


@dataclass(frozen=True, slots=True)
class Shown:
    """A text as one version has it."""

    key: TextKey
    version: Version | None
    path: str
    metadata: Metadata
    document: Document


class Workspace:
    """See the module. Methods raise `PolicyverError` and its children; `warn` gets sentences about the rest."""

    def __init__(self, repository: Repository, settings: Settings, prefix: str, warn: Warn) -> None:
        self.repository = repository
        self.settings = settings
        self.prefix = prefix
        """Path of the policies' root in the repository, with ``/`` at its end; empty for the top."""
        self.warn = warn

    @classmethod
    def open(cls, directory: Path, config: Path | None = None, warn: Warn = lambda sentence: None) -> Workspace:
        """The workspace of the repository that `directory` lies in.

        The configuration is `config`, else the nearest policyver.toml (or pyproject.toml with a table for
        policyver) from `directory` up to the top of the repository; layouts are relative to where it lies.
        """
        repository = Repository.discover(directory)
        directory = directory.resolve()
        if config is not None:
            settings = load_settings(_configuration_bytes(config), str(config))
            if settings is None:
                raise ConfigurationError(
                    "there is no table [tool.policyver]", where=str(config), cure="Add it, or name a policyver.toml."
                )
            return cls(repository, settings, "", warn)
        if repository.worktree is None:
            return cls(repository, _settings_at_head(repository), "", warn)
        top = repository.worktree.resolve()
        folders = [folder for folder in (directory, *directory.parents) if folder == top or top in folder.parents]
        for folder in folders:
            settings = _settings_in(folder)
            if settings is not None:
                return cls(repository, settings, _prefix(folder, top), warn)
        workspace = cls(repository, Settings(), "", warn)
        for folder in folders[:-1]:  # without a configuration, the nearest folder that the default layout fits
            nested = cls(repository, Settings(), _prefix(folder, top), warn)
            if nested.keys():
                return nested
        return workspace

    # texts

    def locate(self, path: str) -> TextKey | None:
        """The text that a path in the repository holds."""
        if not path.startswith(self.prefix):
            return None
        return self.settings.layout.locate(path[len(self.prefix) :])

    @cached_property
    def versions(self) -> Mapping[TextKey, list[Version]]:
        """Every version of every text up to HEAD, newest first. In a shallow clone the oldest are missing."""
        head = self.repository.commit("HEAD")
        return versions_by_text(self.repository.log(head, self.settings.layout.extensions), self.locate)

    def keys(self) -> list[TextKey]:
        """The texts that HEAD, or the index where there is no commit yet, has."""
        if self.repository.has_commits():
            listing: Iterable[str] = self.repository.tree(self.repository.commit("HEAD"))
        elif self.repository.worktree is not None:
            listing = self.repository.index()
        else:
            listing = ()
        return sorted({key for path in listing if (key := self.locate(path))})

    def select(
        self, keys: Iterable[TextKey], policy: str | None, locale: str | None, *, sentence: bool = True
    ) -> list[TextKey]:
        """The texts of a policy and locale among `keys`. Raises `UsageError` for a name that none has."""
        keys = sorted(keys)
        if not keys and sentence:
            raise self._no_texts()
        policies = sorted({key.policy for key in keys})
        if policy is not None and policy not in policies:
            raise UsageError(f"there is no policy {policy!r}", cure=nearest(policy, policies))
        chosen = [key for key in keys if policy is None or key.policy == policy]
        locales = sorted({key.locale for key in chosen})
        wanted = locale.replace("_", "-").casefold() if locale else None
        if locale is not None and wanted not in {one.casefold() for one in locales}:
            raise UsageError(f"there is no text for the locale {locale!r}", cure=nearest(locale, locales))
        return [key for key in chosen if wanted is None or key.locale.casefold() == wanted]

    def _no_texts(self) -> ConfigurationError:
        patterns = ", ".join(f'"{pattern}"' for pattern in self.settings.layout.patterns)
        where = self.settings.source or str(self.repository.directory)
        guess = self._guessed_layout()
        cure = f"The files look like this in {FILE_NAME}: layout = [{guess}]" if guess else (
            f"Set `layout` in {FILE_NAME} to where they are."
        )
        return ConfigurationError(f"no file fits the layout {patterns}, so there is no policy text", where=where, cure=cure)

    def _guessed_layout(self) -> str:
        """Layouts that fit the Markdown files at HEAD, as TOML; empty if none does."""
        if not self.repository.has_commits():
            return ""
        paths = [path for path in self.repository.tree(self.repository.commit("HEAD")) if path.endswith(".md")]
        candidates = ("{locale}/{policy}.md", "{policy}/{locale}.md", "{policy}.{locale}.md", "{policy}/index.md", "{policy}.md")
        found = []
        roots = sorted({str(PurePosixPath(*PurePosixPath(path).parts[:1])) for path in paths if "/" in path})
        for base in ("", *(f"{root}/" for root in roots)):
            for candidate in candidates:
                layout = Layout((base + candidate,))
                fitting = [path for path in paths if layout.locate(path)]
                if len(fitting) >= max(2, 0.5 * len(paths)):
                    found.append((len(fitting), base + candidate))
                    break
        return f'"{max(found)[1]}"' if found else ""

    # states

    def at(self, revision: str) -> State:
        """The texts of a revision."""
        commit = self.repository.commit(revision)
        endpoint = Endpoint(rev=revision, commit=commit.id, date=commit.date)
        texts = {}
        for path, blob in self.repository.tree(commit).items():
            key = self.locate(path)
            if key is None:
                continue
            if blob.is_regular:
                self._claim(texts, key, Snapshot(path, blob.id))
            elif blob.mode == "120000":
                self.warn(f"{path}: a symbolic link in {revision}, left out; put the text itself there.")
        return State(endpoint, texts, commit)

    def staged(self) -> State:
        """The texts of the index."""
        texts: dict[TextKey, Snapshot] = {}
        for path, blob in self.repository.index().items():
            if (key := self.locate(path)) and blob.is_regular:
                self._claim(texts, key, Snapshot(path, blob.id))
        return State(Endpoint(rev="index"), texts)

    def working_tree(self) -> State:
        """The texts that git tracks, as the working tree has them."""
        if self.repository.worktree is None:
            raise UsageError(
                "a bare repository has no working tree", cure="Name two revisions: policyver diff OLD..NEW."
            )
        texts: dict[TextKey, Snapshot] = {}
        for path, blob in self.repository.index().items():
            key = self.locate(path)
            if key is None or not os.path.lexists(self.repository.worktree / path):
                continue
            _refuse_links_on_the_way(self.repository.worktree, path)
            content = self.repository.file(path)
            self._claim(texts, key, Snapshot(path, _object_name(content, len(blob.id)), content))
        for path in self.repository.untracked():
            if self.locate(path):
                self.warn(f"{path}: not yet in git, left out; `git add` it to see it here.")
        return State(Endpoint(rev="working tree"), texts)

    def _claim(self, texts: dict[TextKey, Snapshot], key: TextKey, snapshot: Snapshot) -> None:
        """Two files may claim one text while a repository changes its layout: the earlier pattern wins."""
        if key in texts:
            kept, left = sorted((texts[key], snapshot), key=lambda one: self._rank(one.path))
            self.warn(f"{left.path}: {kept.path} is the text {key} too, and comes first in the layout; left out.")
            snapshot = kept
        texts[key] = snapshot

    def _rank(self, path: str) -> tuple[int, str]:
        for rank, pattern in enumerate(self.settings.layout.patterns):
            if Layout((pattern,), self.settings.layout.source_locale).locate(path[len(self.prefix) :]):
                return rank, path
        return len(self.settings.layout.patterns), path

    def labelled(self, policy: str, label: str) -> State:
        """The texts of a policy in their versions with a label, each text in its own last one.

        A translation that has not reached the label is not in the state: that it lags is a fact about it.
        """
        wanted = [key for key in sorted(self.versions) if key.policy == policy]
        texts: dict[TextKey, Snapshot] = {}
        commits: dict[TextKey, Version] = {}
        known: set[str] = set()
        for key in wanted:
            for version, metadata in self._labels(key):
                if metadata.label is not None:
                    known.add(metadata.label)
                if metadata.label == label and version.blob:
                    texts[key] = Snapshot(version.path, version.blob)
                    commits[key] = version
                    break
        if not texts:
            return self._tagged(policy, label, known)
        source = TextKey(policy, self.settings.layout.source_locale)
        first = commits.get(source) or max(commits.values(), key=lambda version: version.date)
        endpoint = Endpoint(rev=f"{policy}@{label}", commit=first.commit, date=first.date)
        return State(endpoint, texts, Commit(first.commit, first.date))

    def _labels(self, key: TextKey) -> Iterable[tuple[Version, Metadata]]:
        versions = [version for version in self.versions[key] if version.blob]
        contents = self.repository.blobs(version.blob or "" for version in versions)
        for version, content in zip(versions, contents, strict=True):
            try:
                yield version, label_of(content)
            except DocumentError:
                continue

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

    # diff

    def diff(
        self,
        revisions: str | None = None,
        *,
        policy: str | None = None,
        locale: str | None = None,
        staged: bool = False,
    ) -> DiffReport:
        """The changes between two states.

        `revisions` is ``REV`` (against the working tree), ``REV..REV``, ``REV...REV`` (from where they parted),
        with ``POLICY@LABEL`` allowed for ``REV``; None is HEAD against the working tree, or the index if `staged`.
        """
        base, head = self._states(revisions, staged)
        return self._compare_states(base, head, policy, locale)

    def _states(self, revisions: str | None, staged: bool) -> tuple[State, State]:
        if revisions is None or ".." not in revisions:
            base = self.state(revisions or "HEAD")
            return base, self.staged() if staged else self.working_tree()
        if staged:
            raise UsageError("--staged compares one revision with the index", cure="Name one revision, or none.")
        if "..." in revisions:
            one, _, other = revisions.partition("...")
            start, end = self.state(one or "HEAD"), self.state(other or "HEAD")
            assert start.commit is not None
            assert end.commit is not None
            parted = self.repository.merge_base(start.commit, end.commit)
            return self.at(parted.id), end
        one, _, other = revisions.partition("..")
        return self.state(one or "HEAD"), self.state(other or "HEAD")

    def diff_last(self, *, policy: str | None = None, locale: str | None = None) -> DiffReport:
        """The last two versions of each text."""
        old: dict[TextKey, Snapshot] = {}
        new: dict[TextKey, Snapshot] = {}
        for key in self.select([key for key in self.versions if self.versions[key][0].blob], policy, locale):
            version = self.versions[key][0]
            assert version.blob is not None
            new[key] = Snapshot(version.path, version.blob)
            if version.old_blob and version.old_path:
                old[key] = Snapshot(version.old_path, version.old_blob)
            elif self.repository.is_shallow:
                raise RepositoryError(
                    f"this shallow clone has only one version of {key}",
                    where=str(self.repository.directory),
                    cure=DEEPEN,
                )
        base, head = Endpoint(rev="previous version"), Endpoint(rev="last version")
        return self._compare_states(State(base, old), State(head, new), policy, locale)

    def _compare_states(self, base: State, head: State, policy: str | None, locale: str | None) -> DiffReport:
        labelled = [one for one in (base, head) if one.endpoint.rev and "@" in one.endpoint.rev and one.commit]
        if labelled:
            policies = {key.policy for one in labelled for key in one.texts}
            base, head = (
                replace(one, texts={key: text for key, text in one.texts.items() if key.policy in policies})
                for one in (base, head)
            )
            if len(labelled) == 2:
                base, head = self._without_lagging(base, head)
        pairs = self._pairs(base, head)
        chosen = set(self.select([new or old for old, new in pairs if new or old], policy, locale))  # type: ignore[misc]
        wanted = [(old, new) for old, new in pairs if (new or old) in chosen]
        contents = self._contents(base, head, wanted)
        texts = [self._compare_text(base, head, old, new, contents) for old, new in wanted]
        return DiffReport(base.endpoint, head.endpoint, tuple(texts))

    def _without_lagging(self, base: State, head: State) -> tuple[State, State]:
        """Leave out the texts that have not reached one of the two labels, and say so."""
        for key in sorted(base.texts.keys() - head.texts.keys()):
            _, _, label = (head.endpoint.rev or "").partition("@")
            self.warn(f"{key} has no version {label}: the change has not been made in this text.")
        for key in sorted(head.texts.keys() - base.texts.keys()):
            _, _, label = (base.endpoint.rev or "").partition("@")
            self.warn(f"{key} has no version {label}, so there is nothing to compare its later version with.")
        both = base.texts.keys() & head.texts.keys()
        return (
            replace(base, texts={key: base.texts[key] for key in both}),
            replace(head, texts={key: head.texts[key] for key in both}),
        )

    def _pairs(self, base: State, head: State) -> list[tuple[TextKey | None, TextKey | None]]:
        """Old and new key of each text; they differ where a policy or a locale's tag was renamed."""
        gone = base.texts.keys() - head.texts.keys()
        come = head.texts.keys() - base.texts.keys()
        pairs: list[tuple[TextKey | None, TextKey | None]] = [(key, key) for key in base.texts.keys() & head.texts.keys()]
        if gone and come and base.commit and head.commit:
            renames = self.repository.renames(base.commit, head.commit)
            by_path = {base.texts[key].path: key for key in gone}
            for key in sorted(come):
                old = by_path.get(renames.get(head.texts[key].path, ""))
                if old in gone and same_text(old, key):
                    pairs.append((old, key))
                    gone, come = gone - {old}, come - {key}
        pairs += [(key, None) for key in gone]
        pairs += [(None, key) for key in come]
        return sorted(pairs, key=lambda pair: pair[1] or pair[0] or TextKey("", ""))

    def _contents(
        self, base: State, head: State, pairs: list[tuple[TextKey | None, TextKey | None]]
    ) -> dict[str, bytes]:
        """The bytes of all texts that differ, by blob."""
        contents: dict[str, bytes] = {}
        wanted: dict[str, None] = {}
        for old, new in pairs:
            sides = [one for one in (old and base.texts[old], new and head.texts[new]) if one]
            if len(sides) == 2 and sides[0].blob == sides[1].blob:
                sides = sides[1:]
            for side in sides:
                if side.content is not None:
                    contents[side.blob] = side.content
                else:
                    wanted[side.blob] = None
        missing = [blob for blob in wanted if blob not in contents]
        if missing:
            contents.update(zip(missing, self.repository.blobs(missing), strict=True))
        return contents

    def _compare_text(
        self, base: State, head: State, old: TextKey | None, new: TextKey | None, contents: Mapping[str, bytes]
    ) -> TextDiff:
        before = base.texts[old] if old else None
        after = head.texts[new] if new else None
        key = new or old
        assert key is not None
        new_document = self._read(after, contents, key)
        same = before is not None and after is not None and before.blob == after.blob
        old_document = new_document if same else self._read(before, contents, key)
        changes = () if same else compare(old_document, new_document, key.locale)
        return TextDiff(
            key,
            before.path if before else None,
            after.path if after else None,
            _status(before, after, changes),
            self._metadata(old_document, key, before),
            self._metadata(new_document, key, after),
            changes,
        )

    def _read(self, snapshot: Snapshot | None, contents: Mapping[str, bytes], key: TextKey) -> Document | None:
        if snapshot is None:
            return None
        document = self.read(contents[snapshot.blob], snapshot.path)
        if not document.sections:
            self.warn(f"{snapshot.path}: the text {key} is empty.")
        return document

    def read(self, content: bytes, path: str) -> Document:
        """The document in the bytes of a file. Raises `DocumentError`."""
        return parse(decode(content, path), path)

    def _metadata(self, document: Document | None, key: TextKey, snapshot: Snapshot | None) -> Metadata:
        if document is None or snapshot is None:
            return Metadata()
        return metadata_of(document, key.locale, self.settings.dates, name=snapshot.path)

    # show

    def show(self, policy: str, locale: str | None, at: str | None) -> Shown:
        """A text as the working tree has it, or as it was at a revision, on a date or under a label."""
        known = {*self.versions} if self.repository.has_commits() else {*self.keys()}
        [*_, last] = self.select(known, policy, None)
        locale = locale or self.settings.layout.source_locale
        if locale not in {key.locale for key in known if key.policy == policy} and last:
            locale = last.locale if len({key for key in known if key.policy == policy}) == 1 else locale
        key = self.select(known, policy, locale)[0]
        if at is None:
            state = self.working_tree() if self.repository.worktree else self.at("HEAD")
            snapshot = state.texts.get(key)
            if snapshot is None:
                raise UsageError(f"{key} is not there any more", cure="Name an earlier version with --at.")
            content = snapshot.content
            if content is None:
                [content] = self.repository.blobs([snapshot.blob])
            return self._shown(key, None, snapshot.path, content)
        version = self._version_at(key, at)
        assert version.blob is not None
        [content] = self.repository.blobs([version.blob])
        return self._shown(key, version, version.path, content)

    def _shown(self, key: TextKey, version: Version | None, path: str, content: bytes) -> Shown:
        document = self.read(content, path)
        return Shown(key, version, path, metadata_of(document, key.locale, self.settings.dates, name=path), document)

    def _version_at(self, key: TextKey, at: str) -> Version:
        labels = {}
        for version, metadata in self._labels(key):
            if metadata.label is not None:
                labels.setdefault(metadata.label, version)
        if at in labels:
            return labels[at]
        if re.fullmatch(r"\d{4}-\d{2}-\d{2}", at):
            return self._published_on(key, at)
        try:
            state = self.at(at)
        except UsageError as error:
            raise UsageError(
                f"{at!r} is no label of {key}, no date and no revision", cure=nearest(at, sorted(labels)) or error.cure
            ) from None
        snapshot = state.texts.get(key)
        if snapshot is None or state.commit is None:
            raise UsageError(f"{key} did not exist at {at}", cure=f"`policyver log --policy {key.policy}` lists its versions.")
        return Version(state.commit.id, state.commit.date, snapshot.path, snapshot.blob, None, None)

    def _published_on(self, key: TextKey, at: str) -> Version:
        try:
            day = dt.date.fromisoformat(at)
        except ValueError:
            raise UsageError(f"{at} is not a day of the calendar", cure="Write YYYY-MM-DD.") from None
        for version in self.versions[key]:
            if version.blob is None:
                if version.date.date() <= day:
                    break
                continue
            [content] = self.repository.blobs([version.blob])
            published = self._shown(key, version, version.path, content).metadata.published
            if (published or version.date.date()) <= day:
                return version
        if self.repository.is_shallow:
            raise RepositoryError(
                f"this shallow clone does not reach back to {at}", where=str(self.repository.directory), cure=DEEPEN
            )
        raise UsageError(f"{key} was not published on {at}", cure=f"`policyver log --policy {key.policy}` lists its versions.")


def diff_files(old: Path, new: Path, locale: str, warn: Warn = lambda sentence: None) -> DiffReport:
    """The changes between two files, no repository needed. `locale` is their language tag."""
    documents = []
    for path in (old, new):
        document = parse(decode(read_regular_file(path, shown=str(path)), str(path)), str(path))
        if not document.sections:
            raise DocumentError("the file is empty", where=str(path), cure="There is nothing to compare.")
        documents.append(document)
    before, after = (metadata_of(document, locale, name=str(path)) for document, path in zip(documents, (old, new), strict=True))
    changes = compare(documents[0], documents[1], locale)
    status = Status.MODIFIED if changes else Status.UNCHANGED
    text = TextDiff(TextKey(new.stem, locale), str(old), str(new), status, before, after, changes)
    return DiffReport(Endpoint(path=str(old)), Endpoint(path=str(new)), (text,))


def label_of(content: bytes) -> Metadata:
    """What the front matter of a file says of its label; the text is not parsed. Raises `DocumentError`."""
    head = content[:65536]
    if not head.lstrip(b"\xef\xbb\xbf").startswith(b"---"):
        return Metadata()
    end = re.search(rb"^(?:---|\.\.\.)[ \t]*\r?$", head[4:], re.MULTILINE)
    return metadata_of(parse(decode(head[: end.end() + 4]) if end else ""), "en") if end else Metadata()


def _status(before: Snapshot | None, after: Snapshot | None, changes: tuple[Change, ...]) -> Status:
    if before is None:
        return Status.ADDED
    if after is None:
        return Status.REMOVED
    if changes:
        return Status.MODIFIED
    return Status.UNCHANGED if before.path == after.path else Status.RENAMED


def _object_name(content: bytes, length: int) -> str:
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


def _prefix(folder: Path, top: Path) -> str:
    relative = folder.relative_to(top).as_posix()
    return "" if relative == "." else f"{relative}/"


def _configuration_bytes(path: Path) -> bytes:
    try:
        return read_regular_file(path, shown=str(path))
    except PolicyverError as error:
        raise ConfigurationError(error.what, where=error.where, cure=error.cure) from None


def _settings_in(folder: Path) -> Settings | None:
    for name in (FILE_NAME, "pyproject.toml"):
        path = folder / name
        if path.is_file():
            settings = load_settings(_configuration_bytes(path), _shown_path(path))
            if settings is not None:
                return settings
    return None


def _shown_path(path: Path) -> str:
    try:
        return path.relative_to(Path.cwd()).as_posix()
    except ValueError:
        return str(path)


def _settings_at_head(repository: Repository) -> Settings:
    if repository.has_commits():
        tree = repository.tree(repository.commit("HEAD"))
        for name in (FILE_NAME, "pyproject.toml"):
            if name in tree and tree[name].is_regular:
                [content] = repository.blobs([tree[name].id])
                settings = load_settings(content, f"HEAD:{name}")
                if settings is not None:
                    return settings
    return Settings()


__all__ = ["DEFAULT_LAYOUT", "Shown", "Snapshot", "State", "Workspace", "diff_files"]
