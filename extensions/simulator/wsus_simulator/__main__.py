# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Command line: python3 -m wsus_simulator [--host NAME=FILE]... [--hosts DIR] [-- command ...]."""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

from .scenario import HOSTS_FOLDER, ScenarioError
from .simulator import Simulator, hosts_of_folder


def main(arguments: list[str] | None = None) -> int:
    """Run the simulator; the exit status is the command's, 2 for a mistake in the call or a scenario."""
    options = _parser().parse_args(arguments)
    try:
        return _serve(options)
    except ScenarioError as error:
        print(f"wsus_simulator: {error}", file=sys.stderr)
    except OSError as error:
        print(f"wsus_simulator: {error.filename or '127.0.0.1'}: {error.strerror}", file=sys.stderr)
    return 2


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="wsus_simulator", description="Simulated Windows hosts with WSUS behind one WinRM listener on 127.0.0.1."
    )
    add = parser.add_argument
    add(
        "--host",
        action="append",
        default=[],
        type=_host,
        metavar="NAME=FILE",
        help="a host and its scenario; repeatable",
    )
    add("--hosts", type=Path, metavar="DIR", help="each *.yml is a host, unless it says base: true (default: the demo)")
    add(
        "--inventory", type=Path, metavar="FILE", help="write the Ansible inventory here (mode 0600, with the password)"
    )
    add("--port", type=int, default=0, help="port on 127.0.0.1 (default: a free one)")
    add("--user", default="simulator", help="user that clients must give (default: %(default)s)")
    add("--password", help="password that clients must give (default: a new one each run)")
    add("--state-log", type=Path, metavar="FILE", help="at the end, write here what each host was asked, as JSON")
    add("command", nargs="*", help="after --: run this with ANSIBLE_INVENTORY set, and end with its exit status")
    return parser


def _host(text: str) -> tuple[str, Path]:
    name, found, path = text.partition("=")
    if not name or not found or not path:
        raise argparse.ArgumentTypeError(f"{text!r}: NAME=FILE expected")
    return name, Path(path)


def _serve(options: argparse.Namespace) -> int:
    hosts: dict[str, Path] = {}
    folder = options.hosts or (None if options.host else HOSTS_FOLDER)
    if folder:
        hosts.update(hosts_of_folder(folder))
    for name, path in options.host:
        if name in hosts:
            raise ScenarioError(f"host {name!r}: is there twice")
        hosts[name] = path
    if not hosts:
        raise ScenarioError(f"{folder}: has no host file (*.yml without base: true)")
    done = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: done.set())
    status = 0
    with (
        tempfile.TemporaryDirectory(prefix="wsus_simulator-") as scratch,
        Simulator(hosts, user=options.user, password=options.password, port=options.port) as simulator,
    ):
        inventory = simulator.write_inventory(options.inventory or Path(scratch) / "inventory.yml").resolve()
        if options.command:
            status = _run(options.command, inventory, done)
        else:
            print(
                f"{len(hosts)} hosts on 127.0.0.1:{simulator.port}, inventory {inventory}; Ctrl-C ends it", flush=True
            )
            done.wait()
        counters = simulator.counters()
    if options.state_log:
        options.state_log.write_text(json.dumps({"hosts": counters}, indent=1) + "\n", "utf-8")
    return status


def _run(command: list[str], inventory: Path, done: threading.Event) -> int:
    with subprocess.Popen(command, env={**os.environ, "ANSIBLE_INVENTORY": str(inventory)}) as child:
        while child.poll() is None and not done.wait(0.05):
            pass
        if child.poll() is None:
            child.terminate()
        status = child.wait()
    return status if status >= 0 else 128 - status


if __name__ == "__main__":
    sys.exit(main())
