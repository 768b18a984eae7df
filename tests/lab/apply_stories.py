# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What wsus_apply is asked to do to hosts of the lab; test_apply.py says what must come of it, and reads back."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from support.lab import Cell, Hosts
from support.operations import ABSENT, content, digest, file, registry, value, wsus
from support.story import Story

CELLS = {
    "kinds": Cell("2019", "endpoint-fe2"),
    "failing": Cell("2016", "issue1"),
    "folder": Cell("2022", "healthy"),
    "services": Cell("2019", "healthy"),
    "norole": Cell("2012R2", "no-role"),
    "package": Cell("2012R2", "issue3"),
}
KEY = r"HKLM\SOFTWARE\Apply\a/b\deep"
THERE = r"HKLM\SOFTWARE\Apply\there"
CONFIG = r"C:\windows\System32\inetsrv\w3wp.exe.config"
SWS, FE2 = "https://sws.update.microsoft.com", "https://fe2.update.microsoft.com/v6"
OLD, NEW = b"\xef\xbb\xbf<configuration />\r\n", b"<configuration>\n  <runtime/>\n</configuration>\n"
# name: (created, changed to); types change too.
DATA: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "text": (value("REG_SZ", "ü 'x' \"y\" <&>\r\nz\u2028"), value("REG_DWORD", 0)),
    "expand": (value("REG_EXPAND_SZ", r"%SystemRoot%\x"), value("REG_SZ", r"%SystemRoot%\x")),
    "dword": (value("REG_DWORD", 0xFFFFFFFF), value("REG_DWORD", 0x7FFFFFFF)),
    "qword": (value("REG_QWORD", 2**64 - 1), value("REG_QWORD", 0)),
    "none_of_many": (value("REG_MULTI_SZ", []), value("REG_MULTI_SZ", ["a", "b c"])),
    "many": (value("REG_MULTI_SZ", ["a", "ü", "c"]), value("REG_MULTI_SZ", ["c"])),
    "binary": (value("REG_BINARY", "00ff10"), value("REG_BINARY", "")),
    "untyped": (value("REG_NONE", "0102"), value("REG_BINARY", "0102")),
    "": (value("REG_SZ", "of the key"), value("REG_SZ", "")),
}
DUMP = r"""
$key = [Microsoft.Win32.Registry]::LocalMachine.OpenSubKey('SOFTWARE\Apply\a/b\deep')
$values = [ordered]@{}
if ($null -ne $key) {
    foreach ($name in $key.GetValueNames()) {
        $data = $key.GetValue($name, $null, 'DoNotExpandEnvironmentNames')
        $values["=$name"] = @([string]$key.GetValueKind($name), @($data))
    }
}
$keys = foreach ($path in 'Apply', 'Apply\a/b', 'Apply\a/b\deep') {
    if ($null -ne [Microsoft.Win32.Registry]::LocalMachine.OpenSubKey("SOFTWARE\$path")) { $path }
}
function Test-File { param($Path) [System.IO.File]::Exists($Path) }
$config = [Environment]::SystemDirectory + '\inetsrv\w3wp.exe.config'
$wsus = (Get-WsusServer).GetConfiguration()
$folders = [System.IO.Path]::GetDirectoryName($config), 'C:\apply'
ConvertTo-Json -Compress -Depth 5 -InputObject ([ordered]@{
    values = $values
    keys = @($keys)
    config = $(if (Test-File $config) { [Convert]::ToBase64String([System.IO.File]::ReadAllBytes($config)) })
    attributes = [string]$(if (Test-File C:\apply\old.txt) { [System.IO.File]::GetAttributes('C:\apply\old.txt') })
    left = @(foreach ($folder in $folders) { [System.IO.Directory]::GetFiles($folder, '*') -match 'tmp' })
    url = $wsus.MUUrl
    number = $wsus.RedirectorChangeNumber
})
"""
# KR: reading; DC: setting values.
DENY = r"""
$key = [Microsoft.Win32.Registry]::LocalMachine.CreateSubKey('SOFTWARE\Apply\{0}')
$key.SetValue('x', 1)
$key.Dispose()
$root = [Microsoft.Win32.Registry]::LocalMachine
$key = $root.OpenSubKey('SOFTWARE\Apply\{0}', 'ReadWriteSubTree', 'ChangePermissions,ReadKey')
$acl = $key.GetAccessControl()
$acl.SetSecurityDescriptorSddlForm('D:P(D;OICI;{1};;;WD)(A;OICI;KA;;;WD)', 'Access')
$key.SetAccessControl($acl)
"""
# Holds what other processes hold, until C:\apply\release is there.
HOLD = r"""
$exclusive = [System.IO.FileStream]::new('C:\apply\locked.txt', 'Open', 'Read', 'None')
$shared = [System.IO.FileStream]::new('C:\apply\shared.txt', 'Open', 'Read', 'Read')
[System.IO.File]::WriteAllText('C:\apply\held', '')
for ($i = 0; $i -lt 6000 -and -not [System.IO.File]::Exists('C:\apply\release'); $i++) { Start-Sleep -Milliseconds 100 }
"""


