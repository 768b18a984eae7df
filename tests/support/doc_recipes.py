# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The simulated hosts under the names that the pages use, and the blocks that need more than their language says."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

from support.doc_scene import Recipe
from support.log_samples import of_class
from support.packages import package

LOGS = r"C:\Program Files\Update Services\LogFiles"
SITE_LOGS = r"C:\Program Files\Microsoft Configuration Manager\Logs"
NO_POLICY: dict[str, Any] = {"gpos": [], "settings": []}
INSPECTED = {"outcome": "established", "issuer": "CN=Inspection CA, O=Example", "trusted": False, "proxy_status": 200}
DENIED = {"code": "access_denied", "message": "The request failed with HTTP status 401: Unauthorized."}
QUICK = {"synchronization": 0.1, "import": 0.0, "restart": 0.0, "wait": 0.3, "shutdown": 0.1, "boot": 0.3}


def stamp(**ago: float) -> str:
    return f"{datetime.now(timezone.utc) - timedelta(**ago):%Y-%m-%d %H:%M:%S}.000"


def host(scenario: str, *failures: tuple[str, str], outcome: str = "established", **more: Any) -> dict[str, Any]:
    """A host of the simulator with failures in its log: class and process, two hours ago."""
    text = "".join(of_class(name, process=f"{process}.7", time=stamp(hours=2)) for name, process in failures)
    log = {rf"{LOGS}\SoftwareDistribution.log": {"text": text, "last_write": "-2h"}} if text else {}
    return {
        "extends": f"{scenario}.yml",
        "timing": QUICK,
        "endpoint": {"outcome": outcome},
        **more,
        "files": {**log, **more.get("files", {})},
    }


def hosts() -> dict[str, dict[str, Any]]:
    """By the names that the pages use; the scenarios are those that come with the simulator."""
    return {
        "wsus-hq": host("issue3", ("tls_reset", "WsusService")),
        "wsus-branch": host("issue5", ("tls_reset", "WsusService"), outcome="reset"),
        "wsus-lab": host("healthy"),
        "wsus-canary": host("issue1", ("tls_reset", "w3wp")),
        "wsus-hardened": host("issue2", ("tls_no_common_algorithm", "w3wp")),
        "wsus-cm": host(
            "issue4",
            ("tls_no_common_algorithm", "w3wp"),
            files={rf"{SITE_LOGS}\wsyncmgr.log": {"text": of_class("catalog_import"), "last_write": "-4h"}},
        ),
        "wsus-old": host("endpoint-fe2", ("soap_fe2", "WsusService")),
        "wsus-dmz": host("proxy"),
        "wsus-2012r2": host("issue3"),
        "wsus-local": host("issue5", ("tls_reset", "WsusService"), outcome="reset", policy={"rsop": NO_POLICY}),
        "wsus-inspected": host("proxy", endpoint=INSPECTED),
        "wsus1": host("healthy"),
        "wsus-limited": host("healthy", wsus={"api": {"error": DENIED}}),
    }


IMPORT = "4c9ea1d2-0b47-4e9b-a2f4-6b1cfa0e1f11"
AUDIT = "ansible-playbook -i inventory.yml wsus.compliance.audit"
ENFORCE = "ansible-playbook -i inventory.yml wsus.compliance.enforce"
CAPTURE = "ansible-playbook -i inventory.yml wsus.compliance.capture --limit wsus-hq"
README, SIMULATOR = "README.md", "extensions/simulator/README.md"
GUIDE = "docs/docsite/rst/{}.rst".format
ROLE = "roles/{}/README.md".format
FIRST = ["wsus-hq", "wsus-branch", "wsus-lab"]

