"""Real git repositories and real processes for the tests."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
CORPORA = ROOT.parent / "shared" / "corpora"
SLICE_CONFIGURATION = 'layout = ["{locale}/{policy}.md", "{policy}/{locale}.md"]\n' + "".join(
    f'[policies.{name}]\nprecedence = "source"\n'
    for name in ("firefox_cloud_services_tos", "subscription_services_tos", "websites_privacy_notice", "websites_tou")
)
"""English prevails there."""
GIT_ENVIRONMENT = {
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_AUTHOR_NAME": "Test",
    "GIT_AUTHOR_EMAIL": "test@example.org",
    "GIT_COMMITTER_NAME": "Test",
    "GIT_COMMITTER_EMAIL": "test@example.org",
}


class GitRepo:
    """A repository on disk; commits get dates one day apart."""

    def __init__(self, path: Path, *init: str) -> None:
        self.path = path
        self.day = 0
        path.mkdir(parents=True, exist_ok=True)
        self.git("init", "-q", "-b", "main", *init)

    def git(self, *arguments: str, day: int | None = None, check: bool = True) -> str:
        date = f"{1_700_000_000 + 86_400 * (self.day if day is None else day)} +0000"
        environment = {**os.environ, **GIT_ENVIRONMENT, "GIT_AUTHOR_DATE": date, "GIT_COMMITTER_DATE": date}
        command = ["git", "-C", str(self.path), "-c", "commit.gpgSign=false", *arguments]
        done = subprocess.run(command, env=environment, capture_output=True, text=True)
        assert not check or done.returncode == 0, done.stderr
        return done.stdout.strip()

    def write(self, path: str, text: str | bytes) -> None:
        target = self.path / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(text if isinstance(text, bytes) else text.encode())

    def commit(self, message: str = "Change", **files: str | bytes) -> str:
        """Write `files` (``privacy_en`` stands for policies/privacy/en.md), commit everything, give the commit."""
        for name, text in files.items():
            policy, _, locale = name.partition("_")
            self.write(f"policies/{policy}/{locale}.md", text)
        self.day += 1
        self.git("add", "--all")
        self.git("commit", "-q", "--allow-empty", "-m", message)
        return self.git("rev-parse", "HEAD")


def policy(*sections: str, label: str | None = None, **front: str) -> str:
    """A text of `sections` (``Heading: body``), with front matter where any is given."""
    lines = [f"version: {label}"] if label else []
    lines += [f"{key}: {value}" for key, value in front.items()]
    head = "---\n" + "\n".join(lines) + "\n---\n\n" if lines else ""
    parts = [one.partition(": ") for one in sections]
    return head + "\n\n".join(f"## {heading}\n\n{body}" for heading, _, body in parts) + "\n"


@dataclass(frozen=True)
class Ran:
    """What a process of policyver did."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


def policyver(*arguments: str | Path, cwd: Path | None = None, input: str | None = None, **environment: str) -> Ran:
    """Run the command line in a process of its own, with `input` on its standard input."""
    done = subprocess.run(
        [sys.executable, "-m", "policyver", *map(str, arguments)],
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
        capture_output=True,
        text=True,
        input=input,
        encoding="utf-8",
        errors="surrogateescape",
        timeout=120,
    )
    return Ran(done.returncode, done.stdout, done.stderr)
