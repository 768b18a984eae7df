# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Hosts that answer with anything but an answer, over real WinRM: what gets through, and what it costs."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from support.screen import raw_characters
from support.simulated import Fleet, validate

from wsus_simulator import Simulator

SCREEN = "\x1b[31mred\x1b]0;title\x07\x9b2J\u202e\u2066\u200f\u2028"
CODE = "{{ lookup('ansible.builtin.pipe', 'touch pwned') }}{% for x in ['lo', 'op'] * 2 %}{{ x }}{% endfor %}"
EVIL = SCREEN + CODE
START = '{"changed": false, "contract": 1, "collected_at": "2026-11-24T02:31:04.353Z", "raw": {'

INTERNALS: dict[str, Any] = {
    "ansible_facts": {"wsus": {"evil": EVIL}, "ansible_connection": "local", "discovered_interpreter_python": EVIL},
    "__ansible_unsafe": EVIL,
    "__ansible_vault": EVIL,
    "__ansible_type": "TaggedStr",
    "_ansible_no_log": False,
    "_ansible_verbose_always": True,
    "_ansible_delegated_vars": {"a": EVIL},
    "_ansible_item_label": EVIL,
    "invocation": {EVIL: EVIL},
    "exception": EVIL,
    "warnings": [EVIL],
    "deprecations": [{"msg": EVIL, "version": "9"}, {"msg": EVIL, "date": EVIL}],
    "diff": {"before": EVIL, "after": EVIL, "prepared": EVIL},
    "add_host": {"host_name": "invented"},
    "add_group": EVIL,
    "ansible_stats": {"data": {"evil": EVIL}, "aggregate": False, "per_host": False},
    "results": [{"msg": EVIL}],
    "skip_reason": EVIL,
    "stdout": EVIL,
    "stdout_lines": [EVIL],
    EVIL: EVIL,
}