# A page that executes anything on hosts, and on which.
HOSTS: Mapping[str, list[str]] = {
    README: [*FIRST, "wsus-canary"],
    GUIDE("first_audit"): FIRST,
    GUIDE("reading_a_finding"): ["wsus-canary", "wsus-limited"],
    GUIDE("issues"): ["wsus-hq", "wsus-branch", "wsus-canary", "wsus-hardened", "wsus-cm", "wsus-old", "wsus-local"],
    GUIDE("rollout"): ["wsus-branch", "wsus-lab", "wsus-canary"],
    GUIDE("group_policy"): ["wsus-branch", "wsus-lab"],
    GUIDE("configmgr"): ["wsus-cm"],
    GUIDE("proxies"): ["wsus-dmz", "wsus-inspected"],
    GUIDE("least_privilege"): ["wsus-lab", "wsus-limited"],
    GUIDE("automation"): ["wsus-canary"],
    ROLE("audit"): ["wsus-lab"],
    ROLE("capture"): ["wsus-canary"],
    ROLE("diagnose"): ["wsus-canary"],
    ROLE("enforce"): ["wsus-canary", "wsus-2012r2"],
    ROLE("rollback"): ["wsus-canary"],
    SIMULATOR: ["wsus1"],
}
# Of the hosts that a page needs, those that its output shows.
SHOWN = Recipe(replace={"wsus.compliance.audit": "wsus.compliance.audit --limit '!wsus-canary'"})

PACKAGE = Recipe(replace={"/srv/updates": "$PWD"})

# By page and first line of the block.
RECIPES: Mapping[str, Mapping[str, Recipe]] = {
    README: {
        "ansible-galaxy collection install wsus.compliance": Recipe("install"),
        "git clone https://github.com/wsus-compliance/wsus.compliance": Recipe("clone"),
        AUDIT: SHOWN,
        f'{AUDIT} -e audit_output_dir=./baseline -e \'{{"audit_formats": ["junit", "sarif"]}}\'': SHOWN,
        CAPTURE: Recipe(replace={"capture_wait_seconds=300": "capture_wait_seconds=1"}),
    },
    GUIDE("first_audit"): {
        "git clone https://github.com/wsus-compliance/wsus.compliance": Recipe("demo"),
        "python3 -m pip install pywinrm": Recipe("install"),
    },
    GUIDE("reading_a_finding"): {"{": Recipe("finding", about="wsus-canary")},
    GUIDE("issues"): {
        "2026-03-02 01:15:09.417 UTC": Recipe("log", about="soap_fe2"),
        "2026-03-02 09:41:55.130 UTC": Recipe("log", about="tls_reset"),
        "2026-03-02 10:02:31.004 UTC": Recipe("log", about="tls_no_common_algorithm"),
        "2026-03-02 02:00:17.822 UTC": Recipe("log", about="tls_reset"),
        "Generic exception : ImportUpdateFromCatalogSite failed.": Recipe("log", about="catalog_import"),
        '<?xml version="1.0" encoding="utf-8"?>': Recipe("written"),
        f"{ENFORCE} -e enforce_apply=issue_5 --limit wsus-branch": Recipe(code=2),
    },
    GUIDE("proxies"): {"# measure.yml": Recipe("measure")},
    ROLE("enforce"): {
        # The other server of this page has no Monthly Rollup: as it says, what is not proved fails.
        "- name: Mend what the audit found": Recipe(replace={"hosts: wsus": "hosts: wsus-canary"}),
        "- name: Install the latest Monthly Rollup": Recipe("syntax"),
        "ansible-playbook -i inventory.yml wsus.compliance.enforce --limit wsus-2012r2": PACKAGE,
    },
    SIMULATOR: {
        "cd extensions/simulator": Recipe("simulator"),
        "from wsus_simulator import Simulator": Recipe("python_there"),
        "python3 -m wsus_simulator.control hosts.yml wsus1 state": Recipe("control"),
    },
}


def prepare(page: str, folder: Path) -> None:
    """Files that a page says its reader has."""
    if page in (GUIDE("issues"), ROLE("enforce")):
        package(folder)
    if page == SIMULATOR:
        mine = folder / "mine"
        (mine / "my-folder").mkdir(parents=True)
        (mine / "my-folder" / "mine.yml").write_text("extends: healthy.yml\n")
        (mine / "my.yml").write_text("extends: issue1.yml\n")
        (folder / "patch.yml").write_text("boot_time: -1h\n")
        task = "- hosts: wsus\n  gather_facts: false\n  tasks:\n    - ansible.windows.win_ping:\n"
        (mine / "my-playbook.yml").write_text(task)
