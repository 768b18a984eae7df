# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the program that captures is asked for on hosts of the lab; test_capture.py says what must come of it.

Windows' own programs are not there: stand-ins note their arguments, and hold the trace open as a session would.
"""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Callable, Iterator

from support.lab import Cell, Hosts
from support.story import Story

CAPTURE = "wsus.compliance.wsus_capture"
CELLS = {"netsh": Cell("2012R2", "healthy"), "pktmon": Cell("2022", "healthy")}
FOLDER = r"C:\ProgramData\wsus.compliance\capture"
TRACE = b"this is what the session wrote"
PCAPNG = bytes(range(256)) * 300
# A session: holds the file open until it is told to end.
HOLDER = r"""
$file = [System.IO.File]::ReadAllText('C:\winlab\trace.txt')
$stream = [System.IO.FileStream]::new($file, 'Create', 'Write', 'Read')
$content = [System.Text.Encoding]::ASCII.GetBytes('this is what the session wrote')
$stream.Write($content, 0, $content.Length)
$stream.Flush()
for ($n = 0; $n -lt 2400 -and -not [System.IO.File]::Exists('C:\winlab\end.txt'); $n++) {
    [System.Threading.Thread]::Sleep(50)
}
$stream.Dispose()
[System.IO.File]::Delete('C:\winlab\end.txt')
[System.IO.File]::Delete('C:\winlab\trace.txt')
"""
PROGRAM = r"""
$name = 'NAME'
$line = "$args"
[System.IO.File]::AppendAllText('C:\winlab\told.txt', "$name $line`n")
if ($line -match 'report=disabled') { [Console]::Write('ungueltig'); exit 1 }
if ($line -match 'query PktMon') { exit 1 }
if ($line -match '^(trace )?start') {
    if ([System.IO.File]::Exists('C:\winlab\trace.txt')) { [Console]::Write('laeuft bereits'); exit 1 }
    $file = if ($line -match '(?:traceFile=|--file-name )"?([^" ]+)') { $Matches[1] }
    [System.IO.File]::WriteAllText('C:\winlab\trace.txt', $file)
    $start = [System.Diagnostics.ProcessStartInfo]::new('powershell.exe', '-File C:\winlab\bin\holder.ps1')
    $start.UseShellExecute = $false
    $null = [System.Diagnostics.Process]::Start($start)
    exit 0
}
if ($line -match '^(trace )?stop') {
    [System.IO.File]::WriteAllText('C:\winlab\end.txt', '')
    for ($n = 0; $n -lt 400 -and [System.IO.File]::Exists('C:\winlab\trace.txt'); $n++) {
        [System.Threading.Thread]::Sleep(50)
    }
    exit 0
}
if ($line -match '^etl2pcap .* --out "?([^" ]+)') { [System.IO.File]::Copy('C:\winlab\pcapng', $Matches[1]) }
exit 0
"""


def story(host: str) -> Story:
    told = Story(host)

    def ask(name: str, action: str, check: bool = False, **more: object) -> None:
        told.module(name, {"action": action, **more}, module=CAPTURE, check=check)

    ask("nothing", "status")
    ask("remove_nothing", "remove")
    ask("stop_nothing", "stop")
    ask("convert_nothing", "convert")
    ask("would_start", "start", check=True, ports=[443, 8080])
    told.script("untouched", rf"[System.IO.Directory]::Exists('{FOLDER}')")
    ask("start", "start", max_size=64, ports=[443, 8080])
    ask("start_again", "start")
    ask("convert_running", "convert")
    ask("would_stop", "stop", check=True)
    ask("would_remove", "remove", check=True)
    ask("status", "status")
    ask("stop", "stop")
    ask("stop_again", "stop")
    ask("start_over", "start")
    ask("would_convert", "convert", check=True)
    ask("convert", "convert")
    ask("part", "read_file", offset=1000, length=500)
    ask("end", "read_file", offset=76_700, length=500)
    ask("remove", "remove")
    told.script("removed", rf"[System.IO.Directory]::Exists('{FOLDER}')")
    ask("start_2", "start")
    told.script("kill", r"[System.IO.File]::WriteAllText('C:\winlab\end.txt', ''); Start-Sleep 2")
    ask("ended", "stop")
    # somebody else's, of which our state tells nothing
    told.script("other", r"[System.IO.File]::WriteAllText('C:\winlab\trace.txt', 'C:\other.etl')")
    ask("remove_2", "remove")
    ask("start_3", "start", tool="netsh")
    told.script("left", rf"[System.IO.Directory]::Exists('{FOLDER}')")
    ask("no_ports", "start", ports=[])
    ask("no_port", "start", ports=[0])
    ask("no_size", "start", max_size=1)
    ask("no_length", "read_file", length=0)
    told.script("told", r"[System.IO.File]::ReadAllText('C:\winlab\told.txt')")
    return told


def stories(_hosts: Hosts) -> list[Story]:
    return [story(host) for host in CELLS]


@contextlib.contextmanager
def hosts_to_capture(prepare: Callable[[Hosts], None] = lambda hosts: None) -> Iterator[Hosts]:
    """The hosts of the stories, running; ``prepare`` gets them when they are made."""
    hosts = Hosts(CELLS)
    try:
        hosts.make()
        prepare(hosts)
        for host in CELLS:
            drive = hosts.drive(host)
            stub = drive / "windows" / "system32" / "netsh.exe"
            for name in ("netsh", "logman", *(("pktmon",) if host == "pktmon" else ())):
                if name != "netsh":
                    shutil.copyfile(stub, stub.with_name(f"{name}.exe"))
                target = drive / "winlab" / "bin" / f"{name}.ps1"
                target.unlink(missing_ok=True)  # it may be a link to the lab's own
                target.write_text(PROGRAM.replace("NAME", name))
            (drive / "winlab" / "bin" / "holder.ps1").write_text(HOLDER)
            (drive / "winlab" / "pcapng").write_bytes(PCAPNG)
        yield hosts.start()
    finally:
        hosts.close()
