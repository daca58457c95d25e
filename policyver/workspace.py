"""A policy repository opened with its configuration: its texts, versions, diffs and log.

The public Python API starts here:

    workspace = Workspace.open(Path("."))
    report = workspace.diff("privacy@1.0.0..privacy@2.0.0")
"""

from __future__ import annotations

import datetime as dt
import posixpath
import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import cached_property
from pathlib import Path

from policyver import diffing
from policyver import document as markdown
from policyver.config import Settings, language_tag
from policyver.discovery import find_settings, no_texts
from policyver.editions import Edition, Reader, Timeline
from policyver.errors import DocumentError, RepositoryError, UsageError, nearest
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
from policyver.states import Snapshot, State, Texts, Warn, object_name


class Workspace:
    """See the module. Methods raise `PolicyverError` and its children; `warn` gets sentences about the rest."""

    def __init__(self, repository: Repository, settings: Settings, prefix: str, warn: Warn) -> None:
        self.repository = repository
        self.settings = settings
        self.warn = warn
        self.texts = Texts(repository, settings.layout, prefix, warn)
        self.reader = Reader(repository, settings.dates)

    @classmethod
    def open(cls, directory: Path, config: Path | None = None, warn: Warn = lambda sentence: None) -> Workspace:
        """The workspace of the repository that `directory` lies in, with the configuration that holds there."""
        repository = Repository.discover(directory)
        return cls(repository, *find_settings(repository, directory, config), warn)

    @property
    def root(self) -> Path:
        """The folder from which the configuration's paths count."""
        return (self.repository.worktree or self.repository.directory) / self.texts.prefix

    # texts

    @property
    def versions(self) -> Mapping[TextKey, list[Version]]:
        """Every version of every text up to HEAD, newest first. In a shallow clone the oldest are missing."""
        return self.texts.versions

    @cached_property
    def history(self) -> Mapping[TextKey, list[Version]]:
        """`versions`, empty where nothing is committed yet."""
        return self.versions if self.repository.has_commits() else {}

    def as_of(self, state: State) -> Workspace:
        """The same repository as a revision or a label had it: its texts, and their versions up to there.

        Of a text that has not reached a label, the version that it had when the label was published.
        """
        assert state.commit is not None
        earlier = Workspace(self.repository, self.settings, self.texts.prefix, self.warn)
        labelled = "@" in (state.endpoint.rev or "")
        all_versions = (
            self.versions
            if labelled
            else versions_by_text(self.repository.log(state.commit, self.settings.layout.extensions), self.texts.locate)
        )
        texts, history = dict(state.texts), {}
        for key, versions in all_versions.items():
            if key in state.texts:
                blob = state.texts[key].blob
                start = next((at for at, one in enumerate(versions) if one.blob == blob), 0)
                history[key] = versions[start:]
            elif not labelled:
                history[key] = versions
            elif earlier_ones := [one for one in versions if one.date <= state.commit.date]:
                history[key] = earlier_ones
                if earlier_ones[0].blob:
                    texts[key] = Snapshot(earlier_ones[0].path, earlier_ones[0].blob)
        earlier.__dict__.update(history=history, now=replace(state, texts=texts))
        return earlier

    def state(self, name: str) -> State:
        """The state that a revision, or ``POLICY@LABEL``, names. Raises `UsageError`."""
        return self.texts.state(name)

    def blob_at(self, key: TextKey, commit: str) -> str | None:
        """The blob that a text had at a commit; None where the commit does not have it. Raises `UsageError`."""
        snapshot = self.texts.at(commit).texts.get(key)
        return snapshot.blob if snapshot else None

    @cached_property
    def files(self) -> frozenset[str]:
        """The paths of all files that git tracks."""
        if self.repository.worktree is not None:
            return frozenset(self.repository.index())
        return frozenset(self.repository.tree(self.repository.commit("HEAD")))

    def has_file(self, path: str) -> bool:
        """Whether git tracks a file at a path from the top of the repository; ``..`` is resolved, links are not."""
        return posixpath.normpath(path) in self.files

    def has_changed(self, path: str, base: Commit) -> bool:
        """Whether the file at a path, as the user would write it, is another than at `base`."""
        worktree = self.repository.worktree
        if worktree is None:
            return False
        full = Path(path).resolve()
        try:
            inside = full.relative_to(worktree.resolve()).as_posix()
        except ValueError:
            return False
        before = self.repository.tree(base).get(inside)
        return before is None or not full.is_file() or object_name(full.read_bytes(), len(before.id)) != before.id

    def select(self, keys: Iterable[TextKey], policy: str | None, locale: str | None) -> list[TextKey]:
        """The texts of a policy and locale among `keys`. Raises `UsageError` for a name that none has."""
        keys = sorted(keys)
        if not keys:
            raise no_texts(self.repository, self.settings)
        policies = sorted({key.policy for key in keys})
        if policy is not None and policy not in policies:
            raise UsageError(f"there is no policy {policy!r}", cure=nearest(policy, policies))
        chosen = [key for key in keys if policy is None or key.policy == policy]
        locales = sorted({key.locale for key in chosen})
        wanted = locale.replace("_", "-").casefold() if locale else None
        if locale is not None and wanted not in {one.casefold() for one in locales}:
            raise UsageError(f"there is no text for the locale {locale!r}", cure=nearest(locale, locales))
        return [key for key in chosen if wanted is None or key.locale.casefold() == wanted]

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
            base = self.texts.state(revisions or "HEAD")
            return base, self.texts.staged() if staged else self.texts.working_tree()
        if staged:
            raise UsageError("--staged compares one revision with the index", cure="Name one revision, or none.")
        if "..." in revisions:
            one, _, other = revisions.partition("...")
            start, end = self.texts.state(one or "HEAD"), self.texts.state(other or "HEAD")
            assert start.commit is not None
            assert end.commit is not None
            parted = self.repository.merge_base(start.commit, end.commit)
            return self.texts.at(parted.id), end
        one, _, other = revisions.partition("..")
        return self.texts.state(one or "HEAD"), self.texts.state(other or "HEAD")

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
                base, head = self._without_lagging(base, head, locale)
        pairs = self._pairs(base, head)
        chosen = set(self.select([new or old for old, new in pairs if new or old], policy, locale))  # type: ignore[misc]
        wanted = [(old, new) for old, new in pairs if (new or old) in chosen]
        contents = self._contents(base, head, wanted)
        texts = [self._compare_text(base, head, old, new, contents) for old, new in wanted]
        return DiffReport(base.endpoint, head.endpoint, tuple(texts))

    def _without_lagging(self, base: State, head: State, locale: str | None) -> tuple[State, State]:
        """Leave out the texts that have not reached one of the two labels, and say so of those in `locale`."""
        for state, other, told in (
            (head, base, ": the change has not been made in this text."),
            (base, head, ", so there is nothing to compare its later version with."),
        ):
            label = (state.endpoint.rev or "").partition("@")[2]
            for key in sorted(other.texts.keys() - state.texts.keys()):
                if locale is None or key.locale == language_tag(locale):
                    self.warn(f"{key} has no version {label}{told}")
        both = base.texts.keys() & head.texts.keys()
        return (
            replace(base, texts={key: base.texts[key] for key in both}),
            replace(head, texts={key: head.texts[key] for key in both}),
        )

    def _pairs(self, base: State, head: State) -> list[tuple[TextKey | None, TextKey | None]]:
        """Old and new key of each text; they differ where a policy or a locale's tag was renamed."""
        gone = base.texts.keys() - head.texts.keys()
        come = head.texts.keys() - base.texts.keys()
        pairs: list[tuple[TextKey | None, TextKey | None]] = [
            (key, key) for key in base.texts.keys() & head.texts.keys()
        ]
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
        changes = () if same else diffing.compare(old_document, new_document, key.locale)
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
        return markdown.parse(markdown.decode(content, path), path)

    def _metadata(self, document: Document | None, key: TextKey, snapshot: Snapshot | None) -> Metadata:
        if document is None or snapshot is None:
            return Metadata()
        return markdown.metadata_of(document, key.locale, self.settings.dates, name=snapshot.path)

    # editions

    @cached_property
    def now(self) -> State:
        """The state of things now: the working tree, in a bare repository HEAD."""
        return self.texts.working_tree() if self.repository.worktree else self.texts.at("HEAD")

    @property
    def present(self) -> Mapping[TextKey, Snapshot]:
        """The texts as they stand now."""
        return self.now.texts

    def timeline(self, key: TextKey, today: dt.date) -> Timeline:
        """The editions of a text. What is not committed yet counts as published on `today`.

        Raises `DocumentError` for a text in the working tree that cannot be read.
        """
        versions = self.history.get(key, ())
        now = self.present.get(key)
        head = None
        if now is not None and now.content is not None and (not versions or versions[0].blob != now.blob):
            head = self.reader.uncommitted(key, now.path, now.content, today)
        elif now is None and versions and versions[0].blob is not None:
            versions = ()  # taken out of the working tree, not yet committed
        return Timeline(key, versions, self.reader, head)

    def show(self, policy: str, locale: str | None, at: str | None) -> Edition:
        """A text as the working tree has it, or as it was at a revision, on a date or under a label."""
        known = {*self.versions} if self.repository.has_commits() else {*self.texts.keys()}
        [*_, last] = self.select(known, policy, None)
        locale = locale or self.settings.layout.source_locale
        if locale not in {key.locale for key in known if key.policy == policy} and last:
            locale = last.locale if len({key for key in known if key.policy == policy}) == 1 else locale
        key = self.select(known, policy, locale)[0]
        if at is not None:
            return self.reader.edition(key, self._version_at(key, at))
        snapshot = self.present.get(key)
        if snapshot is None:
            raise UsageError(f"{key} is not there any more", cure="Name an earlier version with --at.")
        content = snapshot.content
        if content is None:
            content = self.repository.blob(snapshot.blob)
        return self.reader.uncommitted(key, snapshot.path, content, dt.date.max)

    def _version_at(self, key: TextKey, at: str) -> Version:
        labels: dict[str, Version] = {}
        for version, metadata in self.texts.labels_of(key):
            if metadata.label is not None:
                labels.setdefault(metadata.label, version)
        if at in labels:
            return labels[at]
        if re.fullmatch(r"\d{4}-\d{2}-\d{2}", at):
            return self._published_on(key, at)
        try:
            state = self.texts.at(at)
        except UsageError as error:
            raise UsageError(
                f"{at!r} is no label of {key}, no date and no revision", cure=nearest(at, sorted(labels)) or error.cure
            ) from None
        snapshot = state.texts.get(key)
        if snapshot is None or state.commit is None:
            raise UsageError(
                f"{key} did not exist at {at}", cure=f"`policyver log --policy {key.policy}` lists its versions."
            )
        return Version(state.commit.id, state.commit.date, snapshot.path, snapshot.blob, None, None)

    def _published_on(self, key: TextKey, at: str) -> Version:
        day = checked_day(at)
        for version in self.versions[key]:
            if version.blob is None:
                if version.date.date() <= day:
                    break
                continue
            if self.reader.edition(key, version).published <= day:
                return version
        if self.repository.is_shallow:
            raise RepositoryError(
                f"this shallow clone does not reach back to {at}", where=str(self.repository.directory), cure=DEEPEN
            )
        raise UsageError(
            f"{key} was not published on {at}", cure=f"`policyver log --policy {key.policy}` lists its versions."
        )


