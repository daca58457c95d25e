"""Where an insertion or deletion could begin a few words earlier or later, let it begin where a reader would.

``He pays[-. He leaves-]. He`` and ``He pays.[- He leaves.-] He`` are the same edit; only the second shows a
sentence. The same idea as the indent heuristic of git's diff, for prose: lines before sentences before words.
"""

from __future__ import annotations

from collections.abc import Sequence

from policyver.model import Hunk

_ENDS = ".。!！?？؟;；:："
_REACH = 400
"""Characters up to which a difference is slid."""
_IDEOGRAPHS = 0x2E80


def slide(hunks: Sequence[Hunk]) -> tuple[Hunk, ...]:
    """`hunks` with each lone insertion or deletion at the best of the places where it can stand."""
    slid = list(hunks)
    for index in range(1, len(hunks) - 1):
        one = hunks[index]
        if one.op not in ("insert", "delete") or one.moved is not None:
            continue
        if slid[index - 1].op != "equal" or slid[index + 1].op != "equal":
            continue  # what one side gives the other has to take
        before, text, after = slid[index - 1].new, one.old or one.new, slid[index + 1].new
        step = _best(before, text, after)
        if not step:
            continue
        if step > 0:
            before, text, after = before + text[:step], text[step:] + text[:step], after[step:]
        else:
            before, text, after = before[:step], text[step:] + text[:step], text[step:] + after
        slid[index] = Hunk(one.op, "" if one.op == "insert" else text, text if one.op == "insert" else "")
        slid[index - 1] = Hunk("equal", before, before)
        slid[index + 1] = Hunk("equal", after, after)
    return tuple(one for one in slid if one.old or one.new)


def _best(before: str, text: str, after: str) -> int:
    """By how many characters to slide: to the right if positive; 0 where it is best as it is."""
    if len(text) > _REACH:
        return 0
    right = _common(text, after)
    left = _common(text[::-1], before[::-1][: len(text)])
    best, best_score = 0, _score(before, text)
    if best_score == 3 or not (left or right):
        return 0
    for step in (*range(1, right + 1), *range(-1, -left - 1, -1)):
        if step > 0 and step == len(text):
            break
        head = before + text[:step] if step > 0 else before[:step]
        score = _score(head, text[step:] + text[:step])
        if score > best_score:
            best, best_score = step, score
    return best


def _common(one: str, other: str) -> int:
    size = 0
    for a, b in zip(one, other, strict=False):
        if a != b:
            break
        size += 1
    return min(size, len(one) - 1)


def _score(before: str, text: str) -> int:
    """How natural it is for a difference `text` to begin after `before`: 3 a line, 2 a sentence, 1 a word, 0 none."""
    if not before or before.endswith("\n") or text.startswith("\n"):
        return 3
    last, first = before[-1], text[0]
    if (before.rstrip(" ")[-1:] or "x") in _ENDS and (last == " " or first == " " or ord(last) >= _IDEOGRAPHS):
        return 2
    if last.isalnum() and first.isalnum() and min(ord(last), ord(first)) < _IDEOGRAPHS:
        return 0
    return 1