# Host -> (what it prints, the error code; None: it is an answer, though perhaps an odd one).
ODD: dict[str, tuple[dict[str, Any], str | None]] = {
    # no JSON
    "text": ({"text": f"no JSON {EVIL}\n"}, "malformed_answer"),
    "empty": ({"text": "", "stderr": EVIL, "exit_code": 1}, "module_failed"),
    "noise": ({"text": f"{EVIL}\n", "stderr": EVIL, "exit_code": 1}, "malformed_answer"),
    "zeros": ({"text": "\0\0\0"}, "malformed_answer"),
    "no-utf8": ({"base64": "/v79" * 10}, "malformed_answer"),
    "half": ({"text": START}, "malformed_answer"),
    # other JSON
    "list": ({"text": "[1, 2]"}, "malformed_answer"),
    "number": ({"text": "7"}, "malformed_answer"),
    "null": ({"text": "null"}, "malformed_answer"),
    "string": ({"text": json.dumps(EVIL)}, "malformed_answer"),
    "object": ({"text": "{}"}, "malformed_answer"),
    "deep-list": ({"text": "[", "repeat": 200_000}, "malformed_answer"),
    "deep-map": ({"before": START + '"os":', "text": '{"a":', "repeat": 100_000}, "malformed_answer"),
    "rather-deep": ({"text": START + '"os":' + "[" * 100 + "]" * 100 + "}}"}, "malformed_answer"),
    "many-digits": ({"text": START + f'"os": {"9" * 5_000}' + "}}"}, "malformed_answer"),
    "tagged": ({"text": '{"__ansible_type": "_AnsibleTaggedStr", "value": "x"}'}, "malformed_answer"),
    # answers with more in them, or around them
    "twice": ({"text": START.replace("{", '{"contract": 2, "raw": 5, ', 1) + "}}"}, None),
    "nan": ({"text": START + '"os": NaN, "dotnet": -Infinity, "wsus": 1e999}}'}, None),
    "big": ({"text": START + f'"restart": {{"boot_time": {"9" * 4_000}}}' + "}}"}, None),
    "lines-before": ({"text": f"profile {EVIL}\n{START}}}}}"}, None),
    "lines-after": ({"text": f"{START}}}}}\nbye {EVIL}\n"}, None),
    "tagged-raw": ({"members": {"raw": {"os": {"__ansible_type": "TaggedStr", "value": EVIL, "tags": []}}}}, None),
    "unsafe-raw": ({"members": {"raw": {"os": {"__ansible_unsafe": EVIL}, EVIL: {"__ansible_vault": EVIL}}}}, None),
    "internals": ({"members": INTERNALS}, None),
    "clixml": (
        {
            "members": {},
            "stderr": '#< CLIXML\r\n<Objs Version="1.1.0.1" xmlns="http://schemas.microsoft.com/powershell/2004/04">'
            f'<S S="Error">_x001B_[31m{CODE}_x000D__x000A_</S></Objs>',
        },
        None,
    ),
    "clixml-broken": ({"members": {}, "stderr": f"#< CLIXML\r\n<Objs><S S='Error'>{EVIL}"}, None),
    # failures that it reports itself
    "failed": ({"members": {**INTERNALS, "failed": True, "msg": EVIL}}, "module_failed"),
    "failed-strangely": ({"members": {"failed": [EVIL], "msg": {EVIL: EVIL}}}, "module_failed"),
    "skipped": ({"members": {"skipped": True, "msg": EVIL}}, "malformed_answer"),
    # It has answered, so it is not unreachable, and its words are not those of the connection.
    "not-there": ({"members": {"unreachable": True, "msg": EVIL}}, None),
    "no-way": ({"members": {"failed": True, "msg": "certificate verify failed: 401 Unauthorized"}}, "module_failed"),
}
# Host -> (what it prints, how many MB that is, the error code; None: it is read, and found to be no facts).
LARGE: dict[str, tuple[dict[str, Any], int, str | None]] = {
    "text": ({"text": "x" * 99 + "\n", "repeat": 800_000}, 80, "malformed_answer"),
    "items": (
        {"before": START + '"os": [', "text": "[],", "repeat": 13_000_000, "after": "1]}}"},
        40,
        "malformed_answer",
    ),
    "member": ({"before": START + '"os": "', "text": "x" * 100, "repeat": 400_000, "after": '"}}'}, 40, None),
    "errors": ({"text": "", "stderr": "x" * 10_000_000}, 10, "module_failed"),
}
HOSTS = {
    "fine": {"extends": "healthy.yml"},
    **{name: {"extends": "healthy.yml", "output": output} for name, (output, _code) in ODD.items()},
    **{f"large-{name}": {"extends": "healthy.yml", "output": output} for name, (output, *_rest) in LARGE.items()},
    "endless": {"extends": "healthy.yml", "output": {"text": "x" * 1_000, "repeat": 2**32 - 1}},
}
CALLBACK = '''
import json
from ansible.plugins.callback import CallbackBase


class CallbackModule(CallbackBase):
    """Whatever Ansible knows of each result, and nothing made harmless on the way."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "stdout"
    CALLBACK_NAME = "wsus_test_all"

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.seen = []

    def keep(self, result, **rest):
        host = getattr(result, "host", None) or result._host
        self.seen.append([str(host), getattr(result, "result", None) or result._result])

    v2_runner_on_ok = v2_runner_on_failed = v2_runner_on_unreachable = v2_runner_on_skipped = keep

    def v2_playbook_on_stats(self, stats):
        self._display.display(json.dumps({"seen": self.seen, "custom": stats.custom}, default=repr, ensure_ascii=False))
'''
PEAK = """
import resource, subprocess, sys
code = subprocess.call(sys.argv[2:])
open(sys.argv[1], "w").write(str(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss))
sys.exit(code)
"""


@pytest.fixture(scope="module")
def simulator() -> Iterator[Simulator]:
    with Simulator(HOSTS) as running:
        yield running


@pytest.fixture
def fleet(simulator: Simulator, tmp_path: Path) -> Fleet:
    return Fleet(simulator, simulator.write_inventory(tmp_path / "inventory.yml"), tmp_path)


def check_screen(fleet: Fleet, run: Any) -> None:
    assert not raw_characters(run.stdout), raw_characters(run.stdout)
    assert not raw_characters(run.stderr), raw_characters(run.stderr)
    assert "looploop" not in run.stdout + run.stderr, "a loop of the host's has run"
    assert "Traceback" not in run.stdout + run.stderr
    assert not list(fleet.folder.rglob("pwned"))