def kinds() -> Story:
    """Every kind of operation: made, found to be there, changed, refused, forced, removed."""
    story = Story("kinds")
    create = [registry(f"r.{n}", KEY, name, ABSENT, made) for n, (name, (made, _then)) in enumerate(DATA.items())]
    create += [
        file("f.1", CONFIG, ABSENT, content(OLD)),
        wsus("w.1", {"MUUrl": FE2, "RedirectorChangeNumber": 0}, {"MUUrl": SWS, "RedirectorChangeNumber": 4002}),
    ]
    story.apply("create", create, journal={"notes": {"r.0": {"z": [1, {"x": None}], "a": "ü"}}})
    story.script("created", DUMP)
    story.module(
        "stat", {"path": r"HKLM:\SOFTWARE\Apply\there", "name": "count"}, module="ansible.windows.win_reg_stat"
    )
    story.apply("again", create)
    change = [registry(f"r.{n}", KEY, name, made, then) for n, (name, (made, then)) in enumerate(DATA.items())]
    change += [
        file("f.1", CONFIG, digest(OLD), content(NEW)),
        file("f.2", r"C:\apply\old.txt", digest(b"old"), content(b"")),
        wsus("w.1", {"RedirectorChangeNumber": 4002}, {"RedirectorChangeNumber": 2**33}),
        wsus("w.2", {"MUUrl": SWS}, {"MUUrl": FE2}),
    ]
    story.apply("change", change)
    story.script("changed", DUMP)
    refused = [
        registry("already", THERE, "count", value("REG_DWORD", 9), value("REG_DWORD", 1)),
        registry("would", THERE, "count", value("REG_DWORD", 1), value("REG_DWORD", 2)),
        registry("other_data", THERE, "count", value("REG_DWORD", 5), value("REG_DWORD", 2)),
        registry("other_type", THERE, "count", value("REG_QWORD", 1), value("REG_DWORD", 2)),
        registry("other_case", THERE, "word", value("REG_SZ", "word"), value("REG_SZ", "words")),
        registry("gone", THERE, "missing", value("REG_SZ", "x"), value("REG_SZ", "y")),
        file("other_file", r"C:\apply\old.txt", digest(b"else"), content(b"new")),
        file("folder", r"C:\apply\folder", ABSENT, content(b"new")),
        file("linked", r"C:\apply\linked", ABSENT, content(b"new")),
        file("read_only", r"C:\apply\readonly.txt", digest(b"read-only"), content(b"new")),
        file("no_folder", r"C:\apply\missing\new.txt", ABSENT, content(b"new")),
        file("big", r"C:\apply\big.txt", digest(b"x"), content(b"new")),
        wsus("other_url", {"MUUrl": "https://example.com"}, {"MUUrl": SWS}),
    ]
    story.apply("refused", refused)
    story.apply("refused_in_check", refused, check=True)
    forced = [
        registry("r.1", THERE, "count", value("REG_SZ", "x"), value("REG_DWORD", 7)),
        file("f.1", r"C:\apply\forced.txt", ABSENT, content(b"forced")),
    ]
    story.apply(
        "forced",
        forced,
        force=["r.1", "f.1"],
        journal={"purpose": "rollback", "rolls_back": "20261124T000000000Z-00000000"},
    )
    keys = [KEY, r"HKLM\SOFTWARE\Apply\a/b", r"HKLM\SOFTWARE\Apply", r"HKLM\SOFTWARE\Apply\missing"]
    remove = [
        registry(f"r.{n}", KEY, name, then, ABSENT, remove_keys=keys)
        for n, (name, (_made, then)) in enumerate(DATA.items())
    ]
    story.apply("remove", [*remove, file("f.1", CONFIG, digest(NEW), ABSENT)])
    story.script("removed", DUMP)
    story.module("sync_fails", {"action": "synchronize", "start": True, "wait_seconds": 30})
    story.module("journals", {"action": "read_journal"})
    story.module("facts", {"gather_subset": ["journal"]}, module="wsus.compliance.wsus_facts")
    return story


