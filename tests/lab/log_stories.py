# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the reader of logs is asked for on hosts of the lab; test_logs.py says what must come of it."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Callable, Iterator
from typing import Any

from support.lab import Cell, Hosts
from support.story import Story

LOGS = "wsus.compliance.wsus_logs"
CELLS = {"logs": Cell("2019", "healthy"), "bare": Cell("2012R2", "no-role")}
FOLDER = r"C:\logs"
LINES = [f"2026-11-25 10:00:0{n}.000 UTC\tInfo\tWsusService.{n}\tComponent\tline {n}\n" for n in range(8)]
BIG = b"0123456789abcdef" * 20_000
# It can't be made smaller, so that it takes more than an answer may have.
DENSE = b"".join(hashlib.sha256(n.to_bytes(2, "big")).digest() for n in range(4_000))


def known(step: str, *numbers: int) -> str:
    """A template: where that step ended in its files with these numbers."""
    file = f"r_logs_{step}.files"
    members = {"path": "path", "head": "head", "head_length": "head_length", "created": "created", "offset": "to"}
    entries = [
        "{" + ", ".join(f"'{name}': {file}[{number}].{member}" for name, member in members.items()) + "}"
        for number in numbers
    ]
    return "{{ [" + ", ".join(entries) + "] }}"


def logs(hosts: Hosts) -> Story:
    story = Story("logs")
    folder = hosts.drive("logs") / "logs"

    def read(name: str, *names: str, check: bool = False, **more: Any) -> None:
        story.module(name, {"src": [rf"{FOLDER}\{one}" for one in names], **more}, module=LOGS, check=check)

    story.module("own", {}, module=LOGS)
    read("first", "a.log", "*.log", "folder.log", "gone.log", "*.none", r"none\x*")
    story.local("append", f"cat >> {folder}/a.log <<'END'\n{''.join(LINES[4:6])}END")
    read("appended", "a.log", known=known("first", 0))
    read("unchanged", "a.log", known=known("appended", 0), check=True)
    rolled = [
        f"cat >> {folder}/a.log <<'END'\n{LINES[6]}END",
        f"mv {folder}/a.log {folder}/a.lo_",
        f"cat > {folder}/a.log <<'END'\n{LINES[7]}END",
        f"echo other > {folder}/a.other",
    ]
    story.local("roll", "\n".join(rolled))
    read("rolled", "a.log", known=known("appended", 0))
    broken = [{"path": "x"}, {"path": "x", "head": "x", "head_length": 9999, "offset": 1}]
    short = [{"path": "x", "head": hashlib.sha256(b"s").hexdigest(), "head_length": 1, "created": "x", "offset": 1}]
    read("strange", "short.log", known=broken + short)
    read("limited", "big.log", maximum=65536)
    read("crowded", "dense.log", "a.log", answer=65536)
    read("no_maximum", "a.log", maximum=1)
    read("no_answer", "a.log", answer=1)
    read("no_events", "a.log", windows_events={"maximum": 0})
    read("events", "a.log", windows_events={"after": 26})
    return story


def bare() -> Story:
    """A host that is no WSUS server: it is not known where its logs would be."""
    story = Story("bare")
    story.module("own", {}, module=LOGS)
    return story


def stories(hosts: Hosts) -> list[Story]:
    return [logs(hosts), bare()]


@contextlib.contextmanager
def hosts_with_logs(prepare: Callable[[Hosts], None] = lambda hosts: None) -> Iterator[Hosts]:
    """The hosts of the stories, running; ``prepare`` gets them when they are made."""
    hosts = Hosts(CELLS)
    try:
        hosts.make()
        prepare(hosts)
        folder = hosts.drive("logs") / "logs"
        (folder / "folder.log").mkdir(parents=True)
        own = hosts.drive("logs") / "Program Files" / "Update Services" / "LogFiles"
        own.mkdir(parents=True, exist_ok=True)
        (own / "Change.log").write_text("2026-11-25 10:00:00.000 UTC\tChange\tw3wp.5\tComponent\tchanged\n")
        (folder / "a.log").write_text("".join(LINES[:4]))
        (folder / "empty.log").write_text("")
        (folder / "short.log").write_text("short")
        (folder / "big.log").write_bytes(BIG)
        (folder / "dense.log").write_bytes(DENSE)
        yield hosts.start()
    finally:
        hosts.close()
