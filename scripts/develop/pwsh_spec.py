# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Stands in for ``pwsh`` where `ansible-test sanity --test validate-modules` asks it for the argument specification.

ansible-test calls ``pwsh ps_argspec.ps1 MANIFEST``, which runs the module up to its specification. This reads it from
the module's text instead: no PowerShell is needed. It answers nothing else.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tests"))

from support.powershell import NotConstantError, Source, spec_of  # noqa: E402


def main(arguments: list[str]) -> int:
    if len(arguments) != 2 or Path(arguments[0]).name != "ps_argspec.ps1":
        print(f"this is no PowerShell: it can't run {arguments}", file=sys.stderr)
        return 1
    path = Path(json.loads(arguments[1])["module_path"])
    try:
        print(json.dumps(spec_of(Source.read(path, path.parent))))
    except (OSError, NotConstantError) as problem:
        print(problem, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
