# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Facts -> plan -> carried out -> facts: it helps, once is enough, the diff was right, and all of it goes back."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.wsus.compliance.plugins.plugin_utils.apply.answer import check_apply
from ansible_collections.wsus.compliance.plugins.plugin_utils.apply.journal import read_journal
from ansible_collections.wsus.compliance.plugins.plugin_utils.apply.outcome import outcome
from ansible_collections.wsus.compliance.plugins.plugin_utils.apply.rollback import plan_rollback
from ansible_collections.wsus.compliance.plugins.plugin_utils.assess import assess
from ansible_collections.wsus.compliance.plugins.plugin_utils.facts.dotnet import KEYS
from ansible_collections.wsus.compliance.plugins.plugin_utils.facts.schannel import SCHANNEL
from ansible_collections.wsus.compliance.plugins.plugin_utils.plan import Plan
from ansible_collections.wsus.compliance.plugins.plugin_utils.plan.diff import planned
from support.plan_hosts import NATIVE, TLS12, config, facts, host, local_list, plan, put
from support.raw_host import RawHost

ECDH = rf"{SCHANNEL}\KeyExchangeAlgorithms\ECDH"
OTHER_SWITCH = (
    "<configuration>\n  <runtime>\n    <AppContextSwitchOverrides value='x=true'/>\n  </runtime>\n</configuration>"
)


def fe2() -> RawHost:
    return host("endpoint-fe2")


def tls12(**values: int) -> RawHost:
    found = host()
    for name, number in values.items():
        put(found, TLS12, name, "REG_DWORD", number)
    return found


def without_ecdh(found: RawHost) -> RawHost:
    return put(found, ECDH, "Enabled", "REG_DWORD", 0)


CASES: list[tuple[str, RawHost, list[str], set[str]]] = [
    # (what is wrong, host, what is applied, findings that fail before and pass after)
    ("issue 1", host("issue1"), ["all"], {"import.tls12"}),
    ("issue 1 by name", host("issue1"), ["issue_1"], {"import.tls12"}),
    ("issue 1, method 2", host("issue1"), ["w3wp_config"], {"import.tls12"}),
    ("issue 1, method 2, other switches", config(host("issue1"), OTHER_SWITCH), ["w3wp_config"], {"import.tls12"}),
    ("issue 2", host("issue2"), ["issue_2"], {"import.tls12"}),
    ("issue 4", host("issue4"), ["issue_4"], {"import.tls12"}),
    ("old endpoint", fe2(), ["all"], {"endpoint.mu_url", "endpoint.redirector_change_number"}),
    ("values of another type", put(host("issue1"), NATIVE, "SchUseStrongCrypto", "REG_SZ", "1"), ["all"],
     {"import.tls12", "dotnet.value_type"}),
    ("TLS 1.2 off", tls12(Enabled=0, DisabledByDefault=1), ["all"], {"schannel.tls12_client"}),
    ("TLS 1.2 half off", tls12(Enabled=0, DisabledByDefault=0), ["schannel_tls12"], {"schannel.tls12_client"}),
    ("TLS 1.2 off unless asked", tls12(DisabledByDefault=1), ["all"], {"schannel.tls12_client"}),
    ("no key exchange", without_ecdh(host()), ["all"], {"ciphers.algorithm_disabled", "ciphers.common_suite"}),
    ("no suite", local_list("issue5"), ["all"], {"ciphers.common_suite"}),
    ("no suite by name", local_list("issue5"), ["issue_5"], {"ciphers.common_suite"}),
    ("no suite on 2012 R2", local_list("issue3"), ["cipher_suite_order"], {"ciphers.common_suite"}),
    ("no suite, list of another type", local_list("issue5", ["TLS_RSA_WITH_AES_256_GCM_SHA384"], "REG_MULTI_SZ"),  # type: ignore[arg-type]
     ["all"], {"ciphers.common_suite", "ciphers.policy_type"}),
    ("neither suite nor key exchange, all", without_ecdh(local_list("issue5")), ["all"], {"ciphers.common_suite"}),
    ("neither suite nor key exchange", without_ecdh(local_list("issue5")), ["issue_5"], {"ciphers.common_suite"}),
]  # fmt: skip


