"""What the tests of notices share: a repository with a change, a configuration, subscribers, a store."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Iterable
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import replace
from pathlib import Path

import pytest

from policyver.__main__ import main
from policyver.config import Settings
from policyver.notices.store import Store, open_store
from policyver.notices.store.keys import Keys
from tests.support import GitRepo, Ran, policy

KEY = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
SENDER = "Test Privacy <privacy@sender.example>"


def text(
    days: int, label: str, effective: str, title: str, sentence: str = "We keep your data for {days} days."
) -> str:
    """A policy whose retention period is `days`."""
    return policy(
        f"Retention: {sentence.format(days=days)}", "Contact: Write to us.",
        label=label, effective=effective, title=title, published=effective,
    )  # fmt: skip


def changed_repo(repo: GitRepo) -> GitRepo:
    """A privacy policy in en, de and fr; en and de change from 30 to 60 days, fr lags behind."""
    texts = {"en": ("Privacy policy", "We keep your data for {days} days."),
             "de": ("Datenschutzerklärung", "Wir bewahren Ihre Daten {days} Tage auf."),
             "fr": ("Politique de confidentialité", "Nous conservons vos données pendant {days} jours."),
             "ar": ("سياسة الخصوصية", "نحتفظ ببياناتك لمدة {days} يومًا.")}  # fmt: skip
    first = {f"privacy_{locale}": text(30, "1.0.0", "2026-01-01", *said) for locale, said in texts.items()}
    repo.commit("Publish", **first)
    second = {f"privacy_{locale}": text(60, "2.0.0", "2030-01-01", *said)
              for locale, said in texts.items() if locale != "fr"}  # fmt: skip
    repo.commit("Keep longer", **second)
    return repo


def configure(repo: GitRepo, toml: str, store: str = "sqlite:///store/store.db") -> None:
    """A configuration of channels, with a sender and a store outside git's sight."""
    notices = f'base_url = "https://sender.example/policies"\nsender = "{SENDER}"\n'
    quick = "first_retry = 0.05\nlongest_retry = 0.2\nbreaker_seconds = 0.2\n"
    repo.write("policyver.toml", f'[store]\nurl = "{store}"\n[notices]\n{notices}{quick}{toml}')


def subscribers_csv(path: Path, rows: Iterable[str]) -> Path:
    path.write_text(
        "address,territory,language,policies,name\n" + "".join(f"{row}\n" for row in rows), encoding="utf-8"
    )
    return path


def run(repo: GitRepo, *arguments: str | Path, **environment: str) -> Ran:
    """policyver in the repository, with the tests' key; in this process, since there are hundreds of such runs."""
    out, err = io.StringIO(), io.StringIO()
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(out), redirect_stderr(err):
        patch.chdir(repo.path)
        for name, value in {"POLICYVER_SECRET_KEY": KEY, **environment}.items():
            patch.setenv(name, value)
        patch.setattr("sys.argv", ["policyver", *map(str, arguments)])
        try:
            main()
            status = 0
        except SystemExit as ended:
            status = ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    return Ran(status, out.getvalue(), err.getvalue())


def keys() -> Keys:
    import base64

    return Keys(base64.urlsafe_b64decode(KEY))


TODAY = dt.date(2026, 11, 24)


def opened(folder: Path, url: str = "sqlite:///store.db") -> Store:
    """A store of the tests' key below a folder."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("POLICYVER_SECRET_KEY", KEY)
        return open_store(replace(Settings(), store_url=url), folder)
