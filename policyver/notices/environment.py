"""Secrets: from the environment, or from files that it names, never from the configuration itself."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path

from policyver.errors import ConfigurationError


def expanded(written: str, key: str) -> str:
    """`written` with each ``${NAME}`` from the environment, or the file that ``NAME_FILE`` names.

    Raises `ConfigurationError` where neither is set.
    """

    def value(match: re.Match[str]) -> str:
        found = from_environment(match.group(1), os.environ)
        if found is None:
            raise ConfigurationError(
                f"`{key}` wants {match.group(1)} from the environment, and it is not set", where=key,
                cure=f"Set {match.group(1)}, or {match.group(1)}_FILE to a file that holds it.",
            )  # fmt: skip
        return found

    return re.sub(r"\$\{(\w+)\}", value, written)


def from_environment(name: str, environment: Mapping[str, str]) -> str | None:
    """The secret in the variable `name`, or in the file that ``NAME_FILE`` names; None for neither.

    Raises `ConfigurationError` for a file that cannot be read.
    """
    if environment.get(name):
        return environment[name]
    file = environment.get(f"{name}_FILE")
    if not file:
        return None
    try:
        return Path(file).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise ConfigurationError(f"the file that it names cannot be read: {reason}", where=f"{name}_FILE",
                                 cure="Correct the path, or the file's rights.") from None  # fmt: skip
