# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What evidence does to verdicts: confirmed, contradicted, history; the table of docs/reference/findings.md."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.wsus.compliance.plugins.plugin_utils.assess.issues import load_issues
from ansible_collections.wsus.compliance.plugins.plugin_utils.assess.weigh import TOLD_APART
from ansible_collections.wsus.compliance.plugins.plugin_utils.evidence import logs

from .sample import CHANGED, POLICY, SWITCH, value
from .test_issues import (
    CONFIGMGR,
    NEVER_RUN,
    NO_ROLLUP,
    NO_SUITE,
    OLD_ONLY,
    ON_2012R2,
    TLS10_OFF,
    Step,
    event,
    verdicts,
)

NOW = "2026-11-23T10:00:00.000Z"
BEFORE = "2026-10-01T00:00:00.000Z"
"""Earlier than every change of the sample."""
WRITTEN: Step = (
    "dotnet",
    "strong_crypto",
    "native_v4",
    "system_default_tls_versions",
    value(r"HKLM\X", "SystemDefaultTlsVersions", "REG_DWORD", 0),
)
DOWNSTREAM: Step = ("wsus", "hierarchy", "position", "downstream")
ROLLUP_UNKNOWN: Step = ("updates", "monthly_rollup", "state", "unknown")
SYNC = {"process": "WsusService"}


def connection(*issues: str, **more: Any) -> dict[str, Any]:
    return {
        "outcome": "reset_after_hello",
        "issues": list(issues),
        "explanation": "as captured",
        "last_time": NOW,
        **more,
    }


def probe(outcome: str, **more: Any) -> dict[str, Any]:
    return {"endpoint": "sws", "attempts": [{"protocol": "TLS 1.2", "outcome": outcome}], "summary": "tried", **more}


