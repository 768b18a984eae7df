# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Evidence is read tolerantly, and nothing malformed is taken for evidence."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.wsus.compliance.plugins.plugin_utils.evidence import Evidence, read_evidence
from hypothesis import given
from hypothesis import strategies as st


@pytest.mark.parametrize("data", [None, [], "text", 3])
def test_what_is_no_evidence_reads_as_none(data: Any) -> None:
    assert read_evidence(data) == Evidence()


def test_an_event_keeps_what_it_says_and_mends_what_is_malformed() -> None:
    event = {"class": "tls_reset", "tls": "yes", "process": 7, "count": True, "recovered": 1}
    (read,) = read_evidence({"events": [event]}).events
    assert (read.event_class, read.tls, read.process, read.count, read.recovered) == (
        "tls_reset",
        False,
        None,
        1,
        False,
    )


def test_malformed_items_are_counted() -> None:
    read = read_evidence(
        {"events": [{}, 1], "connections": [None, {"outcome": "established", "issues": ["issue_1", 2]}]}
    )
    assert read.dropped == 3
    assert read.connections[0].issues == ("issue_1",)
    assert read.logs and read.captures


def test_open_events_leave_out_the_recovered_and_other_processes() -> None:
    events = [
        {"class": "tls_reset", "process": "w3wp"},
        {"class": "tls_reset", "process": "w3wp", "recovered": True},
        {"class": "tls_reset", "process": "WsusService"},
        {"class": "dns", "process": "w3wp"},
    ]
    assert len(read_evidence({"events": events}).open_events("tls_reset", process="w3wp")) == 1
    assert len(read_evidence({"events": events}).open_events("tls_reset")) == 2


def test_start_ups_count_with_and_without_protocols() -> None:
    read = read_evidence({"startups": [{"protocols": {"TLS 1.2": "enabled"}}, {"protocols": {}}, "x"]})
    assert [dict(item.protocols) for item in read.startups] == [{"TLS 1.2": "enabled"}, {}]
    assert read.dropped == 1


@given(
    st.dictionaries(
        st.sampled_from(["events", "startups", "connections", "probes"]),
        st.lists(st.none() | st.text() | st.dictionaries(st.text(), st.none() | st.text())),
    )
)
def test_any_form_is_read(data: Any) -> None:
    read_evidence(data)