def failing() -> Story:
    """What can't be read or written."""
    story = Story("failing")
    story.script("deny", DENY.format("unreadable", "KR") + DENY.format("unwritable", "DC"))
    one = value("REG_DWORD", 1)
    two = value("REG_DWORD", 2)
    story.apply(
        "unreadable",
        [registry("r.1", THERE, "count", one, two), registry("r.2", r"HKLM\SOFTWARE\Apply\unreadable", "x", one, two)],
    )
    story.apply(
        "unwritable",
        [
            registry("r.0", THERE, "word", ABSENT, value("REG_SZ", "Word")),
            registry("r.1", THERE, "count", one, two),
            registry("r.2", r"HKLM\SOFTWARE\Apply\unwritable", "x", one, two),
            registry("r.3", THERE, "never", ABSENT, one),
        ],
    )
    story.apply("locked", [file("f.1", r"C:\apply\locked.txt", digest(b"locked"), content(b"new"))])
    story.apply("shared", [file("f.1", r"C:\apply\shared.txt", digest(b"shared"), content(b"new"))])
    story.apply("shared_removed", [file("f.1", r"C:\apply\shared.txt", digest(b"shared"), ABSENT)])
    other = {"machine_name": "WSUS01", "machine_guid": "00000000-0000-0000-0000-000000000000"}
    story.apply("other_host", [registry("r.1", THERE, "count", two, one)], expect_host=other)
    story.apply("malformed", [registry("r.1", r"HKCU\x", "count", two, one)])
    story.apply("twice", [registry("r.1", THERE, "count", two, one)] * 2)
    story.apply("no_id", [registry("r.1", THERE, "count", two, one)], journal={"id": r"..\x"})
    for name, options in {
        "no_guid": {"action": "import", "update_id": "x"},
        "long_wait": {"action": "synchronize", "wait_seconds": 61},
    }.items():
        story.module(name, options)
    story.module("import_fails", {"action": "import", "update_id": "5b1e0000-0000-4000-8000-000000000001"})
    return story


def folder(hosts: Hosts) -> Story:
    """The folder of the journals: in the way, of someone else, open to all, fit."""
    story = Story("folder")
    outer = hosts.drive("folder") / "ProgramData" / "wsus.compliance"
    inner = str(outer / "journal")
    step = [registry("r.1", THERE, "count", value("REG_DWORD", 1), value("REG_DWORD", 2))]
    facts = {"arguments": {"gather_subset": ["journal"]}, "module": "wsus.compliance.wsus_facts"}
    story.module("nothing", **facts)
    story.local("file", f"mkdir {outer}; touch {inner}")
    story.apply("in_the_way", step)
    story.module("in_the_way_facts", **facts)
    story.module("in_the_way_listed", {"action": "read_journal"})
    story.local("given", f"rm {inner}; mkdir {inner}; chown 65534 {inner}")
    story.apply("of_another", step)
    story.module("of_another_facts", **facts)
    story.module("of_another_listed", {"action": "read_journal"})
    story.local("outer_given", f"chown 0 {inner}; chown 65534 {outer}")
    story.apply("outer_of_another", step)
    # Wine takes a folder of another file system for a reparse point.
    story.local("led_elsewhere", f"chown 0 {outer}; rmdir {inner}; ln -s /dev/shm {inner}")
    story.apply("elsewhere", step)
    story.module("elsewhere_facts", **facts)
    story.local("led_back", f"rm {inner}; mkdir {inner}")
    taken = "20261125T000000000Z-ffffffff"
    planted = f"{inner}/{taken}.journal"
    story.local("planted", f"chmod 777 {outer} {inner}; touch {planted}; chown 65534 {planted}")
    story.apply("id_taken", step, journal={"id": taken})
    story.module("planted_read", {"action": "read_journal", "journal_id": taken})
    story.local("lock", f"rm {inner}/lock; mkdir {inner}/lock")
    story.apply("no_lock", step)
    story.local("no_lock_left", f"rmdir {inner}/lock")
    story.apply("fit", step)
    story.module("fit_facts", **facts)
    story.module("missing", {"action": "read_journal", "journal_id": "20261125T000000000Z-eeeeeeee"})
    story.module("no_id", {"action": "read_journal", "journal_id": r"..\x"})
    return story


