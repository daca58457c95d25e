"""Markdown to a section tree: what a policy says, free of how its file happens to be written.

`parse` takes the source of a text and gives a `Document`; two sources that differ only in what CommonMark does
not show (wrapping, markers, blanks, line ends, Unicode form) give equal sections. The parser is loaded when it is
first asked for: a log that is remembered does without.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from policyver.document.metadata import metadata_of
    from policyver.document.parser import decode, parse

__all__ = ["decode", "metadata_of", "parse"]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(name)
    from policyver.document import metadata, parser

    return metadata.metadata_of if name == "metadata_of" else getattr(parser, name)
