# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Method 2 on hosts of the lab whose w3wp.exe.config is there already: merged into, or left byte by byte as it is.

What the file is before, between and after is read from outside of the hosts.
"""

from __future__ import annotations

import subprocess
import threading
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from lab.test_apply_ends import wait_for
from support import lab
from support.lab import Cell, Hosts
from support.lab_enforced import Way

pytestmark = pytest.mark.skipif(bool(lab.hindrance()), reason=lab.hindrance())

BELOW = "windows/system32/inetsrv/w3wp.exe.config"
SWITCH = "Switch.System.Net.DontEnableSystemDefaultTlsVersions"
OTHER = "Switch.System.IO.UseLegacyPathHandling=false"
ISSUE = Cell("2022", "issue1")
PLAIN = b'<?xml version="1.0"?>\r\n<configuration />\r\n'
# Byte order mark, comments, a declaration in single quotes, tabs, Unix line ends, two elements that .NET reads.
SEVERAL = f"""\ufeff<?xml version='1.0' encoding='utf-8'?>
<!-- <runtime> of operations -->
<configuration>
\t<configSections><section name='own' type='System.Configuration.NameValueSectionHandler'/></configSections>
\t<runtime>
\t\t<gcServer enabled='true'/>
\t\t<AppContextSwitchOverrides value='{OTHER}'/>
\t</runtime>
\t<own><add key='\u00fc' value='&lt;x&gt;'/></own>
\t<runtime>
\t\t<!-- <AppContextSwitchOverrides value="{SWITCH}=true"/> -->
\t\t<AppContextSwitchOverrides value='{SWITCH}=true;{OTHER}' />
\t</runtime>
</configuration>
""".encode()
DTD = b'<!DOCTYPE configuration [<!ENTITY e "x">]>\r\n<configuration>&e;</configuration>\r\n'
MALFORMED = b"<configuration>\r\n  <runtime>\r\n</configuration>\r\n"
HOLD = r"""
$path = [Environment]::SystemDirectory + '\inetsrv\w3wp.exe.config'
$held = [System.IO.FileStream]::new($path, 'Open', 'Read', '{share}')
[System.IO.File]::WriteAllText('C:\held', '')
for ($i = 0; $i -lt 9000 -and -not [System.IO.File]::Exists('C:\release'); $i++) {{ Start-Sleep -Milliseconds 100 }}
$held.Dispose()
"""


@dataclass(frozen=True)
class Case:
    """The file that is there, and of one that is left as it is: what is said."""

    content: bytes | None
    said: str = ""
    cell: Cell = ISSUE
    # Whether check mode finds it out.
    foreseen: bool = True


CASES = {
    "merged": Case(None, cell=Cell("2019", "issue1-w3wp")),
    "several": Case(SEVERAL),
    "plain": Case(PLAIN, cell=Cell("2016", "issue1")),
    "malformed": Case(MALFORMED, "well-formed"),
    "dtd": Case(DTD, "document type"),
    "folder": Case(None, "folder"),
    "read_only": Case(PLAIN, "read-only"),
    "locked": Case(PLAIN, "another process"),
    "shared": Case(PLAIN, "write_failed", foreseen=False),
    "denied": Case(PLAIN, "denied", foreseen=False),
}
MERGED = [name for name, case in CASES.items() if not case.said]
KEPT = [name for name, case in CASES.items() if case.said]


def immutable(path: Path, yes: bool) -> None:
    """What not even root may write: Wine says access denied. An ordinary user is denied by the mode of the folder."""
    subprocess.run(["chattr", "+i" if yes else "-i", str(path)], check=True, capture_output=True)


@dataclass
class Told:
    way: Way
    # By run and host: the file's content after it.
    content: dict[str, dict[str, bytes | None]]
    start: dict[str, bytes | None]
    denied: str = ""


def contents(hosts: Hosts) -> dict[str, bytes | None]:
    paths = {name: hosts.drive(name) / BELOW for name in hosts.prefixes}
    return {name: path.read_bytes() if path.is_file() else None for name, path in paths.items()}


def prepare(hosts: Hosts) -> str:
    """Puts the files where they are to be; says why a file can't be made that is denied."""
    for name, case in CASES.items():
        path = hosts.drive(name) / BELOW
        if case.content is not None:
            path.write_bytes(case.content)
    (hosts.drive("folder") / BELOW).mkdir()
    (hosts.drive("read_only") / BELOW).chmod(0o444)
    try:
        immutable(hosts.drive("denied") / BELOW, True)
    except (OSError, subprocess.CalledProcessError) as problem:
        return f"chattr +i: {problem}"
    return ""


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Told]:
    folder = tmp_path_factory.mktemp("config")
    log = folder / "commands.log"
    log.touch()
    # Two of the commands that run at a time hold a file.
    hosts = Hosts({name: case.cell for name, case in CASES.items()}, collapse=True, log=str(log), slots=4)
    holders: list[threading.Thread] = []
    try:
        hosts.make()
        denied = prepare(hosts)
        hosts.start()
        told = Told(Way(hosts, {}, folder, log), {}, contents(hosts), denied)
        for name, share in (("locked", "None"), ("shared", "Read")):
            hosts.lab.hosts[name].faults.kill_after_ms = 0
            holders.append(threading.Thread(target=hosts.powershell, args=(name, HOLD.format(share=share))))
            holders[-1].start()
        for name in ("locked", "shared"):
            wait_for((hosts.drive(name) / "held").exists)
        asked: dict[str, Any] = {"enforce_apply": ["w3wp_config"], "enforce_restart_ok": True}
        for name, *arguments in (("predicted", "--check", "--diff"), ("done", "--diff"), ("again",)):
            told.way.run(name, "wsus.compliance.enforce", *arguments, **asked)
            told.content[name] = contents(hosts)
        told.way.read_back("done", MERGED)
        told.way.run("back", "wsus.compliance.rollback", rollback_restart_ok=True)
        told.content["back"] = contents(hosts)
        yield told
    finally:
        for name in hosts.prefixes:
            (hosts.drive(name) / "release").write_text("")
        for holder in holders:
            holder.join(60)
        with suppress(OSError, subprocess.CalledProcessError):
            immutable(hosts.drive("denied") / BELOW, False)
        hosts.close()


