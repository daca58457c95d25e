"""What can be computed again, remembered on disk by content: files that may be deleted at any time.

A file's name is a hash of all that its content depends on; a file that is missing, cut off or altered counts as
absent, and a place that cannot be written is done without.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
import zlib
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

from policyver import __version__

_MOST_BYTES = 1 << 30


def cache_directory(name: str) -> Path | None:
    """Where results of one kind are remembered; None where ``POLICYVER_NO_CACHE`` is set."""
    if os.environ.get("POLICYVER_NO_CACHE"):
        return None
    from platformdirs import user_cache_path

    return user_cache_path("policyver") / name


def read(name: Path | None) -> bytes | None:
    """The content of a cache file; None where there is none that is whole."""
    if name is None:
        return None
    try:
        stored = name.read_bytes()
    except OSError:
        return None
    sum_, content = stored[:8], stored[9:]
    return content if sum_ == b"%08x" % zlib.crc32(content) else None


def store(name: Path, content: bytes) -> None:
    """Write a cache file whole or not at all."""
    try:
        name.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=name.parent, delete=False) as file:
            file.write(b"%08x\n" % zlib.crc32(content))
            file.write(content)
        os.replace(file.name, name)
    except OSError:
        return


def prune(directory: Path | None) -> None:
    """Delete a cache that has grown past its limit; it fills again."""
    if directory is None or not directory.is_dir():
        return
    size = sum(entry.stat().st_size for folder in directory.iterdir() if folder.is_dir() for entry in folder.iterdir())
    if size > _MOST_BYTES:
        shutil.rmtree(directory, ignore_errors=True)


def file_for(directory: Path | None, digest: str) -> Path | None:
    """The cache file that a hash names."""
    return directory / digest[:2] / digest[2:] if directory is not None else None


@lru_cache(maxsize=8)
def fingerprint(patterns: tuple[str, ...], settings: str) -> bytes:
    """Stands for what a result depends on besides git's objects: policyver's own code that `patterns` name, and
    its settings."""
    package = Path(__file__).parent
    sources: Iterable[Path] = sorted({path for pattern in patterns for path in package.glob(pattern)})
    stats = [(str(path), (stat := path.stat()).st_size, stat.st_mtime_ns) for path in sources]
    return hashlib.sha256(json.dumps([__version__, stats, settings]).encode()).digest()
