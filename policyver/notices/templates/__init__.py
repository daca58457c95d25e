"""Letters laid out by Jinja2 templates: policyver's own, and those of a repository, which are not trusted.

Templates of a repository come in pull requests. They are read as regular files inside their folder, and rendered in
a process of its own that has no file open, a sandbox (`jinja2.sandbox.ImmutableSandboxedEnvironment`) and little
time and memory: what loops, grows or looks around is ended, and said.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict
from importlib.resources import files
from pathlib import Path
from typing import Any

from policyver.errors import ConfigurationError
from policyver.notices.composing import Letter

NAMES = ("mail.txt", "mail.html", "notice.md", "push.txt")
_LARGEST = 256 * 1024
_SECONDS = 10


def own_templates(folder: Path | None) -> dict[str, str]:
    """The templates of a repository by name (``mail.html.j2`` …, and what they include); none without a folder.

    Raises `ConfigurationError` for what is no regular file inside the folder, too large, or not UTF-8.
    """
    if folder is None:
        return {}
    if not folder.is_dir() or folder.is_symlink():
        raise ConfigurationError("there is no such folder of templates", where=str(folder),
                                 cure="Correct `notices.templates`.")  # fmt: skip
    found = {}
    for path in sorted(folder.rglob("*.j2")):
        name = path.relative_to(folder).as_posix()
        inside = path.resolve().is_relative_to(folder.resolve()) and not path.is_symlink() and path.is_file()
        if not inside or path.stat().st_size > _LARGEST:
            raise ConfigurationError(
                "a template is a regular file of at most 256 KiB inside its folder", where=str(path),
                cure="Put the file itself there.",
            )  # fmt: skip
        try:
            found[name] = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError):
            raise ConfigurationError("the template is not UTF-8", where=str(path), cure="Save it as UTF-8.") from None
    return found


def shipped(name: str) -> str:
    """A template of policyver's own."""
    return files(__name__).joinpath(f"{name}.j2").read_text(encoding="utf-8")


def render(letters: Sequence[Letter], own: dict[str, str]) -> list[dict[str, str]]:
    """Each letter laid out under each of `NAMES`. Raises `ConfigurationError` where a template of the repository's
    does not work."""
    sources = {f"{name}.j2": shipped(name) for name in NAMES}
    values = [asdict(letter) for letter in letters]
    if not own:
        from policyver.notices.templates.sandbox import lay_out

        return lay_out(sources, list(NAMES), values)
    return _apart(sources, own, values)


def _apart(sources: dict[str, str], own: dict[str, str], values: list[dict[str, Any]]) -> list[dict[str, str]]:
    """The same in a process of its own, for templates that are not trusted."""
    task = json.dumps({"shipped": sources, "own": own, "names": NAMES, "letters": values, "seconds": _SECONDS})
    environment = {key: os.environ[key] for key in ("PATH", "PYTHONPATH", "SYSTEMROOT", "LANG") if key in os.environ}
    command = [sys.executable, "-m", "policyver.notices.templates.sandbox"]
    try:
        done = subprocess.run(  # noqa: S603 - this very Python
            command, input=task.encode(), capture_output=True, timeout=2 * _SECONDS + len(values), env=environment,
            check=False,
        )  # fmt: skip
        answer = json.loads(done.stdout) if done.returncode == 0 else {}
    except (subprocess.TimeoutExpired, ValueError):
        answer = {}
    if "letters" in answer:
        return list(answer["letters"])
    where, what = answer.get("where") or "notices.templates", answer.get("what")
    raise ConfigurationError(
        what or f"a template ran for more than {_SECONDS} seconds or took too much memory", where=where,
        cure="Correct the template; nothing has been queued or sent.",
    )  # fmt: skip
