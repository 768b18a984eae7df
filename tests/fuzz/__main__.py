# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Mutated logs for the parser of log_info, far more than the tests have; no part of them.

    scripts/dev run python tests/fuzz [NUMBER] [--seed N]

Each input must be read without an exception, in time that grows with its size only, to the same result in whatever
chunks, with a bounded result. The first that is not is printed, and ends the run with 1.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import time
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(CHECKOUT / folder) for folder in ("tests", ".cache/collections")]

from support.log_samples import CLASSES, STACK, ccm, of_class, read, site_server, softdist  # noqa: E402

# A kilobyte may take so long, in processor time, and each input a while for a start.
SECONDS_PER_KB, SECONDS = 0.05, 0.5
TOKENS = [
    *("$$<", "<SMS_WSUS_SYNC_MANAGER>", "><thread=", "<![LOG[", "]LOG]!>", '<time="', "~~", "\r", "\n", "\r\n", "\t"),
    *(
        " UTC\tError\t",
        "w3wp.",
        "SCHANNEL Protocol '",
        "' disabled",
        "EventId=38",
        "HTTP status 50",
        "Actor = https://",
    ),
    *(
        "Event[0]:\n",
        "<Event ",
        "</Event>",
        "<Data>",
        "Log Name: x\n",
        "TimeCreated : ",
        "\0",
        "\ufeff",
        "\u2028",
        "Exception:",
    ),
    *(" " * 300, "A" * 300, "." * 200, "9" * 200, "'" * 50, "SMS_" * 40, "$$<" * 30, "<![LOG[" * 20, "]LOG]!>\n" * 20),
]


def sample(generator: random.Random) -> str:
    """Some records, of any framing."""
    parts = []
    for _part in range(generator.randrange(1, 5)):
        name = generator.choice(list(CLASSES))
        message = " ".join(CLASSES[name])
        parts.append(
            generator.choice(
                [
                    of_class(name),
                    softdist(*CLASSES[name]) + STACK + "\n",
                    site_server(message),
                    ccm(message),
                    message + "\n",
                    f"Event[0]:\n  Log Name: Application\n  Event ID: 386\n  Description:\n{message}\n\n",
                ]
            )
        )
    return "".join(parts)


def accident(generator: random.Random, text: str) -> str:
    """The text with a part lost, repeated, added, wrapped or changed."""
    at, to = sorted(generator.randrange(len(text) + 1) for _end in range(2))
    width = 60 + at % 90
    kinds = {
        "lost": lambda: text[:at] + text[to:],
        "added": lambda: text[:at] + generator.choice(TOKENS) + text[at:],
        "repeated": lambda: text[:to] + text[at:],
        "tabs": lambda: text.replace("\t", generator.choice([" ", "", "    "])),
        "wrapped": lambda: "\n".join(text[start : start + width] for start in range(0, len(text), width)),
        "changed": lambda: text[:at] + chr(generator.randrange(0x3000)) + text[at + 1 :],
        "flooded": lambda: text[:to] + generator.choice(TOKENS) * generator.randrange(60) + text[to:],
    }
    return kinds[generator.choice(list(kinds))]()[:40_000]


def mutated(generator: random.Random) -> bytes:
    """A sample after a few accidents."""
    text = sample(generator)
    for _time in range(generator.randrange(6)):
        text = accident(generator, text)
    encoding = generator.choice(["utf-8"] * 6 + ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"])
    data = bytearray(text.encode(encoding, "replace"))
    for _time in range(generator.choice([0, 0, 0, 1, 5, 50])):
        if data:
            data[generator.randrange(len(data))] = generator.randrange(256)
    return bytes(data[generator.choice([0, 0, 0, 1]) :])


def problem_of(data: bytes, generator: random.Random) -> str | None:
    """What is wrong with how this input is read."""
    start = time.process_time()
    try:
        result = read(data)
    except Exception as problem:
        return f"{type(problem).__name__}: {problem}"
    spent = time.process_time() - start
    if spent > SECONDS + SECONDS_PER_KB * len(data) / 1024:
        return f"took {spent:.1f} s for {len(data)} bytes"
    if generator.random() < 0.1 and read(data, size=generator.randrange(1, len(data) + 2)) != result:
        return "the result depends on the chunks"
    if len(json.dumps(result)) > 200_000 + 20 * len(data):
        return "the result is not bounded"
    return None


def main() -> int:
    parser = argparse.ArgumentParser(prog="python tests/fuzz", description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("number", nargs="?", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    start, found = time.monotonic(), 0
    for number in range(options.number):
        generator = random.Random(f"{options.seed}/{number}")
        data = mutated(generator)
        problem = problem_of(data, generator)
        if problem is not None:
            print(f"input {number} of seed {options.seed}: {problem}\n{data[:2000]!r}")
            return 1
        found += len(data)
        if number % 10_000 == 9_999:
            print(f"{number + 1} inputs, {found / 1e6:.0f} MB, {time.monotonic() - start:.0f} s", flush=True)
    print(f"{options.number} inputs of seed {options.seed}: nothing found in {time.monotonic() - start:.0f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
