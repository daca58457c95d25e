"""Sample versions of a privacy policy, one folder a version, and the repository that the demo builds of them.

The Polish text stops at 1.1.0: what later versions change is not in force in Poland.
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from policyver.history.scratch import ScratchRepository

POLICY = "privacy"
CONFIGURATION = """\
layout = ["policies/{policy}/{locale}.md"]
source_locale = "en"

[policies.privacy]
precedence = "local"
notice_period_days = 30

[notices]
base_url = "https://kestrane.example/policies"
sender = "Kestrane Privacy <privacy@kestrane.example>"

[channels.mail]
url = "maildir://mail"
per_subscriber = true
"""
SUBSCRIBERS = """\
address,territory,language,policies,name
anna@reader.example,DE,de,,Anna Grün
omar@reader.example,EG,ar,privacy,عمر
piotr@reader.example,PL,pl,,Piotr
yuki@reader.example,JP,ja,,雪
"""
_COMMITS = (
    ("1.0.0", "2024-03-01", "Publish the privacy policy"),
    ("1.1.0", "2025-02-10", "Shorten retention to 12 months, answer within 20 days"),
    ("1.2.0", "2025-09-01", "Tell about the voice assistant"),
    ("2.0.0", "2026-05-04", "Split collection from use, name insurers, announce changes 30 days ahead"),
)


def versions() -> list[str]:
    """The sample versions, oldest first."""
    return [version for version, _, _ in _COMMITS]


def texts(version: str) -> dict[str, str]:
    """The sample texts of a version by locale."""
    folder = Path(__file__).parent / version
    return {path.stem: path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.md"))}


def build_repository(directory: Path) -> None:
    """Make a git repository in the empty `directory`, a commit for each sample version.

    Raises `RepositoryError` where git cannot.
    """
    repository = ScratchRepository.create(directory)
    _write(directory / "policyver.toml", CONFIGURATION)
    for version, day, message in _COMMITS:
        for locale, text in texts(version).items():
            _write(directory / "policies" / POLICY / f"{locale}.md", text)
        noon = dt.datetime.combine(dt.date.fromisoformat(day), dt.time(12), dt.UTC)
        repository.commit(f"{message} ({POLICY} {version})", noon)


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8", newline="\n")
