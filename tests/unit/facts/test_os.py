# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which Windows Server a host is."""

from __future__ import annotations

import pytest
from ansible_collections.wsus.compliance.plugins.plugin_utils.facts import build_facts
from support.raw_state import DENIED, TIME, answer, key, os_raw, reg


def facts(raw, collected_at=TIME):
    return build_facts({**answer(os=raw), "collected_at": collected_at})["os"]


@pytest.mark.parametrize(
    ("os_id", "build", "support_ends", "esu_ends"),
    [
        ("2012", 9200, "2023-10-10", "2026-10-13"),
        ("2012R2", 9600, "2023-10-10", "2026-10-13"),
        ("2016", 14393, "2027-01-12", None),
        ("2019", 17763, "2029-01-09", None),
        ("2022", 20348, "2031-10-14", None),
        ("2025", 26100, "2034-11-14", None),
    ],
)
def test_systems_of_the_table(os_id, build, support_ends, esu_ends):
    found = facts(os_raw(os_id))
    assert (found["id"], found["build"], found["is_server"]) == (os_id, build, True)
    assert (found["support_ends"], found["esu_ends"]) == (support_ends, esu_ends)


def test_all_members():
    raw = os_raw("2016", ProductName="Windows Server 2016 Standard", UBR=3750, EditionID="ServerStandard")
    assert facts(raw) == {
        "id": "2016",
        "name": "Windows Server 2016 Standard",
        "build": 14393,
        "ubr": 3750,
        "edition": "ServerStandard",
        "installation_type": None,
        "is_server": True,
        "machine_name": "WSUS01",
        "domain": "example.test",
        "is_64bit": True,
        "ui_culture": "en-US",
        "powershell": {"version": "5.1.14393.1", "edition": "Desktop"},
        "support_ends": "2027-01-12",
        "support_ended": False,
        "esu_ends": None,
        "esu_ended": None,
    }


@pytest.mark.parametrize(
    ("day", "support_ended", "esu_ended"),
    [
        ("2023-10-10T23:59:59.000Z", False, False),
        ("2023-10-11T00:00:00.000Z", True, False),
        ("2026-10-13T12:00:00.000Z", True, False),
        ("2026-10-14T00:00:00.000Z", True, True),
        ("nonsense", None, None),
    ],
)
def test_support_ends_after_its_last_day(day, support_ended, esu_ended):
    found = facts(os_raw("2012R2"), day)
    assert (found["support_ended"], found["esu_ended"]) == (support_ended, esu_ended)


@pytest.mark.parametrize(
    ("number", "build", "expected"),
    [
        ("14393", "14393", 14393),
        ("14393", None, 14393),
        (None, "14393", 14393),
        ("14393", "1.511.1 () (Obsolete data - do not use)", 14393),
        ("14393", "9600", None),
        (None, None, None),
        ("", "", None),
        ("١٤٣٩٣", None, None),
        ("14393; drop", None, None),
        ("99999999999", None, None),
        (14393, None, None),
    ],
)
def test_build_number(number, build, expected):
    raw = os_raw("2016")
    values = raw["current_version"]["values"]
    for name, data in (("CurrentBuildNumber", number), ("CurrentBuild", build)):
        del values[name]
        if data is not None:
            values[name] = reg(data)
    found = facts(raw)
    assert found["build"] == expected
    assert found["id"] == ("2016" if expected == 14393 else None)


@pytest.mark.parametrize("current_version", ["6.3", "10.0"])
def test_version_text_does_not_matter(current_version):
    assert facts(os_raw("2022", CurrentVersion=current_version))["id"] == "2022"


@pytest.mark.parametrize(
    ("product_type", "installation_type", "is_server"),
    [
        ("ServerNT", None, True),
        ("LanmanNT", None, True),
        ("servernt", "Client", True),
        ("WinNT", None, False),
        ("WinNT", "Server", False),
        ("Other", "Server", None),
        (None, "Server", True),
        (None, "Server Core", True),
        (None, "Nano Server", True),
        (None, "Client", False),
        (None, "Embedded", None),
        (None, None, None),
    ],
)
def test_server_or_client(product_type, installation_type, is_server):
    values = {} if installation_type is None else {"InstallationType": installation_type}
    raw = os_raw("2016", **values)
    raw["product_options"] = DENIED if product_type is None else key("P", ProductType=product_type)
    found = facts(raw)
    assert found["is_server"] is is_server
    # Builds of servers are builds of clients too: only a server has a row.
    assert found["id"] == ("2016" if is_server else None)
    assert found["support_ends"] == ("2027-01-12" if is_server else None)


def test_unknown_build_keeps_what_is_known():
    found = facts(os_raw(None))
    assert (found["id"], found["build"], found["is_server"]) == (None, 25398, True)
    assert (found["support_ends"], found["support_ended"], found["esu_ends"], found["esu_ended"]) == (None,) * 4


def test_domain_of_the_next_boot():
    raw = os_raw("2019")
    raw["tcpip"] = key("P", Domain="", **{"NV Domain": "next.test"})
    assert facts(raw)["domain"] == "next.test"


@pytest.mark.parametrize(
    "raw", [{}, {"current_version": DENIED}, {"environment": []}, {"environment": {"machine_name": 5}}]
)
def test_nothing_readable_is_null(raw):
    found = facts(raw)
    assert {value for name, value in found.items() if name != "powershell"} == {None}
