# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A thousand simulated hosts in slices of a job, as AWX has them: what a slice costs, and the report of all of them."""

from __future__ import annotations

import json
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from bench import processes
from bench.figures import table, verdict
from bench.fleet import OUTCOMES, incomplete
from support.browser import Browser
from support.jobs import Job, answers, prepared, sliced

from wsus_simulator import Simulator
from wsus_simulator.simulator import HOSTS_FOLDER, hosts_of_folder

AUDIT, REPORT = "audit/playbooks/audit.yml", "audit/playbooks/report.yml"
FORKS = 20
GROWTH = 1.25
"""How much more a host of the last slice may cost than one of the first, for time to be called flat."""
REPORT_GOAL = 10.0


def run(job: Any, expected: int = 0) -> processes.Spent:
    """A job to its end, with its largest memory."""
    spent = processes.run(job.command, job.job.folder, job.environment, sample=True)
    if spent.code != expected:
        raise SystemExit(f"a job ended with {spent.code}:\n{job.job.stdout[-2000:]}{spent.output[-2000:]}")
    return spent


def looked_at(page: Path) -> list[Any]:
    """Seconds until the page has been laid out, and until it shows what is searched for."""
    browser = Browser()
    try:
        start = time.monotonic()
        browser.open(page)
        browser.run("return document.body.offsetHeight")
        opened = time.monotonic() - start
        start = time.monotonic()
        browser.one("#search").send_keys("host0007")
        while len(browser.shown()) != 1 and time.monotonic() - start < 60:
            time.sleep(0.02)
        found = time.monotonic() - start
        return [page.stat().st_size / 2**20, opened, found]
    finally:
        browser.driver.quit()


def measure(quick: bool) -> str:
    """The Markdown of this part."""
    size, slices = (80, 4) if quick else (1_000, 4)
    files, kinds = hosts_of_folder(HOSTS_FOLDER), sorted(OUTCOMES)
    names = {f"host{number:04}": kinds[number % len(kinds)] for number in range(size)}
    rows: list[list[Any]] = []
    pages: list[list[Any]] = []
    with TemporaryDirectory() as base:
        folder = Path(base)
        given = {**answers("audit"), "audit_formats": []}
        left: dict[str, Any] = {}
        done: list[Job] = []
        with Simulator({host: files[kind] for host, kind in names.items()}) as simulator:
            inventory = simulator.inventory()
            for number in range(1, slices + 1):
                part = sliced(inventory, number, slices)
                hosts = list(part["all"]["children"]["wsus"]["hosts"])
                job = prepared(folder, number, AUDIT, part, given, forks=FORKS)
                spent = run(job)
                done.append(job.job)
                wanted = {host: OUTCOMES[names[host]] for host in hosts}
                if wrong := incomplete(job.job.results / "wsus-audit", wanted):
                    raise SystemExit("\n".join(wrong[:20]))
                artifacts = job.job.artifacts
                left.update(artifacts)
                length = sum(len(json.dumps(one)) for one in artifacts.values()) / 1024
                rows.append(
                    [str(number), len(hosts), spent.seconds, 1000 * spent.seconds / len(hosts), spent.memory, length]
                )
                print(f"  slice {number}: {spent.seconds:.1f} s, {spent.memory:.0f} MiB", flush=True)
        reports = []
        for number, (what, variables) in enumerate(
            {
                "artifacts of the slices, without formats": {**left, "report_formats": []},
                "artifacts of the slices, all formats": left,
                "result files of the slices, all formats": {
                    "report_src": [str(job.results / "wsus-audit") for job in done]
                },
            }.items(),
            50,
        ):
            job = prepared(folder, number, REPORT, inventory, variables)
            spent = run(job)
            found = json.loads((job.job.results / "wsus-report" / "fleet.json").read_text("utf-8"))
            if found["hosts"] != {host: OUTCOMES[kind] for host, kind in names.items()}:
                raise SystemExit(f"{what}: wrong hosts or outcomes")
            reports.append([what, spent.seconds, spent.memory])
            print(f"  {what}: {spent.seconds:.1f} s, {spent.memory:.0f} MiB", flush=True)
            page = job.job.results / "wsus-report" / "report.html"
            if page.is_file():
                pages.append([what, *looked_at(page)])
    cost = [row[3] for row in rows]
    return "\n\n".join(
        [
            f"{size:,} simulated hosts in {slices} slices by ansible-runner, one after the other, {FORKS} forks.",
            table(["slice", "hosts", "s", "ms per host", "peak MiB", "KiB of its artifact"], rows),
            table(["report", "s", "peak MiB"], reports),
            table(["page", "MiB", "s until it is there", "s until a host is found"], pages),
            "\n".join(
                [
                    verdict("Time per host, last slice / first", cost[-1] / cost[0], GROWTH),
                    *(
                        verdict(f"Seconds of a report, {what}", spent, REPORT_GOAL)
                        for what, spent, _peak in reports[1:]
                    ),
                ]
            ),
        ]
    )
