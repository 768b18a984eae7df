# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Benchmarks: what an audit and an enforcement cost, beside what is run alongside. Prints Markdown, asserts no time.

    python tests/bench [a|b|c|enforce|logs|capture|slices|all] [--quick] [--write]

a: one host of the lab; b: many simulated hosts; c: assess alone; enforce: one host of the lab is mended;
logs: a big log, beside ripgrep; capture: a large capture, beside tshark; slices: a thousand hosts in jobs.
--write puts the tables into docs/PERFORMANCE.md.
"""

from __future__ import annotations

import argparse
import sys
import time
from importlib import import_module
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(CHECKOUT / folder) for folder in ("tests", "scripts", "extensions/simulator", ".cache/collections")]

from bench.figures import replaced  # noqa: E402
from bench.machine import about  # noqa: E402

DOCUMENT = CHECKOUT / "docs" / "PERFORMANCE.md"
PARTS = {
    "a": "lab_host",
    "b": "fleet",
    "c": "assess_alone",
    "enforce": "enforce",
    "logs": "log_files",
    "capture": "captures",
    "slices": "slices",
}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python tests/bench", description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("part", nargs="?", choices=[*PARTS, "all"], default="all")
    parser.add_argument("--quick", action="store_true", help="smaller and fewer: to see that it works")
    parser.add_argument("--write", action="store_true", help="put the tables into docs/PERFORMANCE.md")
    options = parser.parse_args()
    for part in PARTS if options.part == "all" else [options.part]:
        print(f"--- {part} ---", flush=True)
        start, where = time.monotonic(), about()
        text = f"{where}\n\n{import_module(f'bench.{PARTS[part]}').measure(options.quick)}"
        print(f"\n{text}\n\n({time.monotonic() - start:.0f} s)\n", flush=True)
        if options.write:
            DOCUMENT.write_text(replaced(DOCUMENT.read_text("utf-8"), part, text), "utf-8")


if __name__ == "__main__":
    main()