STARTS = r"""
foreach ($name in 'w3wp', 'WsusService') {
    [string][Microsoft.Win32.Registry]::LocalMachine.OpenSubKey("SOFTWARE\WinLab\Effective\$name").GetValue('StartTime')
}
"""
SET_WSUS = r"""
$text = [System.IO.File]::ReadAllText('C:\winlab\wsus.json') -replace '"syncSeconds": *[0-9.]+', '"syncSeconds": {0}'
[System.IO.File]::WriteAllText('C:\winlab\wsus.json', $text)
"""


def services() -> Story:
    """Restarts, synchronizations, imports."""
    story = Story("services")
    noted = "20261125T000000000Z-aaaaaaaa"
    change = [registry("r.1", THERE, "count", value("REG_DWORD", 1), value("REG_DWORD", 2))]
    story.apply("predicted", change, check=True, read_after=True)
    story.apply("change", change, journal={"id": noted}, read_after=True)
    story.module("facts", {}, module="wsus.compliance.wsus_facts")
    story.apply("unchanged", change, read_after=True)
    story.module(
        "restart", {"action": "restart", "restarts": ["iisreset", "WsusService", "reboot_note"], "journals": [noted]}
    )
    story.script("after", STARTS)
    story.module("noted", {"action": "read_journal", "journal_id": noted})
    story.module(
        "not_noted",
        {"action": "restart", "restarts": ["reboot_note"], "journals": ["20261125T000000000Z-bbbbbbbb", "x", noted]},
    )
    story.module("import", {"action": "import", "update_id": "5b1e0000-0000-4000-8000-000000000001"})
    story.module("sync", {"action": "synchronize", "start": True, "wait_seconds": 30})
    story.module("sync_since", {"action": "synchronize", "log_offset": 2**31 - 1})
    story.script("slow", SET_WSUS.format(600))
    story.module("starts", {"action": "synchronize", "start": True, "category_only": True, "log_offset": 10})
    story.module("runs", {"action": "synchronize", "start": True, "wait_seconds": 1})
    story.script("cancel", "(Get-WsusServer).GetSubscription().StopSynchronization()")
    story.module(
        "canceled", {"action": "synchronize", "wait_seconds": 2, "previous_id": "00000000-0000-0000-0000-000000000000"}
    )
    story.script("stop", "Stop-Service -Name WsusService -Force")
    story.module("not_running", {"action": "restart", "restarts": ["WsusService"], "journals": [noted]})
    story.module("sync_stopped", {"action": "synchronize", "start": True, "wait_seconds": 1})
    story.apply("wsus_stopped", [wsus("w.1", {"MUUrl": SWS}, {"MUUrl": FE2})])
    story.script("no_iisreset", r"Move-Item -Path C:\windows\system32\iisreset.exe -Destination C:\kept.exe")
    story.module("fails", {"action": "restart", "restarts": ["iisreset", "WsusService"], "journals": [noted]})
    story.module("noted_at_last", {"action": "read_journal", "journal_id": noted})
    return story


