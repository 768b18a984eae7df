# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A side that is off, whose DisabledByDefault can't be told: it is off, but it may be half disabled."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.wsus.compliance.plugins.plugin_utils.assess import assess
from ansible_collections.wsus.compliance.plugins.plugin_utils.facts import build_facts
from support.raw_state import DENIED, SCHANNEL, answer, key, os_raw, reg, schannel_raw, tree


def result(**values: Any) -> tuple[str, str]:
    """(state of TLS 1.0 as client, what the rule says) with these values in its key."""
    client = tree("x", {"Client": key(r"x\Client", **values)})
    raw = schannel_raw(protocols=tree(f"{SCHANNEL}\\Protocols", {"TLS 1.0": client}))
    facts = build_facts(answer(os=os_raw("2022"), schannel=raw))
    found = {finding["id"]: finding["result"] for finding in assess(facts)["findings"]}
    return facts["schannel"]["protocols"]["TLS 1.0"]["client"]["state"], found["schannel.half_disabled"]


@pytest.mark.parametrize(
    ("values", "state", "says"),
    [
        ({"Enabled": 0, "DisabledByDefault": 1}, "disabled", "pass"),
        ({"Enabled": 0}, "disabled", "pass"),
        ({"Enabled": 0, "DisabledByDefault": 0}, "half_disabled", "fail"),
        ({"Enabled": 0, "DisabledByDefault": DENIED}, "disabled", "unknown"),
        ({"Enabled": 0, "DisabledByDefault": "0"}, "disabled", "unknown"),
        ({"Enabled": 0, "DisabledByDefault": reg(0, "REG_QWORD")}, "disabled", "unknown"),
        ({"DisabledByDefault": DENIED}, "unknown", "unknown"),
    ],
)
def test_what_can_not_be_told(values, state, says):
    assert result(**values) == (state, says)
