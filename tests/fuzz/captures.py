# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Captures changed at random: none may raise what is not documented, or take long. No test of a stage.

scripts/dev run python tests/fuzz/captures.py [INPUTS] [SEED]
"""

from __future__ import annotations

import json
import random
import sys
import time
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(CHECKOUT / folder) for folder in ("tests", ".cache/collections")]

from ansible_collections.wsus.compliance.plugins.plugin_utils.evidence.capture import CaptureError  # noqa: E402
from support.captures import FIXTURES, of_bytes  # noqa: E402
from time_limit import at_most  # noqa: E402

LIMIT = 30
ENDPOINTS = ["all", "sws.update.microsoft.com", "198.51.100.10"]


def changed(content: bytes, dice: random.Random) -> bytes:
    """One to eight changes: bits, bytes, numbers at their bounds, pieces left out, doubled or moved."""
    data = bytearray(content)
    for _time in range(dice.randint(1, 8)):
        at = dice.randrange(len(data))
        kind = dice.randrange(6)
        if kind == 0:
            data[at] ^= 1 << dice.randrange(8)
        elif kind == 1:
            data[at] = dice.randrange(256)
        elif kind == 2:
            size = dice.choice((1, 2, 4))
            data[at : at + size] = dice.choice((b"\0", b"\xff", b"\x7f", b"\x80")) * size
        elif kind == 3 and len(data) > 64:
            del data[at : at + dice.randint(1, 40)]
        elif kind == 4:
            data[at:at] = data[at : at + dice.randint(1, 60)]
        else:
            to = dice.randrange(len(data))
            data[to : to + 20] = data[at : at + 20]
    return bytes(data)


def main() -> None:
    inputs = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else 1
    dice = random.Random(seed)
    samples = [path.read_bytes() for path in sorted(FIXTURES.glob("*.pcap*"))]
    start, slowest, refused, told = time.process_time(), 0.0, 0, 0
    for number in range(inputs):
        content = changed(dice.choice(samples), dice)
        began = time.process_time()
        try:
            with at_most(LIMIT):
                result = of_bytes(content, ENDPOINTS)
            json.dumps(result)
            told += len(result["connections"])
        except CaptureError:
            refused += 1
        except BaseException:
            path = CHECKOUT / ".cache" / f"fuzz-{seed}-{number}.pcap"
            path.write_bytes(content)
            print(f"input {number} of seed {seed} is in {path}", flush=True)
            raise
        slowest = max(slowest, time.process_time() - began)
    print(
        f"{inputs} inputs, seed {seed}: {refused} refused, {told} connections told; "
        f"{time.process_time() - start:.0f} s of processor time, the slowest {slowest:.2f} s"
    )


if __name__ == "__main__":
    main()