def norole() -> Story:
    """A host that is no WSUS server."""
    story = Story("norole")
    story.apply("wsus", [wsus("w.1", {"MUUrl": SWS}, {"MUUrl": FE2})])
    story.module("sync", {"action": "synchronize"})
    story.module("import", {"action": "import", "update_id": "5b1e0000-0000-4000-8000-000000000001"})
    story.module("restart", {"action": "restart", "restarts": ["WsusService"]})
    story.module("restart_in_check", {"action": "restart", "restarts": ["iisreset"]}, check=True)
    story.apply("in_check", [registry("r.1", THERE, "count", value("REG_DWORD", 1), ABSENT)], check=True)
    return story


COPY = r"C:\ProgramData\wsus.compliance\package\windows8.1-kb1-x64.cab"
CABINET = b"no cabinet"


def package(hosts: Hosts) -> Story:
    """A package whose copy is not there, then one that DISM can't install: the lab has no DISM."""
    story = Story("package")
    step = {
        **{"id": "m.1", "kind": "package", "path": COPY, "name": COPY.rpartition("\\")[2], "kb": "KB1"},
        **{"build": 9600, "number": 1, "size": len(CABINET), "sha256": digest(CABINET)["sha256"]},
        **{"before": {"installed": False}, "after": {"installed": True}},
    }
    story.module("bad_name", {"action": "stage_package", "package_name": "a b.exe", "package_size": 1})
    story.apply("no_copy", [step])
    story.module("stage", {"action": "stage_package", "package_name": step["name"], "package_size": len(CABINET)})
    place = hosts.drive("package") / "ProgramData" / "wsus.compliance" / "package"
    story.local("copy", f"printf %s '{CABINET.decode()}' > '{place}/{step['name']}'")
    story.apply("predicted", [step], check=True)
    story.apply("no_dism", [step])
    story.local("left", f"ls '{place}'")
    return story


def _files(drive: Path) -> None:
    place = drive / "apply"
    (place / "folder").mkdir(parents=True)
    (place / "linked").symlink_to("/dev/shm")
    for name in ("locked", "shared"):
        (place / f"{name}.txt").write_text(name)
    (place / "old.txt").write_text("old")
    (place / "forced.txt").write_text("whatever")
    (place / "big.txt").write_bytes(bytes(2**20 + 1))
    (place / "readonly.txt").write_text("read-only")
    (place / "readonly.txt").chmod(0o444)


PREPARE = r"""
$key = [Microsoft.Win32.Registry]::LocalMachine.CreateSubKey('SOFTWARE\Apply\there')
$key.SetValue('count', 1)
$key.SetValue('word', 'Word')
$old = 'C:\apply\old.txt'
if ([System.IO.File]::Exists($old)) { [System.IO.File]::SetAttributes($old, 'System, Archive') }
"""


@contextlib.contextmanager
def hosts_to_change(prepare: Callable[[Hosts], None] = lambda hosts: None) -> Iterator[Hosts]:
    """The hosts of the stories, running; ``prepare`` gets them when they are made."""
    hosts = Hosts(CELLS, collapse=True)
    holder = None
    try:
        hosts.make()
        prepare(hosts)
        for name in ("kinds", "failing"):
            _files(hosts.drive(name))
        hosts.start()
        for name in CELLS:
            hosts.powershell(name, PREPARE)
        hosts.lab.hosts["failing"].faults.kill_after_ms = 0
        holder = threading.Thread(target=hosts.powershell, args=("failing", HOLD))
        holder.start()
        end = time.monotonic() + 60
        while not (hosts.drive("failing") / "apply" / "held").exists() and time.monotonic() < end:
            time.sleep(0.1)
        yield hosts
    finally:
        if holder is not None:
            (hosts.drive("failing") / "apply" / "release").write_text("")
            holder.join(60)
        hosts.close()


def stories(hosts: Hosts) -> list[Story]:
    return [services(), kinds(), folder(hosts), failing(), norole(), package(hosts)]


def left_behind(hosts: Hosts) -> list[str]:
    """Temporary files of a write that failed or went well, read from outside of the hosts."""
    drives = [hosts.drive(name) for name in CELLS]
    places = [drive / below for drive in drives for below in ("apply", "windows/system32/inetsrv")]
    return [path.name for place in places if place.is_dir() for path in place.iterdir() if ".tmp" in path.name]
