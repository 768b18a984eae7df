# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The action plugin service_restart: what is allowed and needed, once, and what is left is told."""

from __future__ import annotations

import pytest
from ansible.errors import AnsibleActionFail
from ansible_collections.wsus.compliance.plugins.action import enforce, service_restart
from support.journals import records
from support.simulated_action import APPLY, SimulatedHost, facts_of

V4 = r"HKLM\SOFTWARE\Microsoft\.NETFramework\v4.0.30319"
POLICY = r"HKLM\SOFTWARE\Policies\Microsoft\Cryptography\Configuration\SSL\00010002"
FAR = "TLS_RSA_WITH_AES_256_GCM_SHA384"
REBOOTS = {"extends": "healthy.yml", "registry": {POLICY: {"last_write": "-300d", "values": {"Functions": FAR}}}}


def changed(scenario: object = "issue1.yml", **options: object) -> tuple[SimulatedHost, str]:
    """A host on which something was changed that waits for a restart, and the lines of its journal's name."""
    host = SimulatedHost(scenario)
    done = host.run(enforce, apply=["all"], **options)
    assert done["changed"] is True
    host.executions.clear()
    return host, str(done["journal"])


def notes(host: SimulatedHost, journal: str) -> list[str]:
    lines = host.machine.state.file(journal).read().decode().splitlines()
    return [record["what"] for record in records(lines) if record["record"] == "restart"]


def test_nothing_is_allowed_and_so_only_told():
    host, journal = changed()
    result = host.run(service_restart)
    assert result["changed"] is False and result["restarts"] == [] and notes(host, journal) == []
    assert result["restart_required"] and result["reboot_recommended"] and not result["reboot_required"]
    assert host.asked == ["wsus_facts"]


def test_what_is_needed_is_restarted_once():
    host, journal = changed()
    predicted = host.run(service_restart, check=True, restart_ok=True)
    assert predicted["changed"] is True and notes(host, journal) == []
    result = host.run(service_restart, restart_ok=True)
    assert result["changed"] is True and [item["what"] for item in result["restarts"]] == ["iisreset"]
    assert result["restart_required"] == [] == predicted["restart_required"] and predicted["diff"] == result["diff"]
    assert notes(host, journal) == ["iisreset"]
    again = host.run(service_restart, restart_ok=True, reboot_ok=True)
    assert again["changed"] is False, "a restart of Windows that is only recommended is not done"


def test_facts_tell_that_nothing_is_to_be_done_but_never_what_is():
    host, _journal = changed()
    old = facts_of(host)
    assert host.run(service_restart, restart_ok=True, facts=old)["changed"] is True
    assert host.asked == ["wsus_facts", "restart"]
    assert host.run(service_restart, restart_ok=True, facts=old)["changed"] is False, "the old facts are not believed"
    new = facts_of(host)
    assert host.run(service_restart, restart_ok=True, facts=new)["changed"] is False and host.asked == []


def test_windows_is_restarted_once_for_a_change():
    host, journal = changed(REBOOTS)
    assert host.run(service_restart, restart_ok=True)["reboot_required"], "a restart of services is not enough"
    result = host.run(service_restart, reboot_ok=True, reboot_timeout=60)
    assert result["changed"] is True and result["restarts"] == [
        {"what": "reboot", "status": "done", "message": "", "seconds": 3.0, "started": None}
    ]
    assert host.loader.get.call_args.args == ("ansible.windows.win_reboot",)
    assert host.loader.get.call_args.kwargs["task"].args["reboot_timeout"] == 60
    assert notes(host, journal) == ["reboot"], "noted before it was done"
    # The stub has not restarted it: its start is still before the change, and only the note tells.
    again = host.run(service_restart, reboot_ok=True)
    assert again["changed"] is False and again["reboot_required"] == []


def test_a_restart_of_windows_that_fails_fails_the_task():
    host, journal = changed(REBOOTS)
    host.rebooted = {"failed": True, "msg": "timed out waiting for it"}
    result = host.run(service_restart, reboot_ok=True)
    assert result["failed"] is True and "timed out" in result["msg"] and result["changed"] is False
    assert notes(host, journal) == ["reboot"]