CASES: list[tuple[str, list[Step], dict[str, Any], str]] = [
    # One text, told apart by process and configuration.
    ("issue_3", [OLD_ONLY, ON_2012R2, NO_ROLLUP, NEVER_RUN], {"events": [event("tls_reset")]}, "likely"),
    ("issue_5", [NO_SUITE, NEVER_RUN], {"events": [event("tls_reset")]}, "confirmed"),
    ("issue_5", [NO_SUITE, NEVER_RUN, OLD_ONLY], {"events": [event("tls_reset")]}, "likely"),
    ("issue_1", [NO_SUITE, NEVER_RUN, OLD_ONLY], {"events": [event("tls_reset")]}, "confirmed"),
    ("issue_1", [OLD_ONLY], {"events": [event("tls_reset", process=None)]}, "likely"),
    # Contradictions.
    ("issue_1", [OLD_ONLY], {"events": [event("tls_no_common_algorithm")]}, "possible"),
    ("issue_2", [OLD_ONLY, TLS10_OFF], {"events": [event("tls_reset")]}, "possible"),
    (
        "issue_1",
        [OLD_ONLY],
        {"events": [event("tls_no_common_algorithm"), event("tls_reset")]},
        "confirmed",
    ),
    (
        "issue_5",
        [NO_SUITE, NEVER_RUN],
        {"connections": [{"outcome": "established", "negotiated_version": "TLS 1.2"}]},
        "possible",
    ),
    (
        "issue_5",
        [NO_SUITE, NEVER_RUN],
        {"connections": [{"outcome": "established", "negotiated_version": "TLS 1.0"}]},
        "likely",
    ),
    ("issue_5", [NO_SUITE, NEVER_RUN], {"probes": [probe("established")]}, "possible"),
    ("issue_5", [NO_SUITE, NEVER_RUN], {"probes": [probe("reset_after_hello")]}, "confirmed"),
    ("issue_5", [], {"probes": [probe("reset_after_hello")]}, "excluded"),
    ("issue_5", [NO_SUITE, NEVER_RUN], {"probes": [probe("no_answer")]}, "likely"),
    ("issue_5", [NO_SUITE, NEVER_RUN], {"probes": [probe("established", inspected=True)]}, "likely"),
    ("issue_5", [NO_SUITE, NEVER_RUN], {"probes": [probe("established", host="other.example.com")]}, "likely"),
    ("issue_5", [NO_SUITE, NEVER_RUN], {"probes": [probe("established", host="sws.update.microsoft.com")]}, "possible"),
    # Captures name issues; the configuration decides which.
    ("issue_1", [OLD_ONLY], {"connections": [connection("issue_1", "issue_3")]}, "confirmed"),
    (
        "issue_1",
        [OLD_ONLY, ON_2012R2, NO_ROLLUP, NEVER_RUN],
        {"connections": [connection("issue_1", "issue_3")]},
        "likely",
    ),
    ("issue_1", [], {"connections": [connection("issue_1", "issue_3")]}, "possible"),
    ("issue_3", [], {"connections": [connection("issue_1", "issue_3")]}, "excluded"),
    ("issue_5", [DOWNSTREAM], {"connections": [connection("issue_5")]}, "excluded"),
    # Start-ups.
    ("issue_3", [ON_2012R2, ROLLUP_UNKNOWN, NEVER_RUN], {"startups": [{"time": NOW, "protocols": {}}]}, "likely"),
    ("issue_3", [ON_2012R2, ROLLUP_UNKNOWN, NEVER_RUN], {"startups": []}, "undetermined"),
    (
        "issue_3",
        [ON_2012R2, ROLLUP_UNKNOWN, NEVER_RUN],
        {"startups": [{"time": BEFORE, "protocols": {}}, {"time": NOW, "protocols": {"TLS 1.2": "enabled"}}]},
        "excluded",
    ),
    # What no issue explains.
    ("other", [], {"events": [event("tls_reset")]}, "likely"),
    ("other", [OLD_ONLY], {"events": [event("tls_reset")]}, "excluded"),
    ("other", [("wsus", "endpoint", "kind", "fe2")], {"events": [event("soap_fe2", tls=False, **SYNC)]}, "excluded"),
    ("other", [], {"events": [event("soap_fe2", tls=False, **SYNC)]}, "likely"),
    ("other", [("wsus", "endpoint", "kind", "fe2")], {"events": [event("dns", tls=False, **SYNC)]}, "likely"),
    ("other", [OLD_ONLY, CONFIGMGR], {"events": [event("catalog_import", process=None)]}, "excluded"),
    ("other", [CONFIGMGR], {"events": [event("catalog_import", process=None)]}, "likely"),
    ("other", [], {"probes": [probe("undetermined", reached=False)]}, "likely"),
    ("proxy", [], {"probes": [probe("established", inspected=True, trusted=False)]}, "confirmed"),
    ("proxy", [], {"connections": [connection(outcome="proxy_refused")]}, "confirmed"),
    (
        "issue_4",
        [OLD_ONLY, CONFIGMGR],
        {"events": [event("trust", tls=False, source="Wsyncmgr.log", process=None)]},
        "likely",
    ),
    # History.
    ("issue_1", [OLD_ONLY, WRITTEN], {"events": [event("tls_reset", last=BEFORE)]}, "likely"),
    ("issue_1", [OLD_ONLY, WRITTEN], {"events": [event("tls_reset", last=NOW)]}, "confirmed"),
    ("issue_1", [OLD_ONLY, WRITTEN], {"events": [event("tls_reset", last=None)]}, "confirmed"),
    ("issue_1", [OLD_ONLY, WRITTEN], {"connections": [connection("issue_1", last_time=BEFORE)]}, "likely"),
    ("issue_2", [OLD_ONLY, TLS10_OFF, WRITTEN], {"events": [event("tls_reset", last=BEFORE)]}, "likely"),
    ("other", [WRITTEN], {"events": [event("tls_reset", last=BEFORE)]}, "excluded"),
    ("other", [], {"events": [event("dns", tls=False, last=BEFORE, **SYNC)]}, "excluded"),
    (
        "issue_5",
        [NO_SUITE, NEVER_RUN, ("ciphers", "policy", "functions", value(POLICY, "Functions", "REG_SZ", "X"))],
        {"events": [event("tls_reset", last=BEFORE, **SYNC)]},
        "likely",
    ),
]


