# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a module of a simulated host leaves on its streams: its result, or what the scenario's `output` says."""

from __future__ import annotations

from . import modules
from .repeated import Repeated
from .state import Output
from .winrm import Outcome


def outcome(wanted: Output | None, result: modules.Result) -> Outcome:
    """The streams and the exit code of a module with this result."""
    code = 1 if result.get("failed") else 0
    if wanted is None:
        return Outcome(modules.to_json(result), exit_code=code)
    content = modules.to_json({**result, **wanted.members}) if wanted.content is None else wanted.content
    return Outcome(
        Repeated(wanted.before, content, wanted.repeat, wanted.after),
        wanted.stderr,
        code if wanted.exit_code is None else wanted.exit_code,
    )
