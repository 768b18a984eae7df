# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""wsus_apply that must write nothing, that is not alone, and that is killed in the middle."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from support import host_state, lab, operations, story
from support.journals import records
from support.lab import Cell, Hosts
from support.operations import ABSENT, content, file, registry, statuses, value, wsus
from support.story import Story

pytestmark = pytest.mark.skipif(bool(lab.hindrance()), reason=lab.hindrance())

JOURNALS = "ProgramData/wsus.compliance/journal"
KEY = r"HKLM\SOFTWARE\Apply\new"
CONFIG = r"C:\windows\System32\inetsrv\w3wp.exe.config"
SWS, FE2 = "https://sws.update.microsoft.com", "https://fe2.update.microsoft.com/v6"
MANY = [registry(f"r.{number}", KEY, f"v{number}", ABSENT, value("REG_DWORD", number)) for number in range(300)]
HOLD = r"""
$null = [System.IO.Directory]::CreateDirectory('C:\ProgramData\wsus.compliance\journal')
$lock = [System.IO.FileStream]::new('C:\ProgramData\wsus.compliance\journal\lock', 'OpenOrCreate', 'ReadWrite', 'None')
[System.IO.File]::WriteAllText('C:\held', '')
for ($i = 0; $i -lt 3000 -and -not [System.IO.File]::Exists('C:\release'); $i++) { Start-Sleep -Milliseconds 100 }
"""


def apply(steps: list[dict[str, Any]]) -> dict[str, Any]:
    return {"action": "apply", "operations": steps, "journal": operations.journal()}


# --- Check mode -------------------------------------------------------------------------------------------------------


def checked_story() -> Story:
    told = Story("checked")
    steps = [
        registry("r.1", KEY, "x", ABSENT, value("REG_DWORD", 1)),
        file("f.1", CONFIG, ABSENT, content(b"<configuration/>")),
        wsus("w.1", {"MUUrl": FE2}, {"MUUrl": SWS}),
    ]
    told.apply("apply", steps, check=True)
    restarts = {"action": "restart", "restarts": ["iisreset", "WsusService", "reboot_note"]}
    told.module("restart", restarts, check=True)
    told.module("import", {"action": "import", "update_id": "5b1e0000-0000-4000-8000-000000000001"}, check=True)
    told.module("start", {"action": "synchronize", "start": True}, check=True)
    told.module("look", {"action": "synchronize"}, check=True)
    told.module("list", {"action": "read_journal"}, check=True)
    told.module("facts", {"gather_subset": ["journal"]}, module="wsus.compliance.wsus_facts")
    return told


@pytest.fixture(scope="module")
def checked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    folder = tmp_path_factory.mktemp("checked")
    hosts = Hosts({"checked": Cell("2019", "endpoint-fe2")}, collapse=True)
    try:
        hosts.make()
        before = host_state.snapshot(hosts.prefixes["checked"])
        hosts.start()
        services = lab.service_processes(hosts.prefixes)
        answers = story.tell([checked_story()], hosts, folder, story.bare_collection(folder / "bare"))["checked"]
        lost = services["checked"] - lab.service_processes(hosts.prefixes)["checked"]
        hosts.stop()
        changes = host_state.differences(before, host_state.snapshot(hosts.prefixes["checked"]))
        yield {**answers, "changes": changes, "lost": lost}
    finally:
        hosts.close()


def test_check_mode_compares(checked):
    answer = checked["apply"]
    assert (answer["changed"], answer["stage"], answer["stopped"]) == (True, "compared", None)
    assert set(statuses(answer).values()) == {"pending"}
    assert (answer["journal"], answer["operations"][0]["after"]) == (None, None)
    for step in ("restart", "import", "start"):
        assert checked[step] == checked[step] | {"changed": True, "contract": 1, "skipped_in_check_mode": True}
        assert "restarts" not in checked[step] and "log" not in checked[step]
    assert checked["look"]["status"] == "NotProcessing" and checked["look"]["changed"] is False
    assert checked["list"]["journals"] == []
    assert checked["facts"]["raw"]["journal"]["exists"] is False


def test_check_mode_writes_nothing(checked):
    assert checked["changes"] == []
    assert checked["lost"] == set()