@pytest.mark.parametrize(
    ("issue", "steps", "evidence", "verdict"), CASES, ids=[f"{c[0]}-{n}" for n, c in enumerate(CASES)]
)
def test_evidence_is_weighed(issue: str, steps: list[Step], evidence: dict[str, Any], verdict: str) -> None:
    case = verdicts(steps, evidence)[issue]
    assert case["verdict"] == verdict, case


def test_a_contradiction_is_shown() -> None:
    case = verdicts([OLD_ONLY], {"events": [event("tls_no_common_algorithm")]})["issue_1"]
    assert any("meaning of tls_no_common_algorithm" in text for text in case["evidence_against"])


def test_history_is_shown_with_its_reason() -> None:
    past = verdicts([OLD_ONLY, WRITTEN], {"events": [event("tls_reset", last=BEFORE)]})["issue_1"]
    assert len(past["history"]) == 1
    assert "meaning of tls_reset" in past["history"][0] and CHANGED in past["history"][0]
    recovered = verdicts([OLD_ONLY], {"events": [event("tls_reset", recovered=True)]})["issue_1"]
    assert recovered["history"] and "success" in recovered["history"][0]
    assert not verdicts([OLD_ONLY], {"events": [event("tls_reset")]})["issue_1"]["history"]


def test_a_success_makes_history_of_synchronizations_only() -> None:
    old = "2026-11-01T00:00:00.000Z"
    events = {"events": [event("tls_reset", last=old), event("tls_reset", last=old, **SYNC)]}
    case = verdicts([OLD_ONLY], events)
    assert case["issue_1"]["verdict"] == "confirmed"
    assert case["issue_5"]["history"]


def test_a_journaled_change_makes_history() -> None:
    operation = {"resolution": "w3wp_config", "state": "applied", "at": NOW, "target": "w3wp.exe.config"}
    journal: Step = ("journal", {"entries": [{"operations": [operation, 3]}, {"operations": None}]})
    earlier = "2026-11-23T09:00:00.000Z"
    case = verdicts([OLD_ONLY, journal], {"events": [event("tls_reset", last=earlier)]})["issue_1"]
    assert case["verdict"] == "likely" and "by this collection" in case["history"][0]


def test_an_edited_file_makes_history_of_imports() -> None:
    steps: list[Step] = [
        OLD_ONLY,
        ("w3wp", "config", "last_write", NOW),
        ("w3wp", "config", "switches", {SWITCH: True}),
    ]
    earlier = "2026-11-23T09:00:00.000Z"
    assert verdicts(steps, {"events": [event("tls_reset", last=earlier)]})["issue_1"]["verdict"] == "likely"


def test_the_table_tells_apart_what_the_code_tells_apart() -> None:
    rows = load_issues()
    assert {name for name, row in rows.items() if "logged" in row} == set(TOLD_APART)
    # Facts, section 0: these three share one text.
    shared = [name for name, row in rows.items() if any(one["class"] == "tls_reset" for one in row.get("logged", ()))]
    assert shared == ["issue_1", "issue_3", "issue_5"]


def test_the_classes_of_the_issues_are_those_of_the_log_signatures():
    table = yaml.safe_load((Path(logs.__file__).parent / "tables" / "signatures.yml").read_text("utf-8"))
    known = {row["class"] for row in table["signatures"]}
    for row in load_issues().values():
        named = [
            *row.get("explains", ()),
            *row.get("contradicted_by", ()),
            *(one["class"] for one in row.get("logged", ())),
        ]
        assert set(named) <= known, row["id"]
