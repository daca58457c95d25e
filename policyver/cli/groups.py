"""The groups of commands around notices: ``outbox``, ``subscribers``, ``evidence``; each loaded only when it runs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from policyver.cli.options import Formats, Outputs, Wait


def _group(help: str) -> typer.Typer:
    return typer.Typer(help=help, no_args_is_help=True, rich_markup_mode=None)


outbox = _group("What is waiting to be sent, what was sent, and what could not be.")
subscribers = _group("The people who are told, their addresses encrypted.")
evidence = _group("The hash-chained record of what was sent to whom, when, and with what result.")
Ids = Annotated[list[int] | None, typer.Argument(metavar="[ID]...", help="The messages.", show_default=False)]
Everything = Annotated[bool, typer.Option("--all", help="All that can be.")]
ChannelName = Annotated[str | None, typer.Option("--channel", metavar="C", help="Only messages of this channel.")]
Address = Annotated[str, typer.Argument(metavar="ADDRESS", help="An e-mail address or an apprise URL.")]
Token = Annotated[str, typer.Argument(metavar="TOKEN", help="The token of a link.")]


@outbox.command("run")
def outbox_run(context: typer.Context, max_wait: Wait = None) -> None:
    """Deliver what is waiting, retries included, until there is nothing."""
    from policyver.cli.outbox import run_run

    run_run(context.obj, max_wait)


@outbox.command("list")
def outbox_list(
    context: typer.Context,
    state: Annotated[
        list[str] | None, typer.Option("--state", metavar="S", help="pending, sending, sent …; repeatable.")
    ] = None,
    channel: ChannelName = None,
    limit: Annotated[int, typer.Option("--limit", metavar="N", min=1, help="At most N messages.")] = 100,
    format: Formats = None,
    output: Outputs = None,
) -> None:
    """List messages, with who gets them and why they are where they are."""
    from policyver.cli.outbox import run_list

    run_list(context.obj, state or [], channel, limit, format, output or [])


@outbox.command("show")
def outbox_show(
    context: typer.Context,
    id: Annotated[int, typer.Argument(metavar="ID", help="The message.")],
    format: Formats = None,
    output: Outputs = None,
) -> None:
    """Show one message: its text, its recipient, and each attempt."""
    from policyver.cli.outbox import run_show

    run_show(context.obj, id, format, output or [])


@outbox.command("retry")
def outbox_retry(
    context: typer.Context, ids: Ids = None, everything: Everything = False, channel: ChannelName = None
) -> None:
    """Send again what is dead, failed or cancelled; with --all what is dead or failed."""
    from policyver.cli.outbox import run_steer

    run_steer(context.obj, ids or [], everything, channel, retry=True)


@outbox.command("cancel")
def outbox_cancel(
    context: typer.Context, ids: Ids = None, everything: Everything = False, channel: ChannelName = None
) -> None:
    """Do not send what is pending or failed."""
    from policyver.cli.outbox import run_steer

    run_steer(context.obj, ids or [], everything, channel, retry=False)


@outbox.command("stats")
def outbox_stats(context: typer.Context, format: Formats = None, output: Outputs = None) -> None:
    """Count the messages in each state."""
    from policyver.cli.outbox import run_stats

    run_stats(context.obj, format, output or [])


@outbox.command("bounces")
def outbox_bounces(
    context: typer.Context,
    paths: Annotated[
        list[Path], typer.Argument(metavar="PATH...", help="Mails, mboxes or maildirs; - for one mail on stdin.")
    ],
) -> None:
    """Take in bounces (RFC 3464): their messages are dead, addresses that lead nowhere are suppressed."""
    from policyver.cli.outbox import run_bounces

    run_bounces(context.obj, paths)


@subscribers.command("key")
def subscribers_key() -> None:
    """Make a new secret key, for POLICYVER_SECRET_KEY."""
    from policyver.cli.subscribers import run_key

    run_key()


@subscribers.command("import")
def subscribers_import(
    context: typer.Context,
    files: Annotated[list[Path], typer.Argument(metavar="FILE.csv...", help="CSVs; - for standard input.")],
    consent: Annotated[
        bool, typer.Option("--consent", help="They have asked to be told of changes: courtesy notices reach them.")
    ] = False,
) -> None:
    """Add or update the subscribers of a CSV with the columns address,territory,language,policies,name."""
    from policyver.cli.subscribers import run_import

    run_import(context.obj, files, consent)


@subscribers.command("list")
def subscribers_list(
    context: typer.Context,
    people: Annotated[bool, typer.Option("--people", help="The people themselves, decrypted.")] = False,
    territory: Annotated[
        str | None, typer.Option("--territory", "-t", metavar="T", help="Only of this territory.")
    ] = None,
    limit: Annotated[int, typer.Option("--limit", metavar="N", min=1, help="At most N people.")] = 1000,
    format: Formats = None,
    output: Outputs = None,
) -> None:
    """Count the subscribers of each market."""
    from policyver.cli.subscribers import run_list

    run_list(context.obj, people, territory, limit, format, output or [])


@subscribers.command("export")
def subscribers_export(
    context: typer.Context,
    address: Address,
    output: Annotated[Path | None, typer.Option("--output", "-o", metavar="FILE", help="Write to FILE.")] = None,
) -> None:
    """Write all that the store has of one person, as JSON."""
    from policyver.cli.subscribers import run_export

    run_export(context.obj, address, output)


@subscribers.command("erase")
def subscribers_erase(context: typer.Context, address: Address) -> None:
    """Erase one person; what waits for him is cancelled, the evidence still verifies."""
    from policyver.cli.subscribers import run_erase

    run_erase(context.obj, address)


@subscribers.command("prune")
def subscribers_prune(
    context: typer.Context,
    days: Annotated[
        int | None, typer.Option("--days", metavar="N", min=1, help="The limit.", show_default="notices.retention_days")
    ] = None,
) -> None:
    """Delete subscribers and messages that nothing has touched for longer than the retention limit."""
    from policyver.cli.subscribers import run_prune

    run_prune(context.obj, days)


@subscribers.command("confirm")
def subscribers_confirm(context: typer.Context, token: Token) -> None:
    """Note the consent of whoever a confirmation link was made for."""
    from policyver.cli.subscribers import run_token

    run_token(context.obj, "confirm", token)


@subscribers.command("unsubscribe")
def subscribers_unsubscribe(context: typer.Context, token: Token) -> None:
    """Send no courtesy notices any more to whoever an unsubscribe link was made for."""
    from policyver.cli.subscribers import run_token

    run_token(context.obj, "unsubscribe", token)


@subscribers.command("token")
def subscribers_token(
    context: typer.Context,
    address: Address,
    purpose: Annotated[str, typer.Option("--to", metavar="confirm|unsubscribe", help="What it is for.")] = "confirm",
) -> None:
    """Make the token of a link for one person."""
    from policyver.cli.subscribers import run_make_token

    run_make_token(context.obj, address, purpose)


@evidence.command("verify")
def evidence_verify(
    context: typer.Context,
    noted: Annotated[
        str | None, typer.Option("--noted", metavar="HASH", help="A head noted earlier, which must still be there.")
    ] = None,
) -> None:
    """Walk the chain: any row altered, removed or put elsewhere is named."""
    from policyver.cli.subscribers import run_verify

    run_verify(context.obj, noted)


@evidence.command("export")
def evidence_export(
    context: typer.Context,
    output: Annotated[Path | None, typer.Option("--output", "-o", metavar="FILE", help="Write to FILE.")] = None,
) -> None:
    """Write the chain as JSON Lines, with all that its hashes cover."""
    from policyver.cli.subscribers import run_export_evidence

    run_export_evidence(context.obj, output)
