# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The modules of one purpose: what complies costs nothing, what changes is planned, compared, journaled, told."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest
from ansible.errors import AnsibleActionFail
from ansible_collections.wsus.compliance.plugins.action import (
    app_context_switch,
    cipher_suite_order,
    dotnet_strong_crypto,
    schannel_algorithm,
    schannel_protocol,
    sync_endpoint,
)
from support.simulated_action import SimulatedHost, facts_of, without_times

SCHANNEL = r"HKLM\SYSTEM\CurrentControlSet\Control\SecurityProviders\SCHANNEL"
POLICY = r"HKLM\SOFTWARE\Policies\Microsoft\Cryptography\Configuration\SSL\00010002"
AES = rf"{SCHANNEL}\Ciphers\AES 256/256"
OLD = "https://fe2.update.microsoft.com"
FAR = "TLS_RSA_WITH_AES_256_GCM_SHA384"


def values(path: str, **named: Any) -> dict[str, Any]:
    return {"registry": {path: {"values": named}}}


@dataclass
class Case:
    """A module, a host that lacks what is asked for, and how many operations that takes."""

    module: Any
    scenario: dict[str, Any]
    args: dict[str, Any] = field(default_factory=dict)
    operations: int = 1


CASES = {
    "protocol": Case(
        schannel_protocol,
        {"extends": "healthy.yml", **values(rf"{SCHANNEL}\Protocols\TLS 1.2\Client", Enabled=0)},
        {"protocol": "TLS 1.2", "state": "enabled"},
    ),
    "protocol off": Case(
        schannel_protocol,
        {"extends": "healthy.yml"},
        {"protocol": "TLS 1.0", "role": "server", "state": "disabled"},
    ),
    "protocol default": Case(
        schannel_protocol,
        {"extends": "healthy.yml", **values(rf"{SCHANNEL}\Protocols\TLS 1.2\Client", Enabled=0, DisabledByDefault=1)},
        {"protocol": "TLS 1.2", "state": "default"},
        2,
    ),
    "algorithm": Case(
        schannel_algorithm,
        {"extends": "healthy.yml", **values(AES, Enabled=0)},
        {"kind": "cipher", "name": "AES 256/256"},
    ),
    "strong crypto": Case(dotnet_strong_crypto, {"extends": "issue1.yml"}, {}, 8),
    "required pair": Case(dotnet_strong_crypto, {"extends": "issue1.yml"}, {"values": "required"}, 2),
    "switch": Case(app_context_switch, {"extends": "issue1.yml"}),
    "suites": Case(cipher_suite_order, {"extends": "healthy.yml", **values(POLICY, Functions=FAR)}),
    "endpoint": Case(sync_endpoint, {"extends": "endpoint-fe2.yml"}),
}


@pytest.fixture(params=list(CASES))
def case(request):
    return CASES[request.param]


def test_predicted_then_done_then_nothing(case):
    host = SimulatedHost(case.scenario)
    before = host.state()
    predicted = host.run(case.module, check=True, **case.args)
    assert predicted["changed"] is True and host.state() == before
    result = host.run(case.module, **case.args)
    assert result["changed"] is True and len(result["applied"]) == case.operations and result["journal_copy"]
    for name in ("diff", "plan", "applied", "restart_required", "reboot_required"):
        assert predicted[name] == result[name], name
    assert all(part["before"] != part["after"] for part in result["diff"])
    assert host.asked == ["wsus_facts", "apply"] * 2
    after = host.state()
    again = host.run(case.module, **case.args)
    assert again["changed"] is False and again["plan"] == [] and again["diff"] == []
    assert host.asked[4:] == ["wsus_facts"] and host.state() == after


def test_facts_spare_the_reading(case):
    host = SimulatedHost(case.scenario)
    old = facts_of(host)
    assert host.run(case.module, facts=old, **case.args)["changed"] is True
    # The text of w3wp.exe.config is no fact.
    assert host.asked == (["wsus_facts", "apply"] if case.module is app_context_switch else ["apply"])
    new = facts_of(host)
    assert host.run(case.module, facts=new, **case.args)["changed"] is False and host.asked == []
    stale = host.run(case.module, facts=old, **case.args)
    assert stale["changed"] is False and "failed" not in stale, "what is there already is no mismatch"


def test_facts_that_are_none_are_refused(case):
    host = SimulatedHost(case.scenario)
    with pytest.raises(AnsibleActionFail, match=r"ansible_facts\.wsus"):
        host.run(case.module, facts={"x": 1}, **case.args)
    assert host.asked == []


def test_a_host_that_refuses_writes_says_so_and_keeps_its_state(case):
    host = SimulatedHost({**case.scenario, "read_only": True})
    before = host.state()
    result = host.run(case.module, **case.args)
    assert result["failed"] is True and result["changed"] is False and "Stopped" in result["msg"]
    assert without_times(host.state()) == without_times(before)


