"""``policyver sync``: write down what a translation was made from."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from policyver.cli.output import replacing_bytes
from policyver.cli.status import today, whole_history
from policyver.errors import UsageError
from policyver.locales.policies import PolicyTexts, open_policies
from policyver.locales.records import with_record
from policyver.safety import visible

if TYPE_CHECKING:
    from policyver.cli.app import Globals


def run(options: Globals, locale: str | None, policy: str | None, backfill: bool, dry_run: bool) -> None:
    """Write the record into the translations of `locale`, or with `backfill` into all that have none."""
    if locale is None and not backfill:
        raise UsageError("sync takes the locale of the translations", cure="For example: policyver sync de.")
    workspace = whole_history(options.workspace())
    top = workspace.repository.worktree
    if top is None:
        raise UsageError("a bare repository has no files to write to", cure="Run it in a clone with a working tree.")
    policies = open_policies(workspace, policy, today(None))
    if locale is not None:
        [*_, last] = workspace.select(workspace.present, policy, locale)
        locale = last.locale
    written = 0
    for texts in policies:
        for one in texts.locales:
            if one == texts.source_locale or locale not in (None, one):
                continue
            written += _sync(texts, one, top, backfill, dry_run)
    if not written:
        print("policyver: nothing to write: every record is there already.", file=sys.stderr)


def _sync(texts: PolicyTexts, locale: str, top: Path, backfill: bool, dry_run: bool) -> bool:
    edition = texts.current(locale)
    if edition is None:
        print(f"policyver: {visible(str(texts.unreadable[texts.key(locale)]))}", file=sys.stderr)
        return False
    recorded = edition.metadata.source_commit or edition.metadata.source_version
    if backfill and recorded:
        return False
    source = texts.origin(edition).edition if backfill else texts.current(texts.source_locale)
    if source is None:
        print(f"policyver: {texts.name} has no source text {texts.source_locale}.", file=sys.stderr)
        return False
    content = with_record(edition.content, source, edition.path, inferred=backfill)
    if content == edition.content:
        return False
    if not dry_run:
        replacing_bytes(top / edition.path, content)
    how = f" (inferred: {texts.origin(edition).how})" if backfill else ""
    would = "would record" if dry_run else "recorded"
    what = f"{texts.source_locale} {visible(source.name)}, {(source.commit or '')[:10]}"
    print(f"{visible(edition.path)}: {would} {what}{how}")
    return True