def test_a_restart_of_windows_that_cannot_be_noted_is_not_done():
    host, _journal = changed(REBOOTS)

    def refuse(name, arguments):
        if name == APPLY:
            failed = {"what": "reboot_note", "status": "failed", "message": "no", "seconds": 0, "started": None}
            return {"contract": 1, "changed": False, "restarts": [failed]}
        return None

    host.hook = refuse
    result = host.run(service_restart, reboot_ok=True)
    assert result["failed"] is True and "could not be noted" in result["msg"]
    assert not host.loader.get.return_value.run.called


def test_without_ansible_windows_it_says_what_to_install():
    host, _journal = changed(REBOOTS)
    host.rebooted = None
    with pytest.raises(AnsibleActionFail, match=r"install the collection ansible\.windows"):
        host.run(service_restart, reboot_ok=True)
    assert host.asked == ["wsus_facts"], "found out before the restart is noted"


def test_a_service_that_fails_to_restart_ends_it():
    host, journal = changed("endpoint-fe2.yml")
    host.change({"services": {"W3SVC": {"start": 4}}})
    result = host.run(service_restart, restart_ok=True)
    assert result["failed"] is True and "iisreset failed" in result["msg"]
    assert [item["status"] for item in result["restarts"]] == ["failed", "not_reached"]
    assert len(result["restart_required"]) == 2 and notes(host, journal) == []


def test_changes_by_hand_are_restarted_for_only_where_that_is_asked_for():
    host = SimulatedHost("healthy.yml")
    host.change({"registry": {V4: {"values": {"SchUseStrongCrypto": 1}}}})
    told = host.run(service_restart, restart_ok=True, reboot_ok=True)
    assert told["changed"] is False and len(told["from_times"]) == 1
    done = host.run(service_restart, restart_ok=True, from_times=True)
    assert done["changed"] is True and done["from_times"] == [], "told no longer, as it was done"
    assert host.run(service_restart, restart_ok=True, from_times=True)["changed"] is False


def test_windows_is_not_restarted_from_times_for_what_a_policy_writes_again_and_again():
    host = SimulatedHost("issue5.yml")
    host.change({"registry": {POLICY: {"values": {"Functions": FAR}}}})
    result = host.run(service_restart, restart_ok=True, reboot_ok=True, from_times=True)
    assert result["changed"] is False and not host.loader.get.called
    assert [item["owner"] for item in result["from_times"]] == ["gpo:TLS hardening"]
    host = SimulatedHost(REBOOTS)
    host.change({"registry": {POLICY: {"values": {"Functions": FAR}}}})
    assert host.run(service_restart, reboot_ok=True, from_times=True)["changed"] is True, "nobody else writes it"


def test_journals_that_are_not_believed_restart_nothing():
    host = SimulatedHost({"extends": "healthy.yml", "journal": {"exists": True, "owner": "S-1-5-21-1-2-3-1001"}})
    result = host.run(service_restart, restart_ok=True, reboot_ok=True)
    assert result["failed"] is True and "Nothing was restarted" in result["msg"] and host.asked == ["wsus_facts"]


@pytest.mark.parametrize("args", [{"restart_ok": "maybe"}, {"reboot_timeout": 0}, {"what": "iisreset"}])
def test_wrong_options(args):
    with pytest.raises(AnsibleActionFail):
        SimulatedHost("healthy.yml").run(service_restart, **args)


@pytest.mark.parametrize(
    "answer",
    [
        {"contract": 1},
        {"contract": 1, "restarts": []},
        {"contract": 1, "restarts": [{"what": "iisreset", "status": 1}]},
    ],
)
def test_an_answer_that_is_none_is_an_error(answer):
    host, _journal = changed()
    host.hook = lambda name, _arguments: answer if name == APPLY else None
    assert host.run(service_restart, restart_ok=True)["failed"] is True


def test_services_are_restarted_for_another_reason_than_a_change():
    host = SimulatedHost("healthy.yml")
    assert host.run(service_restart, check=True, restart_ok=True, always=["WsusService"])["changed"] is True
    assert host.asked == ["wsus_facts"]
    result = host.run(service_restart, restart_ok=True, always=["WsusService", "iisreset"])
    assert [item["what"] for item in result["restarts"]] == ["iisreset", "WsusService"]
    assert {item["status"] for item in result["restarts"]} == {"done"}
    with pytest.raises(AnsibleActionFail, match="restart_ok"):
        host.run(service_restart, always=["iisreset"])
