# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Disks that are full while wsus_apply writes its journal or a file: real ones, a few pages of memory each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from support import lab, operations, story
from support.disk import Disk, disk_hindrance
from support.journals import records
from support.lab import Cell, Hosts
from support.operations import ABSENT, content, digest, file, registry, statuses, value

PAGE = 4096
NUMBER = 200
OLD, NEW = b"<configuration />\n" * 100, b"<configuration />\n" * 1000
NAMES = r"([Microsoft.Win32.Registry]::LocalMachine.OpenSubKey('SOFTWARE\Full\{0}') | % GetValueNames) -join ' '"


pytestmark = pytest.mark.skipif(bool(lab.hindrance()), reason=lab.hindrance())


@dataclass
class Told:
    """What wsus_apply answered, by step, and what another path saw afterwards."""

    answers: dict[str, dict[str, Any]]
    seen: dict[str, Any]


def many(key: str) -> list[dict[str, Any]]:
    path = rf"HKLM\SOFTWARE\Full\{key}"
    return [registry(f"r.{n}", path, f"v{n}", ABSENT, value("REG_DWORD", n)) for n in range(NUMBER)]


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Told]:
    folder = tmp_path_factory.mktemp("full")
    bare = story.bare_collection(folder / "bare")
    answers: dict[str, dict[str, Any]] = {}
    seen: dict[str, Any] = {}
    if reason := disk_hindrance():
        pytest.skip(reason)
    with Hosts({"host": Cell("2019", "healthy")}, collapse=True) as hosts:
        drive = hosts.drive("host")

        def apply(name: str, steps: list[dict[str, Any]]) -> None:
            asked = {"action": "apply", "operations": steps, "journal": operations.journal()}
            answers[name] = story.ask("host", asked, hosts, folder / name, bare)
            seen[name] = hosts.powershell("host", NAMES.format(name.partition("_")[0])).split()

        with Disk(drive / "ProgramData", 1 << 20) as disk:
            apply("whole", many("whole"))
            assert answers["whole"].get("journal"), answers["whole"]
            lines = [len(line.encode()) + 1 for line in answers["whole"]["journal"]["lines"]]
            before_images = sum(lines[: NUMBER + 2])
            used = disk.used()
            disk.resize(used + before_images // PAGE // 2 * PAGE)
            apply("early", many("early"))
            seen["journals"] = sorted(path.name for path in (disk.place / "wsus.compliance/journal").glob("*.journal"))
            disk.resize(disk.used() + (before_images + (sum(lines) - before_images) // 2) // PAGE * PAGE)
            apply("midst", many("midst"))
            disk.resize(1 << 20)
            for name in ("early", "midst"):
                apply(f"{name}_again", many(name))
        with Disk(drive / "full", 4 * PAGE) as disk:
            config, filler = disk.place / "w3wp.exe.config", disk.place / "filler"
            config.write_bytes(OLD)
            filler.write_bytes(bytes(2 * PAGE))
            step = file("f.1", r"C:\full\w3wp.exe.config", digest(OLD), content(NEW))
            apply("file", [step])
            seen["file"] = (config.read_bytes(), sorted(path.name for path in disk.place.iterdir()))
            filler.unlink()
            disk.resize(20 * PAGE)
            apply("file_again", [step])
            seen["file_again"] = config.read_bytes()
    yield Told(answers, seen)


def test_no_room_for_the_before_images_nothing_is_written(told):
    answer = told.answers["early"]
    assert (answer["changed"], answer["stopped"]["code"]) == (False, "journal_failed"), answer["stopped"]
    assert set(statuses(answer).values()) == {"not_reached"}
    assert told.seen["early"] == []
    # Half a journal is no journal: what is left is the one of the run before.
    assert told.seen["journals"] == [f"{told.answers['whole']['journal']['id']}.journal"]


def test_full_in_the_midst_it_stops_and_says_what_was_written(told):
    answer = told.answers["midst"]
    assert (answer["changed"], answer["stopped"]["code"]) == (True, "journal_failed"), answer["stopped"]
    written = [number for number, status in statuses(answer).items() if status == "applied"]
    assert 0 < len(written) < NUMBER
    assert sorted(told.seen["midst"]) == sorted(f"v{number.partition('.')[2]}" for number in written)
    # What the disk had no room for is either that the last one was applied, or that the next is being written.
    kinds = [(record["record"], record.get("id")) for record in records(answer["journal"]["lines"])]
    told_of = [number for kind, number in kinds if kind == "applied"]
    assert [number for kind, number in kinds if kind == "writing"] == written and told_of in (written, written[:-1])


@pytest.mark.parametrize("name", ["early", "midst"])
def test_with_room_again_the_rest_is_written(told, name):
    answer, before = told.answers[f"{name}_again"], statuses(told.answers[name])
    assert (answer["stage"], answer["stopped"]) == ("finished", None)
    after = {"applied": "already", "not_reached": "applied"}
    assert statuses(answer) == {number: after[status] for number, status in before.items()}
    assert len(told.seen[f"{name}_again"]) == NUMBER


def test_a_file_stays_as_it_was(told):
    answer = told.answers["file"]
    # It was tried, which counts as changed until the next run has looked.
    assert (answer["changed"], answer["stopped"]["code"]) == (True, "write_failed"), answer["stopped"]
    assert answer["operations"][0]["after"] == digest(OLD)
    assert told.seen["file"] == (OLD, ["filler", "w3wp.exe.config"])
    assert statuses(told.answers["file_again"]) == {"f.1": "applied"}
    assert told.seen["file_again"] == NEW
