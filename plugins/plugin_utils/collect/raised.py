# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""An exception that came out of a connection plugin -> what failed first, and what only failed because of it.

Where the answer of a command fails, Ansible's winrm still tells the host to end the command. On a host that is gone
this fails as well, and Python then hands on that second exception: "connection refused", of a host that was in the
middle of its answer and restarts. The first one is in its context.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePath

_DEPTH = 50
"""Most exceptions that are looked at."""


@dataclass(frozen=True)
class Raised:
    """One exception: the full names of its class and their bases, and what it says."""

    names: list[str]
    text: str


def _chain(problem: BaseException) -> Iterator[BaseException]:
    """The exception, then what it was raised from or during, back to the first."""
    found: BaseException | None = problem
    for _place in range(_DEPTH):
        if found is None:
            return
        yield found
        found = found.__cause__ or found.__context__


def _in_plugin(problem: BaseException) -> list[bool]:
    """Of each place that it passed, whether that is code of a connection plugin; the place where it began is last."""
    places = []
    trace = problem.__traceback__
    while trace is not None:
        places.append(PurePath(trace.tb_frame.f_code.co_filename).parts[-3:-1] == ("plugins", "connection"))
        trace = trace.tb_next
    return places


def _first(problem: BaseException) -> BaseException:
    """The first that got as far as a connection plugin; what lies below those is wrapped in them, and says less."""
    found = problem
    for one in _chain(problem):
        places = _in_plugin(one)
        if any(places):
            found = one
            if places[-1]:  # the plugin's own word, which sums up what it was raised from
                break
    return found


def raised(problem: BaseException) -> tuple[Raised, str]:
    """What failed first, and the text of what failed last; empty where that is the same."""
    first = _first(problem)
    names = [f"{cls.__module__}.{cls.__qualname__}" for cls in type(first).__mro__]
    last = "" if first is problem else str(problem) or type(problem).__name__
    return Raised(names, str(first)), last
