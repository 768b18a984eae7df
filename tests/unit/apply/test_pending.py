# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which restarts are outstanding, and which of them may be done."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest
from ansible_collections.wsus.compliance.plugins.plugin_utils.apply.pending import (
    Item,
    Pending,
    left,
    lines,
    pending_restarts,
    reasons,
    times_left,
    to_do,
)
from ansible_collections.wsus.compliance.plugins.plugin_utils.facts.restart import CIPHER_POLICY

FIRST, SECOND = "20261124T110000000Z-00000001", "20261124T110000000Z-00000002"


def journaled(what: str, need: str = "required", journal: str = FIRST) -> dict[str, Any]:
    return {"what": what, "need": need, "reason": f"why {what}", "journal": journal}


def by_time(needs: str, path: str = "HKLM\\x") -> dict[str, Any]:
    return {"what": "something", "path": path, "needs": needs, "changed": "c", "reader": "r", "since": "s"}


def facts(items: Any = (), times: Any = (), **more: Any) -> dict[str, Any]:
    return {
        "journal": {"pending": list(items), "undetermined": []},
        "restart": {"pending": list(times), "undetermined": []},
        **more,
    }


def test_what_journals_and_times_say():
    found = pending_restarts(
        facts([journaled("iisreset"), journaled("iisreset", journal=SECOND)], [by_time("iisreset"), by_time("reboot")])
    )
    assert found.journals == (FIRST, SECOND) and found.error is None
    assert [one["needs"] for one in found.from_times] == ["reboot"], "a restart that is due anyway is told once"


@pytest.mark.parametrize(
    "journal",
    [None, "x", {"error": {"code": "unreadable", "message": "not believed"}}],
    ids=["missing", "text", "error"],
)
def test_without_journals_nothing_can_be_told(journal):
    found = pending_restarts({**facts(), "journal": journal})
    assert found.error is not None and to_do(found, restart_ok=True, reboot_ok=True, from_times=True) == []


def test_times_that_could_not_be_read_are_a_doubt_and_no_error():
    found = pending_restarts(
        {**facts([journaled("reboot")]), "restart": {"error": {"code": "cim_failed", "message": "m"}}}
    )
    assert found.error is None and found.undetermined == ("what times tell: cim_failed: m",)
    assert to_do(found, restart_ok=True, reboot_ok=True, from_times=True) == ["reboot"]


@pytest.mark.parametrize(
    ("needed", "restart_ok", "reboot_ok", "done"),
    [
        (("iisreset", "WsusService"), True, False, ["iisreset", "WsusService"]),
        (("WsusService", "iisreset"), True, True, ["iisreset", "WsusService"]),
        (("iisreset", "reboot"), True, False, ["iisreset"]),
        (("iisreset", "reboot"), True, True, ["reboot"]),
        (("iisreset", "reboot"), False, True, ["reboot"]),
        (("iisreset",), False, True, []),
        ((), True, True, []),
    ],
)
def test_what_is_done(needed, restart_ok, reboot_ok, done):
    found = pending_restarts(facts([journaled(what) for what in needed]))
    assert to_do(found, restart_ok=restart_ok, reboot_ok=reboot_ok, from_times=False) == done
    rest = left(found, done)
    assert {item.what for item in rest} == (set() if "reboot" in done else set(needed) - set(done))


def test_never_more_than_is_allowed_and_needed():
    every = ("iisreset", "WsusService", "reboot")
    for needs in product(("required", "recommended", None), repeat=3):
        items = [journaled(what, need) for what, need in zip(every, needs, strict=True) if need]
        for restart_ok, reboot_ok in product((True, False), repeat=2):
            todo = to_do(pending_restarts(facts(items)), restart_ok=restart_ok, reboot_ok=reboot_ok, from_times=False)
            assert {"reboot"} & set(todo) <= ({"reboot"} if reboot_ok else set())
            assert set(todo) - {"reboot"} <= (set(every) if restart_ok else set())
            assert set(todo) <= {item["what"] for item in items if item["need"] == "required"}
            assert todo == ["reboot"] or "reboot" not in todo


def test_times_count_only_where_they_are_asked_for():
    found = pending_restarts(facts(times=[by_time("iisreset"), by_time("service_restart"), by_time("strange")]))
    assert to_do(found, restart_ok=True, reboot_ok=True, from_times=False) == []
    assert to_do(found, restart_ok=True, reboot_ok=True, from_times=True) == ["iisreset", "WsusService"]
    assert [one["needs"] for one in times_left(found, ["iisreset"])] == ["service_restart", "strange"]
    assert times_left(found, ["reboot"]) == []


@pytest.mark.parametrize(
    ("owner", "done"),
    [("gpo:a", []), ("preference:b", []), ("local", ["reboot"]), ("unknown", ["reboot"]), (None, ["reboot"])],
)
def test_what_a_policy_may_write_again_restarts_no_windows(owner, done):
    values = {"functions": {"owner": "local"}, "ecc_curves": {"owner": owner}}
    found = pending_restarts(facts(times=[by_time("reboot", CIPHER_POLICY.upper())], ciphers={"policy": values}))
    assert to_do(found, restart_ok=True, reboot_ok=True, from_times=True) == done


def test_words():
    items = (Item("iisreset", "required", "a"), Item("iisreset", "required", "a"), Item("reboot", "recommended", "b"))
    assert reasons(items, ("iisreset",), "required") == ["iisreset: a"]
    assert reasons(items, ("reboot",), "required") == []
    text = lines(items, [by_time("service_restart")])
    assert text == "iisreset required: a\nreboot recommended: b\nWsusService by times: something (HKLM\\x)\n"
    assert Pending(items).journals == ()
