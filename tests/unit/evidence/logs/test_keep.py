# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Runs that each read what is new, put together: as one run over the whole log would say it."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.wsus.compliance.plugins.plugin_utils.evidence.logs import LogSource, read_logs
from ansible_collections.wsus.compliance.plugins.plugin_utils.evidence.logs.keep import combined
from support.log_samples import of_class

FAILURE = of_class("tls_reset", process="WsusService.4", time="2026-03-04 05:06:07.089")
IMPORT = of_class("tls_reset", process="w3wp.4", time="2026-03-04 05:06:08.089")
SUCCESS = of_class("success", process="WsusService.4", time="2026-03-04 06:06:07.089")
LATER = of_class("tls_reset", process="WsusService.4", time="2026-03-04 07:06:07.089")


def found(*texts: str) -> dict[str, Any]:
    return read_logs([LogSource("SoftwareDistribution.log", ["".join(texts).encode()])]).as_dict()


def in_runs(*runs: str) -> list[dict[str, Any]]:
    state: Any = None
    for text in runs:
        state = combined(state, found(text))
    return sorted(state["events"], key=lambda event: (event["first"], event["class"]))


@pytest.mark.parametrize(
    "runs",
    [
        (FAILURE, FAILURE),
        (FAILURE, IMPORT),
        (FAILURE + IMPORT, SUCCESS),
        (FAILURE, SUCCESS + LATER),
        (FAILURE, SUCCESS, LATER),
        ("", FAILURE, ""),
    ],
)
def test_runs_say_what_one_run_says(runs: tuple[str, ...]) -> None:
    once = sorted(found("".join(runs))["events"], key=lambda event: (event["first"], event["class"]))
    assert in_runs(*runs) == once


def test_what_is_kept_is_bounded() -> None:
    events = [
        {"class": "dns", "source": str(number), "last": f"2026-03-04T05:06:07.{number:03}Z"} for number in range(500)
    ]
    kept = combined({"events": events, "startups": [{"time": None}] * 500}, {})
    assert len(kept["events"]) == 200 and kept["events"][-1]["source"] == "499"
    assert len(kept["startups"]) == 200


@pytest.mark.parametrize("earlier", [None, 3, [], {"events": 3}, {"events": [3, {}, {"class": []}], "startups": "x"}])
def test_a_state_of_another_form_is_no_evidence(earlier: Any) -> None:
    assert [event["class"] for event in combined(earlier, found(FAILURE))["events"] if event.get("source")] == [
        "tls_reset"
    ]
