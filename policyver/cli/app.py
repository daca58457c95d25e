"""The Typer application: global options, and the commands, each loaded only when it runs."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from policyver.cli import groups
from policyver.cli.options import Formats, Jobs, Locale, On, Outputs, Policy, Room, Wait

if TYPE_CHECKING:
    from policyver.workspace import Workspace


class _Commands(TyperGroup):
    """The commands, with what ends them early told as DESIGN §6 has it."""

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            # The reader of a pipe left, as in `policyver log | head`; nothing more can be said on stdout.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise typer.Exit(0) from None
        except KeyboardInterrupt:
            print("policyver: interrupted.", file=sys.stderr)
            raise typer.Exit(130) from None


app = typer.Typer(
    cls=_Commands,
    help="Section-level changes of localized policies in git, and which text governs where.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


for name in ("outbox", "subscribers", "evidence"):
    app.add_typer(getattr(groups, name), name=name)


@dataclass(frozen=True, slots=True)
class Globals:
    """The options before the command."""

    directory: Path
    config: Path | None

    def workspace(self) -> Workspace:
        from policyver.workspace import Workspace

        return Workspace.open(self.directory, self.config, warn)


def warn(sentence: str) -> None:
    """Say something on stderr that is no part of the report."""
    from policyver.safety import visible

    print(f"policyver: {visible(sentence)}", file=sys.stderr)


def _print_version(wanted: bool) -> None:
    if wanted:
        from policyver import __version__

        print(f"policyver {__version__}")
        raise typer.Exit


@app.callback()
def options(
    context: typer.Context,
    directory: Annotated[Path, typer.Option("-C", metavar="DIR", help="Work in DIR.")] = Path(),
    config: Annotated[Path | None, typer.Option("--config", metavar="FILE", help="Configuration file.")] = None,
    version: Annotated[
        bool, typer.Option("--version", help="Print the version and leave.", is_eager=True, callback=_print_version)
    ] = False,
) -> None:
    context.obj = Globals(directory, config)


@app.command()
def diff(
    context: typer.Context,
    revisions: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[REV | REV..REV | REV...REV | OLD.md NEW.md]", help="What to compare.", show_default=False
        ),
    ] = None,
    policy: Policy = None,
    locale: Locale = None,
    last: Annotated[bool, typer.Option("--last", help="The last two versions of each text.")] = False,
    staged: Annotated[bool, typer.Option("--staged", help="Compare with the index, not the working tree.")] = False,
    exit_code: Annotated[bool, typer.Option("--exit-code", help="Exit with 1 if a section changed.")] = False,
    limit: Room = None,
    format: Formats = None,
    output: Outputs = None,
) -> None:
    """Show what changed, section by section and word by word.

    Without a revision: HEAD against the working tree. POLICY@LABEL stands for the version with a label, as in
    privacy@1.0.0..privacy@2.0.0. Two files need no repository.
    """
    from policyver.cli.diff import run

    run(context.obj, revisions or [], policy, locale, last, staged, exit_code, limit, format, output or [])


@app.command()
def log(
    context: typer.Context,
    policy: Policy = None,
    locale: Locale = None,
    section: Annotated[
        str | None,
        typer.Option("--section", metavar="ID", help="Only changes of the section with this id, number or heading."),
    ] = None,
    since: Annotated[str | None, typer.Option("--since", metavar="D", help="Only versions from this day on.")] = None,
    until: Annotated[str | None, typer.Option("--until", metavar="D", help="Only versions up to this day.")] = None,
    jobs: Jobs = None,
    format: Formats = None,
    output: Outputs = None,
) -> None:
    """List every version of every text with its section changes, newest first."""
    from policyver.cli.log import run

    run(context.obj, policy, locale, section, since, until, jobs, format, output or [])


@app.command()
def show(
    context: typer.Context,
    policy: Annotated[str, typer.Argument(metavar="POLICY", help="The policy to show.")],
    locale: Locale = None,
    at: Annotated[str | None, typer.Option("--at", metavar="REV|DATE|LABEL", help="As it was there or then.")] = None,
    format: Formats = None,
    output: Outputs = None,
) -> None:
    """Show the text of a policy, now or as it was."""
    from policyver.cli.show import run_show

    run_show(context.obj, policy, locale, at, format, output or [])


@app.command()
def sections(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A Markdown file.")],
    format: Formats = None,
    output: Outputs = None,
) -> None:
    """Show the section tree of a file as policyver reads it."""
    from policyver.cli.show import run_sections

    run_sections(file, format, output or [])


@app.command()
def status(
    context: typer.Context,
    policy: Policy = None,
    locale: Locale = None,
    territory: Annotated[
        list[str] | None, typer.Option("--territory", "-t", metavar="T", help="Only this territory; repeatable.")
    ] = None,
    on: On = None,
    format: Formats = None,
    output: Outputs = None,
) -> None:
    """Show how every text stands to its source, and what governs in every territory."""
    from policyver.cli.status import run

    run(context.obj, policy, locale, territory or [], on, format, output or [])


@app.command()
def resolve(
    context: typer.Context,
    policy: Annotated[str, typer.Argument(metavar="POLICY", help="The policy.")],
    territory: Annotated[str, typer.Option("--territory", "-t", metavar="T", help="Country code or English name.")],
    language: Annotated[
        str | None, typer.Option("--language", metavar="TAG", help="The reader's language.", show_default=False)
    ] = None,
    on: On = None,
    format: Formats = None,
    output: Outputs = None,
) -> None:
    """Say which text governs in a territory on a day, and why."""
    from policyver.cli.status import run_resolve

    run_resolve(context.obj, policy, territory, language, on, format, output or [])


@app.command()
def precedence(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A Markdown file, or - for standard input.")],
    language: Annotated[str, typer.Option("--language", metavar="TAG", help="The language of the text.")],
    source_locale: Annotated[
        str, typer.Option("--source-locale", metavar="TAG", help="The language that `the original` means.")
    ] = "en",
    format: Formats = None,
    output: Outputs = None,
) -> None:
    """Show the clauses of a text that say which language version prevails."""
    from policyver.cli.status import run_precedence

    run_precedence(file, language, source_locale, format, output or [])


@app.command()
def sync(
    context: typer.Context,
    locale: Annotated[
        str | None, typer.Argument(metavar="[LOCALE]", help="The locale of the translations.", show_default=False)
    ] = None,
    policy: Policy = None,
    backfill: Annotated[
        bool, typer.Option("--backfill", help="For texts without a record: write the source version that is inferred.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be written, and write nothing.")] = False,
) -> None:
    """Record in a translation's front matter that it has been brought up to the source as it is committed now."""
    from policyver.cli.sync import run

    run(context.obj, locale, policy, backfill, dry_run)


