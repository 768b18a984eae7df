# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""(logs) What log_info's parser takes for a big log, beside ripgrep counting lines that have one of the same texts."""

from __future__ import annotations

import os
import random
import shutil
import statistics
import sys
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import yaml
from ansible_collections.wsus.compliance.plugins.plugin_utils.evidence.logs.quick import ANCHORS
from ansible_collections.wsus.compliance.plugins.plugin_utils.evidence.logs.signatures import TABLE
from bench.figures import table, verdict
from bench.processes import Spent, run
from support.log_samples import CLASSES, STACK, of_class, softdist

MIB = 1 << 20
GOAL, MEMORY = 3, 100
PARSE = """
import json, sys
from ansible_collections.wsus.compliance.plugins.plugin_utils.evidence.logs import read_logs
from ansible_collections.wsus.compliance.plugins.plugin_utils.evidence.logs.files import read_files
result = read_logs(read_files(sys.argv[1:]).sources).as_dict()
json.dump({"records": result["records"], "classes": len({one["class"] for one in result["events"]})}, sys.stdout)
"""
NOISE = [
    (
        "ClientImplementation.SyncUpdates",
        "Computer {n:x} asked for updates of revision {n}, category 7, scope 12, and has them",
    ),
    ("ServerImplementation.UpdateCache", "Database change occured; check if we need to update cache."),
    ("CatalogSyncAgent.SetSubscriptionStateWithRetry", "Firing event SyncProgress, {n} of 70000 done"),
    ("AdminDataAccess.ExecuteSPGetUpdateById", "Update {n:032x} read in 12 ms"),
    (
        "EventLogEventReporter.ReportEvent",
        "EventId=361,Type=Information,Category=Content,Message=Content {n} downloaded.",
    ),
]


def lines(size: int) -> Iterator[bytes]:
    """A log of about this size: a failure in each 300 kB, a synchronization in each 3 MB, else nothing of interest."""
    generator = random.Random(20_26)
    failures = [
        name for name, (component, _text) in CLASSES.items() if component and name not in ("success", "started")
    ]
    done = number = 0
    while done < size:
        number += 1
        moment = datetime(2026, 1, 1) + timedelta(milliseconds=250 * number)
        time = f"{moment:%Y-%m-%d %H:%M:%S}.{moment.microsecond // 1000:03}"
        process = generator.choice(["w3wp", "WsusService"]) + f".{generator.randrange(1, 200)}"
        if number % 2_500 == 0:
            text = (
                of_class(generator.choice(failures), time=time, level="Error", process=process) + (STACK + "\r\n") * 3
            )
        elif number % 25_000 == 1:
            text = of_class("success", time=time, level="Info")
        else:
            component, message = generator.choice(NOISE)
            text = softdist(component, message.format(n=generator.randrange(10**9)), time, "Info", process)
        data = text.encode()
        done += len(data)
        yield data


def write(path: Path, size: int) -> None:
    """Lines of up to 64 MiB, repeated up to the size."""
    part = b"".join(lines(min(size, 64 * MIB)))
    with path.open("wb") as stream:
        for _part in range(max(1, size // len(part))):
            stream.write(part)


def texts() -> list[str]:
    """What the table of signatures looks for, as fixed strings; and the lines of start-ups."""
    rows = yaml.safe_load(TABLE.read_text("utf-8"))["signatures"]
    return [*sorted({text for row in rows for alternative in row["any"] for text in alternative}), "SCHANNEL Protocol"]


def measure(quick: bool) -> str:
    """The Markdown of this part."""
    rg = shutil.which("rg")
    if rg is None:
        raise SystemExit("ripgrep (rg) is not installed: on Debian, apt-get install ripgrep")
    size, rounds = (256 * MIB, 1) if quick else (1024 * MIB, 5)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    with TemporaryDirectory() as name:
        folder = Path(name)
        log, one_line, patterns, few = (folder / one for one in ("big.log", "line.log", "texts", "anchors"))
        write(log, size)
        with one_line.open("wb") as stream:
            for _part in range(size // MIB):
                stream.write(b"x" * MIB)
        patterns.write_text("\n".join(texts()) + "\n")
        few.write_bytes(b"\n".join(ANCHORS) + b"\n")
        commands = {
            "log_info's parser": [sys.executable, "-c", PARSE, str(log)],
            "rg -c -F, the table's texts": [rg, "-c", "-F", "-f", str(patterns), str(log)],
            "rg -c -F, the parser's anchors": [rg, "-c", "-F", "-f", str(few), str(log)],
            "cat": ["cat", str(log)],
        }
        runs: dict[str, list[Spent]] = {kind: [] for kind in commands}
        for number in range(rounds):
            for kind in list(commands)[:: -1 if number % 2 else 1]:
                quiet = ["sh", "-c", 'exec "$@" > /dev/null', "sh", *commands[kind]]
                runs[kind].append(run(quiet, folder, environment))
                if runs[kind][-1].code:
                    raise SystemExit(f"{kind}: {runs[kind][-1].output}")
            print(f"  round {number + 1} of {rounds}", flush=True)
        sampled = run(commands["log_info's parser"], folder, environment, sample=True)
        line = run([sys.executable, "-c", PARSE, str(one_line)], folder, environment, sample=True)
        bytes_read = log.stat().st_size
    medians = {
        kind: (statistics.median(one.seconds for one in spent), statistics.median(one.cpu for one in spent))
        for kind, spent in runs.items()
    }
    ours, same, anchors, _cat = medians.values()
    rows = [(kind, seconds, cpu, bytes_read / MIB / seconds) for kind, (seconds, cpu) in medians.items()]
    return "\n\n".join(
        [
            f"A generated SoftwareDistribution.log of {bytes_read / MIB:.0f} MiB; what the parser says of it: "
            f"`{sampled.output}`. Rounds in turn, {rounds}; medians.",
            table(["", "seconds", "of processor", "MiB/s"], rows),
            "\n".join(
                [
                    verdict("seconds, parser / rg with the texts of the table", ours[0] / same[0], GOAL),
                    verdict("seconds of processor, the same", ours[1] / same[1], GOAL),
                    f"- rg with only the {len(ANCHORS)} strings that the parser looks for first: the parser takes "
                    f"{ours[1] / anchors[1]:.1f} times its seconds of processor; no goal.",
                    verdict("largest memory, MiB", sampled.memory, MEMORY),
                    verdict("largest memory for a log of the same size with one line, MiB", line.memory, MEMORY),
                ]
            ),
        ]
    )
