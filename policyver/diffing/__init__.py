"""Document x Document -> changes: matching of sections, redlines word by word, significance with reasons.

Pure functions: no git, no clock, no files but the lexicons in the package.
"""

from policyver.diffing.changes import compare
from policyver.diffing.matching import Matching, match_sections

__all__ = ["Matching", "compare", "match_sections"]