@pytest.mark.parametrize("verbosity", ["", "-vvv"])
def test_odd_answers(fleet, verbosity):
    run = fleet.run("-e", f"audit_hosts=fine,{','.join(ODD)}", *([verbosity] if verbosity else []))
    assert run.code == 2, run.text
    check_screen(fleet, run)
    found = {name: run.document(name) for name in ("fine", *ODD)}
    for name, document in found.items():
        validate("audit", document)
        text = (run.folder / f"{name}.json").read_text()
        assert (
            text.isascii() and not raw_characters(text) and not raw_characters(json.dumps(document, ensure_ascii=False))
        )
        assert len(text) < 400_000
    codes = {name: (found[name]["error"] or {}).get("code") for name in ODD}
    assert codes == {name: code for name, (_output, code) in ODD.items()}
    assert run.fleet["hosts"] == {
        name: "compliant" if name in ("fine", "internals", "clixml", "clixml-broken", "not-there") else "undetermined"
        for name in sorted(found)
    }
    # What it adds to its answer changes nothing of what is found.
    assert found["internals"]["findings"] == found["fine"]["findings"]
    assert found["internals"]["facts"]["dotnet"] == found["fine"]["facts"]["dotnet"]
    assert "touch pwned" in found["failed"]["error"]["message"], "as it came"
    for name in ("fine", *ODD):
        assert run.recap(name)["changed"] == 0 and run.recap(name)["unreachable"] == 0
        assert run.recap(name)["failed"] == (1 if codes.get(name) else 0)


def test_callbacks_get_nothing_raw(fleet):
    (fleet.folder / "callbacks").mkdir()
    (fleet.folder / "callbacks" / "wsus_test_all.py").write_text(CALLBACK)
    run = fleet.run(
        *("-e", f"audit_hosts=fine,{','.join(ODD)}", "-e", "audit_summary=false"),
        ANSIBLE_CALLBACK_PLUGINS=str(fleet.folder / "callbacks"),
        ANSIBLE_STDOUT_CALLBACK="wsus_test_all",
    )
    assert run.code == 2, run.text
    check_screen(fleet, run)
    report = next(line for line in run.stdout.splitlines() if line.startswith('{"seen"'))
    seen = json.loads(report)["seen"]
    assert len(seen) > len(ODD)
    own = {"ansible_facts", "diff", "add_host", "results", "stdout", "__ansible_type", "warnings"}
    assert not [(host, own & result.keys()) for host, result in seen if own & result.keys() and host != "localhost"]


DIRECT = """
- hosts: fine,internals,unsafe-raw,tagged-raw,failed,text
  gather_facts: false
  tasks:
    - wsus.compliance.wsus_facts:
      register: found
      ignore_errors: true
    - ansible.builtin.debug:
        var: found
    - ansible.builtin.debug:
        var: ansible_facts
    - ansible.builtin.assert:
        that:
          - ansible_connection == 'winrm'
          - "'invented' not in groups.all"
          - inventory_hostname in ('failed', 'text') or ansible_facts.wsus.schema_version == '1.0'
          - inventory_hostname in ('failed', 'text') or ansible_facts | length == 1
"""


def test_modules_of_a_users_playbook(fleet):
    run = fleet.run("-vvv", playbook=fleet.play(DIRECT))
    assert run.code == 0, run.text
    check_screen(fleet, run)
    assert "touch pwned" in run.stdout


def peak(fleet: Fleet, *hosts: str) -> tuple[Any, float]:
    """A run, and the most memory that one of its processes had, in MB."""
    log = fleet.folder / "peak"
    run = fleet.run("-e", f"audit_hosts={','.join(hosts)}", through=[sys.executable, "-c", PEAK, str(log)])
    return run, int(log.read_text()) / 1024


@pytest.mark.parametrize("name", LARGE)
def test_large_answers_take_memory_in_proportion(fleet, name):
    """The connection plugin needs about four times the output to collect it; little is added to that."""
    _output, size, code = LARGE[name]
    run, most = peak(fleet, "fine", f"large-{name}")
    assert run.code == (2 if code else 0), run.text
    check_screen(fleet, run)
    assert run.fleet["hosts"] == {"fine": "compliant", f"large-{name}": "undetermined"}
    assert (run.document(f"large-{name}")["error"] or {}).get("code") == code
    assert most < 150 + 5 * size
    assert len(run.stdout) < 20_000 and len((run.folder / f"large-{name}.json").read_text()) < 100_000


def test_an_endless_answer_ends(fleet):
    """At a GiB, which the largest answer that is taken does not reach; the other hosts' audit goes on."""
    run, most = peak(fleet, "fine", "endless")
    assert run.code == 2, run.text
    assert run.fleet["hosts"] == {"endless": "undetermined", "fine": "compliant"}
    error = run.document("endless")["error"]
    assert error["code"] == "malformed_answer" and "more than 1024 MiB of memory" in error["message"]
    assert most < 1_400