def results(found: RawHost) -> dict[str, str]:
    return {finding["id"]: finding["result"] for finding in assess(facts(found))["findings"]}


def carry_out(found: RawHost, made: Plan, **options: Any) -> dict[str, Any]:
    """What the host answered, checked, as a result."""
    answer = found.apply(made.for_host(), notes=made.journal_notes(), **options)
    checked = check_apply(answer, made.operations, check_mode=options.get("check_mode", False))
    return {**outcome(made, checked), "lines": (answer["journal"] or {}).get("lines")}


@pytest.mark.parametrize(("found", "apply", "mended"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_mended_once_and_taken_back(found, apply, mended):
    found = RawHost(found.raw)
    before = found.without_times()
    assert {results(found)[rule] for rule in mended} == {"fail"}

    made = plan(found, *apply)
    assert made.operations and not made.refused and not made.failures()
    compared = carry_out(found, made, check_mode=True)
    assert compared["changed"] is True and compared["journal"] is None and found.without_times() == before

    done = carry_out(found, made)
    assert done["changed"] is True and not done["failed"]
    assert done["applied"] == [operation.id for operation in made.operations] == compared["applied"]
    assert done["diff"] == compared["diff"] == planned(made)
    assert {results(found)[rule] for rule in mended} == {"pass"}
    assert mended <= {rule for operation in made.operations for rule in operation.findings} | {"ciphers.policy_type"}

    again = plan(found, *apply)
    assert not again.operations and not again.failures()

    journal = read_journal(done["lines"], done["journal_id"])
    assert journal.state == "complete" and [entry.id for entry in journal.done()] == done["applied"]
    back = plan_rollback(journal)
    assert not back.plan.failures()
    assert [operation.id for operation in back.plan.operations] == done["applied"][::-1]
    answer = found.apply(back.plan.for_host(), purpose="rollback", rolls_back=journal.id, notes=back.notes)
    undone = outcome(back.plan, check_apply(answer, back.plan.operations))
    assert undone["changed"] and not undone["failed"]
    assert found.without_times() == before
    if not any(operation.kind == "file" for operation in made.operations):
        assert [(item["before"], item["after"]) for item in undone["diff"]] == _swapped(done["diff"])


def _swapped(diff):
    """The diff of the way back: lines in the reverse order of the operations."""
    return [("".join(item["after"].splitlines(keepends=True)[::-1]) if item["before_header"] == "registry" else
             item["after"],
             "".join(item["before"].splitlines(keepends=True)[::-1]) if item["before_header"] == "registry" else
             item["before"]) for item in diff[::-1]]  # fmt: skip


def test_the_way_back_removes_keys_that_were_made_for_it():
    found = host("issue1")
    key = KEYS["wow6432_v2"]
    found.raw["dotnet"]["wow6432_v2"] = {"path": key, "exists": False, "last_write": None, "values": {}}
    before = found.without_times()
    made = plan(found, "dotnet_strong_crypto")
    journal = read_journal((done := carry_out(found, made))["lines"], done["journal_id"])
    assert found.key(key)["exists"] is True
    back = plan_rollback(journal)
    assert back.plan.operations[0].remove_keys == back.plan.operations[1].remove_keys == (key,)
    found.apply(back.plan.for_host())
    assert found.without_times() == before


def test_a_host_that_was_changed_in_between_is_left_alone():
    found = host("issue1")
    made = plan(found, "all")
    put(found, NATIVE, "SchUseStrongCrypto", "REG_DWORD", 0)
    before = found.without_times()
    done = carry_out(found, made)
    assert (done["failed"], done["changed"], done["applied"], done["diff"]) == (True, False, [], [])
    assert "dotnet_strong_crypto.2" in done["msg"] and "found REG_DWORD 0" in done["msg"] and "Run again" in done["msg"]
    assert found.without_times() == before
