"""Which process is sending, and whether another one still is: what lets a dead sender's batch be taken over soon."""

from __future__ import annotations

import os
import socket
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Process:
    """A process on a host. `started` tells it from a later one with the same number; 0.0 where that is not known."""

    host: str
    pid: int
    started: float


@lru_cache(maxsize=1)
def this_host() -> str:
    """The host, its boot and its space of process numbers: only there does a number mean a process."""
    parts = [socket.gethostname()]
    for path in ("/proc/sys/kernel/random/boot_id", "/proc/self/ns/pid"):
        try:
            link = Path(path)
            parts.append(os.readlink(link) if link.is_symlink() else link.read_text().strip())
        except OSError:
            continue
    return "/".join(parts)[:200]


def this_process() -> Process:
    return Process(this_host(), os.getpid(), _started(os.getpid()))


def is_gone(process: Process) -> bool:
    """Whether a process is known to be dead; of one on another host nothing is known."""
    if process.host != this_host():
        return False
    try:
        os.kill(process.pid, 0)
    except ProcessLookupError:
        return True
    except OSError:
        return False
    return _is_zombie(process.pid) or (process.started != 0.0 and _started(process.pid) != process.started)


def _stat(pid: int) -> list[str]:
    """The fields after the name (proc(5)); empty where there is no /proc."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []


def _started(pid: int) -> float:
    fields = _stat(pid)
    return float(fields[19]) if len(fields) > 19 else 0.0


def _is_zombie(pid: int) -> bool:
    return _stat(pid)[:1] == ["Z"]