def checked_day(written: str) -> dt.date:
    """The day that a person typed. Raises `UsageError`."""
    try:
        return dt.date.fromisoformat(written)
    except ValueError:
        raise UsageError(f"{written} is not a day of the calendar", cure="Write YYYY-MM-DD.") from None


def diff_files(old: Path, new: Path, locale: str, warn: Warn = lambda sentence: None) -> DiffReport:
    """The changes between two files, no repository needed. `locale` is their language tag."""
    documents = []
    for path in (old, new):
        document = markdown.parse(markdown.decode(read_regular_file(path, shown=str(path)), str(path)), str(path))
        if not document.sections:
            raise DocumentError("the file is empty", where=str(path), cure="There is nothing to compare.")
        documents.append(document)
    before, after = (
        markdown.metadata_of(document, locale, name=str(path))
        for document, path in zip(documents, (old, new), strict=True)
    )
    changes = diffing.compare(documents[0], documents[1], locale)
    status = Status.MODIFIED if changes else Status.UNCHANGED
    text = TextDiff(TextKey(new.stem, locale), str(old), str(new), status, before, after, changes)
    return DiffReport(Endpoint(path=str(old)), Endpoint(path=str(new)), (text,))


def _status(before: Snapshot | None, after: Snapshot | None, changes: tuple[Change, ...]) -> Status:
    if before is None:
        return Status.ADDED
    if after is None:
        return Status.REMOVED
    if changes:
        return Status.MODIFIED
    return Status.UNCHANGED if before.path == after.path else Status.RENAMED


__all__ = ["Edition", "Timeline", "Workspace", "checked_day", "diff_files"]
