"""Document x Document -> changes: matching of sections, redlines word by word, significance with reasons.

Pure functions: no git, no clock, no files but the lexicons in the package. Loaded when first asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from policyver.diffing.changes import compare
    from policyver.diffing.matching import Matching, match_sections

__all__ = ["Matching", "compare", "match_sections"]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(name)
    from policyver.diffing import changes, matching

    return changes.compare if name == "compare" else getattr(matching, name)