# --- Not alone, and killed --------------------------------------------------------------------------------------------


def wait_for(condition: Any, seconds: float = 90) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.05)


def kill_programs(prefix: Path) -> None:
    """Ends what runs in PowerShell on a host."""
    for process in Path("/proc").glob("[0-9]*"):
        try:
            environment = (process / "environ").read_bytes().split(b"\0")
            if b"powershell" in (process / "cmdline").read_bytes() and f"WINEPREFIX={prefix}".encode() in environment:
                os.kill(int(process.name), signal.SIGKILL)
        except OSError:
            continue  # it has ended


@pytest.fixture(scope="module")
def raced(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    """By host: held by another process, two runs at once, killed."""
    folder = tmp_path_factory.mktemp("raced")
    bare = story.bare_collection(folder / "bare")
    cell = Cell("2022", "healthy")

    with Hosts({"held": cell, "pair": cell, "killed": cell}, collapse=True) as hosts:

        def ask(host: str, name: str, arguments: dict[str, Any]) -> dict[str, Any]:
            return story.ask(host, arguments, hosts, folder / name, bare)

        def held() -> dict[str, Any]:
            holder = threading.Thread(target=hosts.powershell, args=("held", HOLD))
            holder.start()
            wait_for((hosts.drive("held") / "held").exists)
            answer = ask("held", "held", apply(MANY[:1]))
            (hosts.drive("held") / "release").write_text("")
            holder.join(60)
            return answer

        def pair() -> list[dict[str, Any]]:
            with ThreadPoolExecutor(2) as both:
                asked = [both.submit(ask, "pair", f"pair{one}", apply(MANY[:40])) for one in range(2)]
                return [one.result() for one in asked]

        def killed() -> list[dict[str, Any]]:
            arguments = apply(MANY)
            path = hosts.drive("killed") / JOURNALS / f"{arguments['journal']['id']}.journal"
            run = threading.Thread(target=ask, args=("killed", "killed", arguments))
            run.start()
            wait_for(lambda: path.exists() and path.read_bytes().count(b'"applied"') > 5)
            kill_programs(hosts.prefixes["killed"])
            run.join(60)
            read = ask("killed", "read", {"action": "read_journal", "journal_id": arguments["journal"]["id"]})
            return [read, ask("killed", "again", apply(MANY))]

        hosts.lab.hosts["held"].faults.kill_after_ms = 0
        with ThreadPoolExecutor(3) as pool:
            asked = {one.__name__: pool.submit(one) for one in (held, pair, killed)}
            yield {name: one.result() for name, one in asked.items()}


def test_another_process_holds_the_lock(raced):
    answer = raced["held"]
    assert (answer["changed"], answer["stage"], answer["journal"]) == (False, "refused", None)
    assert answer["stopped"]["code"] == "busy" and answer["stopped"]["message"]
    assert statuses(answer) == {"r.0": "not_reached"}


def test_two_runs_at_once(raced):
    first, second = sorted(raced["pair"], key=lambda answer: not answer["changed"])
    assert (first["changed"], second["changed"]) == (True, False)
    assert set(statuses(first).values()) == {"applied"}
    assert set(statuses(second).values()) == {"already"}
    assert second["journal"] is None
    records(first["journal"]["lines"])


def test_killed_in_the_middle(raced):
    read, again = raced["killed"]
    lines = read["journal"]["lines"]
    try:
        found = records(lines)
    except (AssertionError, ValueError):
        found = records(lines[:-1])
    kinds = [record["record"] for record in found]
    assert kinds[: len(MANY) + 2] == ["begin", *["operation"] * len(MANY), "ready"]
    assert "end" not in kinds
    done = [record["id"] for record in found if record["record"] == "applied"]
    begun = [record["id"] for record in found if record["record"] == "writing"]
    assert len(done) > 5 and begun[: len(done)] == done and len(begun) <= len(done) + 1
    # The next run gets the lock, finds what was written, and writes the rest.
    status = statuses(again)
    assert (again["stage"], again["stopped"]) == ("finished", None)
    assert {status[number] for number in done} == {"already"}
    assert {status[one["id"]] for one in MANY[len(begun) :]} == {"applied"}
