# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A bound for what takes minutes where it is wrong."""

from __future__ import annotations

import contextlib
import signal
from collections.abc import Iterator


@contextlib.contextmanager
def at_most(seconds: int) -> Iterator[None]:
    """Fails what takes longer, in time of this process, so that what else the machine does counts for nothing.

    Generous: a hundred times of what it takes, a hundredth of what it took.
    """

    def over(*_: object) -> None:
        raise AssertionError(f"more than {seconds} seconds of the processor")

    old = signal.signal(signal.SIGPROF, over)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, old)
