"""Options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from policyver.cli.output import Format

Policy = Annotated[str | None, typer.Option("--policy", "-p", metavar="P", help="Only this policy.")]
Locale = Annotated[str | None, typer.Option("--locale", "-l", metavar="L", help="Only texts in this locale.")]
Formats = Annotated[
    Format | None,
    typer.Option(
        "--format", "-f", help="Format of the report on stdout.", show_default="rich on a terminal, else plain"
    ),
]
Room = Annotated[
    int | None,
    typer.Option(
        "--limit", metavar="N", min=1000, help="Cut Markdown to N characters.", show_default="what GitHub takes"
    ),
]
Jobs = Annotated[int | None, typer.Option("--jobs", "-j", min=1, help="Processes.", show_default="all cores")]
Outputs = Annotated[
    list[Path] | None,
    typer.Option(
        "--output", "-o", metavar="FILE", help="Write the report to FILE, in the format of its ending; repeatable."
    ),
]
On = Annotated[
    str | None,
    typer.Option("--on", metavar="D", help="The day that is asked about, YYYY-MM-DD.", show_default="today"),
]
Wait = Annotated[
    float | None,
    typer.Option("--max-wait", metavar="S", min=0, help="Leave where the next retry is further off than S seconds."),
]
