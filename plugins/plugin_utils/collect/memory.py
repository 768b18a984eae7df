# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A bound for the memory that one host's answer takes: a host that never stops printing must not end the others' audit.

Connection plugins keep all output until the command ends, and have no limit of their own. Each host is worked on in a
process of its own, so the operating system can set one.
"""

from __future__ import annotations

import contextlib
import resource
from collections.abc import Iterator
from pathlib import Path

ALLOWED = 1 << 30
"""Bytes beyond those that the process has already; the largest answer that is taken (answer.py) needs half."""
_NEAR = 16 << 20
"""So near the limit any failure is one of memory."""
_STATM = Path("/proc/self/statm")


def _size() -> int | None:
    """The address space of this process in bytes; None where the system does not tell."""
    try:
        return int(_STATM.read_text().split()[0]) * resource.getpagesize()
    except (OSError, ValueError, IndexError):
        return None


@contextlib.contextmanager
def limited(allowed: int = ALLOWED) -> Iterator[None]:
    """Within it, MemoryError where the process takes so many bytes more. Without effect where the system can't tell."""
    size = _size()
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    limit = None if size is None else size + allowed
    if limit is None or (soft != resource.RLIM_INFINITY and soft <= limit):
        yield
        return
    resource.setrlimit(resource.RLIMIT_AS, (limit, hard))
    try:
        yield
    except Exception as problem:
        # Libraries have errors of their own for it: expat's is a ParseError.
        if not _from_memory_error(problem) and (_size() or 0) < limit - _NEAR:
            raise
        # Not from it: it holds on to all that took the memory.
        raise MemoryError(f"more than {allowed >> 20} MiB of memory") from None
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))


def _from_memory_error(problem: BaseException | None) -> bool:
    for _place in range(50):
        if problem is None or isinstance(problem, MemoryError):
            break
        problem = problem.__cause__ or problem.__context__
    return isinstance(problem, MemoryError)
