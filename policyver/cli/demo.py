"""``policyver demo``."""

from __future__ import annotations

import os
import shlex
import shutil
import sys
import tempfile
from pathlib import Path

from policyver.cli.app import Globals
from policyver.cli.diff import run as run_diff
from policyver.cli.log import run as run_log
from policyver.cli.notices import installed
from policyver.cli.notify import Wish
from policyver.cli.notify import run as run_notify
from policyver.cli.status import run_resolve
from policyver.cli.subscribers import run_import
from policyver.errors import ConfigurationError, UsageError
from policyver.samples import POLICY, SUBSCRIBERS, build_repository, versions


def run(directory: Path | None) -> None:
    """Build the sample repository, show its log and a diff, write the redline, and say how to go on."""
    directory = _empty(directory)
    build_repository(directory)
    here = shlex.quote(str(directory))
    program = _program()
    options = Globals(directory, None)
    oldest, *_, newest = versions()
    between = f"{POLICY}@{oldest}..{POLICY}@{newest}"

    print(f"A policy repository with {len(versions())} versions in five languages: {here}\n")
    _say(f"{program} -C {here} log --locale en")
    run_log(options, None, "en", None, None, None, 1, None, [])
    _say(f"{program} -C {here} diff {between} --locale en")
    run_diff(options, [between], None, "en", False, False, False, None, None, [])
    redline = directory / "redline.html"
    _say(f"{program} -C {here} diff {between} --output {shlex.quote(str(redline))}")
    run_diff(options, [between], None, None, False, False, False, None, None, [redline])
    _say(f"{program} -C {here} resolve {POLICY} --territory PL")
    run_resolve(options, POLICY, "PL", None, None, None, [])
    notified = _notify(options, directory, program)
    print(
        f"""
The Polish text stayed at 1.1.0: what {newest} changes has not happened in Poland.

Where things are:
  {here}    the repository
  {shlex.quote(str(redline))}    the redline of all languages: open it in a browser
{notified}
What to type next:
  {program} -C {here} status
  {program} -C {here} check
  {program} -C {here} resolve {POLICY} --territory Austria --on 2025-03-03
  {program} -C {here} diff --last --locale de
  {program} -C {here} show {POLICY} --locale pl
  {program} -C {here} log --section security
Delete the folder when you have seen enough."""
    )


def _notify(options: Globals, directory: Path, program: str) -> str:
    """Tell invented readers of the last version, into a maildir; where things are then. Said, where it cannot be."""
    try:
        with installed():
            from policyver.notices.store.keys import VARIABLE, Keys
            from policyver.notices.templates import sandbox  # noqa: F401 - its parts may be missing too
    except ConfigurationError as error:
        return f"\nNo notices were sent: {error}\n"
    here = shlex.quote(str(directory))
    key, people, mails = directory / "key", directory / "subscribers.csv", directory / "mail"
    people.write_text(SUBSCRIBERS, encoding="utf-8")
    key.touch(0o600)
    key.write_text(Keys.generate() + "\n")
    os.environ[VARIABLE] = key.read_text().strip()
    span = f"{POLICY}@{versions()[-2]}..{POLICY}@{versions()[-1]}"
    _say(f"{program} -C {here} subscribers import {shlex.quote(str(people))}")
    run_import(options, [people], consent=False)
    _say(f"{program} -C {here} notify {span}")
    run_notify(options, Wish(span), False, False, None, None, None, None, [])
    run_notify(options, Wish(span), False, False, None, directory / "previews", None, None, [directory / "plan.txt"])
    index, said = shlex.quote(str(directory / "previews" / "index.html")), shlex.quote(str(directory / "plan.txt"))
    return f"""  {shlex.quote(str(mails))}    the notices that were sent, a maildir for any mail program
  {index}    the same to look at in a browser
  {said}    who was told what, and why Piotr was not

To see the outbox and the evidence, first:
  export {VARIABLE}=$(cat {shlex.quote(str(key))})
then
  {program} -C {here} outbox list
  {program} -C {here} evidence verify
"""


def _program() -> str:
    """How to call policyver again: by its name where that is on the PATH, else as it was called now."""
    return "policyver" if shutil.which("policyver") else shlex.quote(sys.argv[0])


def _say(command: str) -> None:
    print(f"\n$ {command}", flush=True)


def _empty(directory: Path | None) -> Path:
    if directory is None:
        return Path(tempfile.mkdtemp(prefix="policyver-demo-"))
    try:
        directory.mkdir(parents=True, exist_ok=True)
        if any(directory.iterdir()):
            raise UsageError(f"{directory} is not empty", cure="Name a folder that is new or empty.")
    except OSError as error:
        raise UsageError(f"{directory} cannot be used: {error.strerror}", cure="Name another folder.") from None
    return directory.resolve()
