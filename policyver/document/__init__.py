"""Markdown to a section tree: what a policy says, free of how its file happens to be written.

`parse` takes the source of a text and gives a `Document`; two sources that differ only in what CommonMark does
not show (wrapping, markers, blanks, line ends, Unicode form) give equal sections.
"""

from policyver.document.metadata import DatePatterns, metadata_of
from policyver.document.parser import decode, parse
from policyver.document.words import words

__all__ = ["DatePatterns", "decode", "metadata_of", "parse", "words"]
