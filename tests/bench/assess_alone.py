# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""(c) What the controller does with one host's answer, on one core: nothing of Ansible, no network."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from typing import Any

from ansible_collections.wsus.compliance.plugins.plugin_utils.assess import assess
from ansible_collections.wsus.compliance.plugins.plugin_utils.assess.findings import answer, load_rules, to_finding
from ansible_collections.wsus.compliance.plugins.plugin_utils.assess.view import Facts
from ansible_collections.wsus.compliance.plugins.plugin_utils.collect import check_answer
from ansible_collections.wsus.compliance.plugins.plugin_utils.evidence import read_evidence
from ansible_collections.wsus.compliance.plugins.plugin_utils.facts import build_facts
from ansible_collections.wsus.compliance.plugins.plugin_utils.report.files import plain
from ansible_collections.wsus.compliance.plugins.plugin_utils.report.result import audited
from bench.figures import table

from wsus_simulator import Simulator, modules
from wsus_simulator.simulator import HOSTS_FOLDER, hosts_of_folder

COLLECTOR = "wsus.compliance.wsus_facts"


def answers() -> dict[str, Any]:
    """What the collector says of each demo host that can be reached."""
    files = {name: path for name, path in hosts_of_folder(HOSTS_FOLDER).items() if name != "unreachable"}
    hosts = Simulator(files).hosts
    return {name: json.loads(modules.to_json(modules.run(COLLECTOR, host.state, {}))) for name, host in hosts.items()}


def milliseconds(work: Callable[[], object], rounds: int) -> float:
    """Processor time of one call: median."""
    times = []
    for _round in range(rounds):
        start = time.process_time()
        work()
        times.append(time.process_time() - start)
    return statistics.median(times) * 1000


def text(host: str, facts: Any, assessed: Any) -> str:
    document = audited(host, facts, assessed, profile="standard", audited_at="", version="")
    return json.dumps(plain(document), indent=1)


def judge(rule: Any, view: Any, evidence: Any) -> Any:
    return to_finding(rule, answer(rule, view, evidence, "standard"))


COLD = """
import json, sys, time
raw = json.load(sys.stdin)
from ansible_collections.wsus.compliance.plugins.plugin_utils.assess import assess
from ansible_collections.wsus.compliance.plugins.plugin_utils.facts import build_facts
start = time.process_time()
assess(build_facts(raw))
print(time.process_time() - start)
"""


def cold() -> float:
    """Milliseconds for the first host of a process: median of five."""
    raw = json.dumps(answers()["issue1"])
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-c", COLD]
    runs = [
        subprocess.run(command, input=raw, env=environment, text=True, capture_output=True, check=True)
        for _run in range(5)
    ]
    return statistics.median(float(run.stdout) for run in runs) * 1000


def measure(quick: bool) -> str:
    """The Markdown of this part."""
    rounds = 20 if quick else 100
    steps: dict[str, list[float]] = {}
    rules: dict[str, list[float]] = {rule.id: [] for rule in load_rules()}
    for host, raw in answers().items():
        facts = build_facts(raw)
        assessed = assess(facts)
        calls: dict[str, Callable[[], object]] = {
            "check of the answer": lambda raw=raw: check_answer(raw),
            "facts": lambda raw=raw: build_facts(raw),
            "findings and issues": lambda facts=facts: assess(facts),
            "result document": lambda host=host, facts=facts, assessed=assessed: text(host, facts, assessed),
        }
        for name, call in calls.items():
            steps.setdefault(name, []).append(milliseconds(call, rounds))
        view, evidence = Facts(facts), read_evidence(None)
        for rule in load_rules():
            call = partial(judge, rule, view, evidence)
            rules[rule.id].append(milliseconds(call, rounds))
        print(f"  {host}: {sum(times[-1] for times in steps.values()):.1f} ms", flush=True)
    means = {name: statistics.mean(times) for name, times in steps.items()}
    whole = sum(means.values())
    by_rule = sorted(((statistics.mean(times) * 1000, name) for name, times in rules.items()), reverse=True)
    mean = statistics.mean(time for time, _name in by_rule)
    return "\n\n".join(
        [
            f"**{1000 / whole:.0f} hosts per second** on one core, from the collector's answer to the text of the "
            f"result file; means over {len(next(iter(steps.values())))} hosts of medians of {rounds} calls.",
            table(["step", "ms per host"], [*means.items(), ("sum", whole)]),
            f"The first host of a process takes {cold():.0f} ms for facts and findings, as the tables are read then; "
            "Ansible's workers are forked from a process that has them.",
            f"{len(by_rule)} rules take {mean:.0f} µs each on average:",
            table(["rule", "µs"], [(f"`{name}`", time) for time, name in by_rule]),
        ]
    )