def switches(content: bytes) -> list[str]:
    found = ET.fromstring(content).iter("AppContextSwitchOverrides")
    return [element.attrib["value"] for element in found]


def skip_if_not_denied(told: Told, name: str) -> None:
    if name == "denied" and told.denied:
        pytest.skip(told.denied)


@pytest.mark.parametrize("name", MERGED)
def test_check_mode_predicts_the_file(told, name):
    predicted, done = (told.way.left[run][name]["enforce_result"] for run in ("predicted", "done"))
    assert told.content["predicted"][name] == told.start[name]
    for member in ("plan", "applied", "refused", "unresolved", "restarts", "diff", "changed"):
        assert predicted[member] == done[member], member


def test_the_switch_is_merged_into_what_is_there(told):
    before, after = told.start["merged"], told.content["done"]["merged"]
    assert before is not None and after is not None
    # The one line is longer, all else is as it was.
    assert after == before.replace(OTHER.encode(), f"{OTHER};{SWITCH}=false".encode())
    assert switches(after) == [f"{OTHER};{SWITCH}=false"]


def test_every_element_gets_it_and_all_else_stays(told):
    after = told.content["done"]["several"]
    assert after is not None
    assert switches(after) == [f"{OTHER};{SWITCH}=false", f"{SWITCH}=false;{OTHER}"]
    wanted = SEVERAL.replace(f"value='{OTHER}'/>".encode(), f"value='{OTHER};{SWITCH}=false'/>".encode())
    assert after == wanted.replace(f"'{SWITCH}=true".encode(), f"'{SWITCH}=false".encode())


def test_an_empty_configuration_gets_it(told):
    after = told.content["done"]["plain"]
    assert after is not None and switches(after) == [f"{SWITCH}=false"]
    assert [element.tag for element in ET.fromstring(after)] == ["runtime"]
    assert b"\n" not in after.replace(b"\r\n", b"")


@pytest.mark.parametrize("name", MERGED)
def test_it_is_effective_compliant_and_stays(told, name):
    found = told.way.found["done"][name]
    assert (found["sync"], found["import"]) == ("ok", "ok") and found["native_v4"] == {}
    assert told.way.left["done"][name]["audit_result"]["outcome"] == "compliant"
    assert told.way.left["again"][name]["enforce_result"]["changed"] is False and told.way.commands["again"][name] == 1
    assert told.content["again"][name] == told.content["done"][name]


@pytest.mark.parametrize("name", MERGED)
def test_it_comes_back_byte_by_byte(told, name):
    assert told.content["back"][name] == told.start[name]
    # Which of several elements .NET reads can't be told.
    outcome = "undetermined" if name == "several" else "noncompliant"
    assert told.way.left["back"][name]["audit_result"]["outcome"] == outcome


@pytest.mark.parametrize("name", KEPT)
@pytest.mark.parametrize("run", ["predicted", "done", "again"])
def test_what_must_not_or_can_not_be_written_is_said(told, name, run):
    skip_if_not_denied(told, name)
    result = told.way.left[run][name]["enforce_result"]
    if run == "predicted" and not CASES[name].foreseen:
        assert (result["failed"], result["changed"]) == (False, True)
        return
    assert result["failed"] is True and result["applied"] == []
    assert CASES[name].said in result["msg"], result["msg"]
    assert told.way.runs[run].recap[name]["failed"] == 1 and "Traceback" not in told.way.runs[run].output


@pytest.mark.parametrize("name", KEPT)
def test_what_is_not_written_is_byte_by_byte_as_it_was(told, name):
    skip_if_not_denied(told, name)
    for run in told.content:
        assert told.content[run][name] == told.start[name], run
    folder = told.way.hosts.drive(name) / Path(BELOW).parent
    assert [path.name for path in folder.iterdir() if ".tmp" in path.name] == []
    assert (folder / "w3wp.exe.config").is_dir() is (name == "folder")