@pytest.mark.parametrize(
    ("module", "args", "text"),
    [
        (schannel_protocol, {"protocol": "TLS 1.4", "state": "enabled"}, "protocol"),
        (schannel_protocol, {"protocol": "TLS 1.2"}, "state"),
        (schannel_protocol, {"protocol": "TLS 1.2", "state": "on"}, "state"),
        (schannel_algorithm, {"kind": "hash", "name": "SHA", "state": "disabled"}, "state"),
        (schannel_algorithm, {"kind": "curve", "name": "SHA"}, "kind"),
        (dotnet_strong_crypto, {"values": "all"}, "values"),
        (app_context_switch, {"name": "a=b"}, "switch"),
        (app_context_switch, {"name": ""}, "switch"),
        (app_context_switch, {"path": r"C:\Windows\System32\inetsrv\applicationHost.config"}, "exe.config"),
        (app_context_switch, {"path": r"\server\share\a.exe.config"}, "exe.config"),
        (app_context_switch, {"path": r"C:\a\..\b.exe.config"}, "exe.config"),
        (app_context_switch, {"value": "perhaps"}, "value"),
        (cipher_suite_order, {"accepted_suites": ["X"]}, "cipher_suites.yml"),
        (sync_endpoint, {"redirector_change_number": "x"}, "redirector_change_number"),
    ],
)
def test_a_wrong_option_is_told_before_anything_is_read(module, args, text):
    host = SimulatedHost("issue1.yml")
    with pytest.raises(AnsibleActionFail, match=text):
        host.run(module, **args)
    assert host.asked == []


@pytest.mark.parametrize(
    ("module", "args", "text"),
    [
        (schannel_algorithm, {"kind": "cipher", "name": r"..\Protocols"}, "name"),
        (sync_endpoint, {"mu_url": "sws.update.microsoft.com"}, "mu_url"),
    ],
)
def test_a_wrong_option_that_the_plan_finds_writes_nothing(module, args, text):
    host = SimulatedHost("issue1.yml")
    with pytest.raises(AnsibleActionFail, match=text):
        host.run(module, **args)
    assert "apply" not in host.asked


DOWNSTREAM = {
    "wsus": {"api": {"configuration": {"SyncFromMicrosoftUpdate": False, "UpstreamWsusServerName": "up.corp"}}}
}
NO_ROLE = {"registry": {r"HKLM\SOFTWARE\Microsoft\Update Services\Server\Setup": None}}
UNKNOWN = {"policy": {"rsop": {"error": {"code": "cim_failed", "message": "no"}}}}
REFUSALS = [
    (sync_endpoint, {"extends": "endpoint-fe2.yml", **DOWNSTREAM}, {}, "only the topmost server"),
    (
        sync_endpoint,
        {"extends": "endpoint-fe2.yml"},
        {"mu_url": "https://fe2.update.microsoft.com"},
        "has not served WSUS",
    ),
    (cipher_suite_order, {"extends": "issue5.yml"}, {}, "TLS hardening"),
    (sync_endpoint, {"extends": "endpoint-fe2.yml", **NO_ROLE}, {}, "the WSUS role is not installed"),
    (cipher_suite_order, {"extends": "healthy.yml", **values(POLICY, Functions=5)}, {}, "REG_DWORD instead of REG_SZ"),
    (
        cipher_suite_order,
        {"extends": "healthy.yml", **values(POLICY, Functions=FAR), **UNKNOWN},
        {},
        "not known whether",
    ),
    (schannel_protocol, {"extends": "server-2016.yml"}, {"protocol": "TLS 1.3", "state": "enabled"}, "no TLS 1.3"),
]


@pytest.mark.parametrize(("module", "scenario", "args", "text"), REFUSALS)
def test_what_must_not_be_done_fails_with_the_next_step(module, scenario, args, text):
    host = SimulatedHost(scenario)
    before = host.state()
    result = host.run(module, **args)
    assert result["failed"] is True and text in result["msg"] and result["applied"] == []
    assert (result["refused"] + result["unresolved"])[0]["next_step"] in result["msg"]
    assert host.state() == before and host.asked == ["wsus_facts"]


def test_a_policy_list_of_the_wrong_type_is_written_as_the_right_one():
    wrong = {"type": "REG_MULTI_SZ", "data": [FAR]}
    host = SimulatedHost({"extends": "healthy.yml", **values(POLICY, Functions=wrong)})
    (operation,) = host.run(cipher_suite_order)["plan"]
    assert operation["before"]["type"] == "REG_MULTI_SZ" and operation["after"]["type"] == "REG_SZ"
    assert operation["after"]["data"].endswith(FAR)


def test_an_unknown_owner_can_be_overridden():
    host = SimulatedHost({"extends": "healthy.yml", **values(POLICY, Functions=FAR), **UNKNOWN})
    assert host.run(cipher_suite_order, override_unknown_owner=True)["changed"] is True
    host = SimulatedHost("issue5.yml")
    assert host.run(cipher_suite_order, override_unknown_owner=True)["failed"] is True, "a known owner cannot"
