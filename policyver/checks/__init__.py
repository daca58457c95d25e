"""Rules that hold a policy repository to what it promises, one module a family, and what runs them."""

from __future__ import annotations

from policyver.checks import document, letters, localization, parity, precedence, references, versions
from policyver.checks.rule import AnyRule
from policyver.errors import UsageError, nearest

RULES: tuple[AnyRule, ...] = (
    *document.RULES,
    *references.RULES,
    *letters.RULES,
    *versions.RULES,
    *localization.RULES,
    *parity.RULES,
    *precedence.RULES,
)


def rule_of(id_: str) -> AnyRule:
    """The rule with an id. Raises `UsageError` with the nearest ids."""
    for rule in RULES:
        if rule.id == id_:
            return rule
    raise UsageError(f"there is no rule {id_!r}", cure=nearest(id_, [rule.id for rule in RULES]))


__all__ = ["RULES", "rule_of"]