@app.command()
def check(
    context: typer.Context,
    policy: Policy = None,
    locale: Locale = None,
    select: Annotated[
        list[str] | None, typer.Option("--select", metavar="RULE", help="Only this rule or family; repeatable.")
    ] = None,
    ignore: Annotated[
        list[str] | None, typer.Option("--ignore", metavar="RULE", help="Without this rule or family; repeatable.")
    ] = None,
    changed_since: Annotated[
        str | None,
        typer.Option("--changed-since", metavar="REV", help="Only what texts changed since REV can have caused."),
    ] = None,
    baseline: Annotated[
        Path | None, typer.Option("--baseline", metavar="FILE", help="Findings in FILE are known and do not count.")
    ] = None,
    write_baseline: Annotated[
        Path | None,
        typer.Option("--write-baseline", metavar="FILE", help="Write all findings to FILE, and exit with 0."),
    ] = None,
    on: On = None,
    jobs: Jobs = None,
    limit: Room = None,
    format: Formats = None,
    output: Outputs = None,
) -> None:
    """Hold the policies to the rules; exit with 1 if there is an error."""
    from policyver.cli.check import run

    run(
        context.obj, policy, locale, select or [], ignore or [], changed_since, baseline, write_baseline, on, jobs,
        limit, format, output or [],
    )  # fmt: skip


@app.command()
def rules(
    rule: Annotated[str | None, typer.Argument(metavar="[ID]", help="One rule.", show_default=False)] = None,
    format: Formats = None,
    output: Outputs = None,
) -> None:
    """List the rules of `policyver check`, or say all of one: why, from where, with examples."""
    from policyver.cli.check import run_rules

    run_rules(rule, format, output or [])


@app.command()
def notify(
    context: typer.Context,
    revisions: Annotated[
        str | None,
        typer.Argument(metavar="[BASE..HEAD]", help="What changed.", show_default="HEAD^..HEAD"),
    ] = None,
    policy: Policy = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be sent and why; send nothing.")] = False,
    queue_only: Annotated[bool, typer.Option("--queue-only", help="Queue, and leave sending to a worker.")] = False,
    tag: Annotated[
        list[str] | None, typer.Option("--tag", metavar="T", help="Only channels with this tag; repeatable.")
    ] = None,
    send_at: Annotated[
        str | None, typer.Option("--send-at", metavar="T", help="When to send, as 2026-12-01T09:00+01:00.")
    ] = None,
    preview: Annotated[
        Path | None, typer.Option("--preview", metavar="DIR", help="Write the notices to DIR; send nothing.")
    ] = None,
    on: On = None,
    max_wait: Wait = None,
    format: Formats = None,
    output: Outputs = None,
) -> None:
    """Tell the people of each market what changed in the text that governs there: compose, queue, deliver.

    Running it again, or twice at once, adds nothing: each message is sent once.
    """
    from policyver.cli.notify import Wish, run

    wish = Wish(revisions, policy, frozenset(tag or ()), on)
    run(context.obj, wish, dry_run, queue_only, send_at, preview, max_wait, format, output or [])


@app.command()
def worker(
    context: typer.Context,
    until_empty: Annotated[bool, typer.Option("--until-empty", help="Leave when there is nothing to do.")] = False,
) -> None:
    """Keep delivering; on PostgreSQL as one of as many workers as wanted."""
    from policyver.cli.outbox import run_worker

    run_worker(context.obj, until_empty)


@app.command()
def demo(
    directory: Annotated[
        Path | None,
        typer.Argument(metavar="[DIR]", help="Where to build it; a new folder by default.", show_default=False),
    ] = None,
) -> None:
    """Build a small policy repository and show what policyver does with it. Needs no network and no set-up."""
    from policyver.cli.demo import run

    run(directory)
