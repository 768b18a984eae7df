# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Look at a host and change it by hand while it runs: python3 -m wsus_simulator.control INVENTORY NAME WHAT [FILE].

WHAT is state (the whole host), asked (what it was asked, with its writes), or change (a scenario in FILE is merged over
what the host is now; - is standard input). The same by HTTP, with the user and the password of the inventory:
GET /NAME/state, GET /NAME/asked, POST /NAME/change with the scenario as JSON.
"""

from __future__ import annotations

import argparse
import base64
import json
import sys
import urllib.error
import urllib.request
from collections.abc import Sequence
from dataclasses import replace
from http import HTTPStatus
from pathlib import Path
from typing import Any

import yaml

from .build import build_state
from .host import Host
from .picture import as_scenario, picture
from .scenario import Scenario, ScenarioError, check_scenario, merge, read_text

READ = ("state", "asked")
_NOT_HERE = ("extends", "base", "about", "installed")
# Sections that a change replaces as a whole, and the members of the state that they are: else they stay as they are.
_WHOLE = {"policy": "policy", "connection": "fault", "output": "output"}
_IN_REGISTRY = ("start", "objectname", "delayedautostart")


def change(host: Host, patch: Scenario) -> None:
    """Merge `patch` over what the host is now. Keys and files that it names, and gives no time, were written now."""
    check_scenario(patch, "change")
    wrong = [name for name in _NOT_HERE if name in patch]
    if wrong:
        raise ScenarioError(f"change: {wrong[0]}: has no meaning here")
    machine = host.machine
    with machine.lock:
        old, now = machine.state, machine.clock()
        whole = as_scenario(old)
        _forget_services_keys(whole, patch)
        merged = merge(whole, _timed(patch))
        merged.update({name: patch[name] for name in _WHOLE if patch.get(name) is not None})
        new = build_state(merged, now, "change")
        kept = {member: getattr(old, member) for name, member in _WHOLE.items() if name not in patch}
        machine.put(replace(new, about=old.about, **kept))
        if "connection" in patch:
            host.renew_fault(new.fault)


def answer(host: Host, what: str, body: bytes | None) -> tuple[HTTPStatus, bytes]:
    """Status and JSON for a request of this kind."""
    try:
        if what == "state":
            found: Any = picture(host.machine)
        elif what == "asked":
            found = host.counters()
        else:
            change(host, json.loads(body or b""))
            found = {}
    except ScenarioError as error:
        return HTTPStatus.BAD_REQUEST, json.dumps({"error": str(error)}).encode()
    except (ValueError, RecursionError):
        return HTTPStatus.BAD_REQUEST, b'{"error": "not JSON"}'
    return HTTPStatus.OK, json.dumps(found).encode()


def _timed(patch: Scenario) -> Scenario:
    """The patch with its time in keys and files that name none."""
    timed = dict(patch)
    for section in ("registry", "files"):
        bodies = {}
        for path, body in (patch.get(section) or {}).items():
            full = {"text": body} if isinstance(body, str) else body
            bodies[path] = full if full is None or full.get("last_write") else {**full, "last_write": "now"}
        if section in patch:
            timed[section] = bodies
    if patch.get("resists"):
        timed["resists"] = {path.lower(): how for path, how in patch["resists"].items()}
    return timed


def _forget_services_keys(whole: Scenario, patch: Scenario) -> None:
    """What `services` says goes into the registry again, for those that the patch is about."""
    wanted = {f"hklm\\system\\currentcontrolset\\services\\{name}".lower() for name in patch.get("services") or {}}
    for path, key in whole["registry"].items():
        if path.lower() in wanted:
            key["values"] = {name: value for name, value in key["values"].items() if name.lower() not in _IN_REGISTRY}


# -- command line ------------------------------------------------------------------------------------------------------
def main(arguments: Sequence[str] | None = None) -> int:
    """Ask a simulator that runs elsewhere."""
    parser = argparse.ArgumentParser(prog="wsus_simulator.control", description=__doc__)
    parser.add_argument("inventory", type=Path, help="the inventory that the simulator wrote")
    parser.add_argument("name", help="the host")
    parser.add_argument("what", choices=[*READ, "change"])
    parser.add_argument("file", nargs="?", default="-", help="for change: a scenario (YAML); default: standard input")
    options = parser.parse_args(arguments)
    shared = yaml.safe_load(options.inventory.read_text("utf-8"))["all"]["children"]
    values = next(iter(shared.values()))["vars"]
    body = None
    if options.what == "change":
        text = sys.stdin.read() if options.file == "-" else Path(options.file).read_text("utf-8")
        try:
            body = json.dumps(read_text(text, options.file)).encode()
        except ScenarioError as error:
            print(f"wsus_simulator.control: {error}", file=sys.stderr)
            return 2
    url = f"http://127.0.0.1:{int(values['ansible_port'])}/{options.name}/{options.what}"
    token = base64.b64encode(f"{values['ansible_user']}:{values['ansible_password']}".encode()).decode()
    request = urllib.request.Request(url, body, {"Authorization": f"Basic {token}"})
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(request) as reply:
            print(reply.read().decode())
    except urllib.error.HTTPError as error:
        print(f"wsus_simulator.control: {error.code}: {error.read().decode()}", file=sys.stderr)
        return 2
    except OSError as error:
        print(f"wsus_simulator.control: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
