# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What Schannel may use. The expected states are reasoned from Microsoft's documents, see the sources in os.yml and
schannel.py.
"""

from __future__ import annotations

import pytest
from ansible_collections.wsus.compliance.plugins.plugin_utils.facts import build_facts
from support.raw_state import DENIED, SCHANNEL, algorithm_tree, answer, key, no_tree, os_raw, reg, schannel_raw, tree

ALL_OS = ["2012", "2012R2", "2016", "2019", "2022", "2025"]
SIX = ["SSL 2.0", "SSL 3.0", "TLS 1.0", "TLS 1.1", "TLS 1.2", "TLS 1.3"]
PATH = rf"{SCHANNEL}\Protocols"


def facts(os_id, raw):
    return build_facts(answer(os=os_raw(os_id), schannel=raw))["schannel"]


def protocol_tree(protocol, *, role="Client", **values):
    path = rf"{PATH}\{protocol}"
    return tree(PATH, {protocol: tree(path, {role: key(rf"{path}\{role}", **values)})})


def side(os_id, protocol, role="client", **values):
    raw = schannel_raw(protocols=protocol_tree(protocol, role=role.title(), **values))
    return facts(os_id, raw)["protocols"][protocol][role]


# "Protocols in TLS/SSL (Schannel SSP)", column by column.
@pytest.mark.parametrize(
    ("os_id", "states"),
    [
        ("2012", ["disabled", "enabled", "enabled", "enabled", "enabled", "unsupported"]),
        ("2012R2", ["disabled", "enabled", "enabled", "enabled", "enabled", "unsupported"]),
        ("2016", ["unsupported", "disabled", "enabled", "enabled", "enabled", "unsupported"]),
        ("2019", ["unsupported", "disabled", "enabled", "enabled", "enabled", "unsupported"]),
        ("2022", ["unsupported", "disabled", "enabled", "enabled", "enabled", "enabled"]),
        ("2025", ["unsupported", "disabled", "enabled", "enabled", "enabled", "enabled"]),
        (None, ["unknown"] * 6),
    ],
)
@pytest.mark.parametrize("role", ["client", "server"])
def test_defaults(os_id, states, role):
    found = facts(os_id, schannel_raw())["protocols"]
    assert list(found) == SIX
    assert [found[name][role]["state"] for name in SIX] == states
    assert [found[name][role]["default"] for name in SIX] == states
    assert {found[name][role]["source"] for name in SIX} == {"os_default" if os_id else "unknown"}


UNSET = object()


def values_of(enabled, disabled_by_default):
    values = {"Enabled": enabled, "DisabledByDefault": disabled_by_default}
    return {name: value for name, value in values.items() if value is not UNSET}


# A protocol that is on by default.
@pytest.mark.parametrize("os_id", ALL_OS)
@pytest.mark.parametrize("role", ["client", "server"])
@pytest.mark.parametrize(
    ("enabled", "by_default", "state", "source"),
    [
        (UNSET, UNSET, "enabled", "os_default"),
        (UNSET, 0, "enabled", "registry"),
        (UNSET, 1, "off_unless_asked", "registry"),
        (UNSET, 0xFFFFFFFF, "off_unless_asked", "registry"),
        (1, UNSET, "enabled", "registry"),
        (1, 0, "enabled", "registry"),
        (1, 1, "off_unless_asked", "registry"),
        (0xFFFFFFFF, UNSET, "enabled", "registry"),
        (-1, 0, "enabled", "registry"),
        (2, 0, "enabled", "registry"),
        (0, UNSET, "disabled", "registry"),
        (0, 1, "disabled", "registry"),
        (0, 0xFFFFFFFF, "disabled", "registry"),
        (0, 0, "half_disabled", "registry"),
    ],
)
def test_tls12(os_id, role, enabled, by_default, state, source):
    found = side(os_id, "TLS 1.2", role, **values_of(enabled, by_default))
    assert (found["state"], found["source"], found["default"]) == (state, source, "enabled")
    assert found["type_problems"] == []
    assert (found["reason"] is not None) == (state == "half_disabled")


# A protocol that is off by default: only Enabled turns it on; DisabledByDefault=0 alone is documented nowhere.
@pytest.mark.parametrize(("os_id", "protocol"), [("2012", "SSL 2.0"), ("2016", "SSL 3.0"), ("2025", "SSL 3.0")])
@pytest.mark.parametrize(
    ("enabled", "by_default", "state", "source"),
    [
        (UNSET, UNSET, "disabled", "os_default"),
        (UNSET, 1, "disabled", "os_default"),
        (UNSET, 0, "unknown", "unknown"),
        (1, UNSET, "enabled", "registry"),
        (1, 0, "enabled", "registry"),
        (1, 1, "off_unless_asked", "registry"),
        (0, UNSET, "disabled", "registry"),
        (0, 0, "half_disabled", "registry"),
    ],
)
def test_off_by_default(os_id, protocol, enabled, by_default, state, source):
    found = side(os_id, protocol, **values_of(enabled, by_default))
    assert (found["state"], found["source"], found["default"]) == (state, source, "disabled")
    assert (found["reason"] is not None) == (state in ("unknown", "half_disabled"))


# A protocol that the OS has not got, whatever the registry says.
@pytest.mark.parametrize(
    ("os_id", "protocol"),
    [
        *((os_id, "TLS 1.3") for os_id in ("2012", "2012R2", "2016", "2019")),
        *((os_id, "SSL 2.0") for os_id in ("2016", "2019", "2022", "2025")),
    ],
)
@pytest.mark.parametrize("enabled", [UNSET, 0, 1, "1", DENIED])
@pytest.mark.parametrize("by_default", [UNSET, 0, 1])
def test_unsupported(os_id, protocol, enabled, by_default):
    found = side(os_id, protocol, **values_of(enabled, by_default))
    assert (found["state"], found["source"], found["default"]) == ("unsupported", "os_default", "unsupported")
    assert found["reason"]


# An OS that is not in the table: an explicit Enabled decides for protocols that every OS has.
@pytest.mark.parametrize(
    ("protocol", "enabled", "by_default", "state"),
    [
        ("TLS 1.2", UNSET, UNSET, "unknown"),
        ("TLS 1.2", UNSET, 0, "unknown"),
        ("TLS 1.2", UNSET, 1, "unknown"),
        ("TLS 1.2", 1, UNSET, "enabled"),
        ("TLS 1.2", 1, 1, "off_unless_asked"),
        ("TLS 1.2", 0, UNSET, "disabled"),
        ("TLS 1.2", 0, 0, "half_disabled"),
        ("TLS 1.3", 1, 0, "unknown"),
        ("TLS 1.3", 0, UNSET, "disabled"),
        ("SSL 2.0", 1, UNSET, "unknown"),
        ("SSL 3.0", 1, UNSET, "enabled"),
    ],
)
def test_unknown_os(protocol, enabled, by_default, state):
    found = side(None, protocol, **values_of(enabled, by_default))
    assert (found["state"], found["default"]) == (state, "unknown")


# A wrong type may be ignored or honoured: the state is told where it is the same either way.
@pytest.mark.parametrize(
    ("protocol", "enabled", "by_default", "state", "problems"),
    [
        ("TLS 1.2", "1", UNSET, "enabled", ["Enabled"]),
        ("TLS 1.2", "0", UNSET, "unknown", ["Enabled"]),
        ("TLS 1.2", "0x1", "0", "enabled", ["Enabled", "DisabledByDefault"]),
        ("TLS 1.2", "yes", UNSET, "unknown", ["Enabled"]),
        ("TLS 1.2", ["1"], UNSET, "unknown", ["Enabled"]),
        ("TLS 1.2", reg(1, "REG_QWORD"), UNSET, "enabled", ["Enabled"]),
        ("TLS 1.2", reg(0, "REG_QWORD"), UNSET, "unknown", ["Enabled"]),
        ("TLS 1.2", reg("01000000", "REG_BINARY"), UNSET, "enabled", ["Enabled"]),
        ("TLS 1.2", reg("00000000", "REG_BINARY"), UNSET, "unknown", ["Enabled"]),
        ("TLS 1.2", UNSET, "1", "unknown", ["DisabledByDefault"]),
        ("TLS 1.2", UNSET, "0", "enabled", ["DisabledByDefault"]),
        ("TLS 1.2", 1, "1", "unknown", ["DisabledByDefault"]),
        ("TLS 1.2", 0, "1", "disabled", ["DisabledByDefault"]),
        # Off in both readings; only whether the registry contradicts itself is open.
        ("TLS 1.2", 0, "0", "disabled", ["DisabledByDefault"]),
        ("TLS 1.2", 0, "", "disabled", ["DisabledByDefault"]),
        ("SSL 3.0", "1", UNSET, "unknown", ["Enabled"]),
        ("SSL 3.0", "0", UNSET, "disabled", ["Enabled"]),
    ],
)
def test_wrong_types(protocol, enabled, by_default, state, problems):
    found = side("2019", protocol, **values_of(enabled, by_default))
    assert (found["state"], found["type_problems"]) == (state, problems)
    assert all(name in found["reason"] for name in problems)


@pytest.mark.parametrize(
    ("enabled", "by_default", "state"),
    [(DENIED, UNSET, "unknown"), (DENIED, 0, "unknown"), (1, DENIED, "unknown"), (0, DENIED, "disabled")],
)
def test_unreadable_values(enabled, by_default, state):
    found = side("2019", "TLS 1.2", **values_of(enabled, by_default))
    assert found["state"] == state
    assert "access_denied" in found["reason"]


@pytest.mark.parametrize(
    "protocols",
    [
        None,
        DENIED,
        {"path": PATH, **DENIED},
        tree(PATH, {"TLS 1.2": DENIED}),
        tree(PATH, {"TLS 1.2": tree("x", {"Client": DENIED})}),
        tree(PATH, {"TLS 1.2": tree("x", truncated=True)}),
        tree(PATH, {"TLS 1.2": 7}),
        tree(PATH, {"TLS 1.2": tree("x", {"Client": key("x"), "client": key("x", Enabled=0)})}),
        tree(PATH, truncated=True),
    ],
)
def test_unreadable_keys(protocols):
    found = facts("2019", schannel_raw(protocols=protocols))["protocols"]
    client = found["TLS 1.2"]["client"]
    assert (client["state"], client["source"], client["default"]) == ("unknown", "unknown", "enabled")
    assert "error" in client["enabled"]
    assert found["TLS 1.3"]["client"]["state"] == "unsupported"


def test_names_of_keys_in_any_case():
    raw = tree(PATH, {"tls 1.2": tree("x", {"CLIENT": key("x", Enabled=0)})})
    found = facts("2022", schannel_raw(protocols=raw))["protocols"]
    assert list(found) == SIX
    assert found["TLS 1.2"]["client"]["state"] == "disabled"
    assert found["TLS 1.2"]["server"]["state"] == "enabled"


@pytest.mark.parametrize(
    ("os_id", "name", "state"),
    [("2012", "DTLS 1.0", "enabled"), ("2012", "DTLS 1.2", "unsupported"), ("2016", "DTLS 1.2", "enabled"),
     ("2016", "PCT 1.0", "unknown")],
)  # fmt: skip
def test_other_protocols_of_the_host(os_id, name, state):
    found = facts(os_id, schannel_raw(protocols=tree(PATH, {name: tree("x")})))["protocols"]
    assert list(found) == [*SIX, name]
    assert found[name]["client"]["state"] == state


def test_values_have_their_full_path_also_where_there_is_no_key():
    found = facts("2016", schannel_raw(protocols=no_tree(PATH)))["protocols"]["TLS 1.2"]["client"]
    assert found["enabled"]["path"] == rf"{PATH}\TLS 1.2\Client"
    assert (found["enabled"]["name"], found["enabled"]["exists"]) == ("Enabled", False)


@pytest.mark.parametrize(
    ("value", "effective"),
    [(0, "disabled"), (1, "enabled"), (0xFFFFFFFF, "enabled"), (-1, "enabled"), ("1", "enabled"), ("0", "unknown"),
     ("no", "unknown"), (DENIED, "unknown")],
)  # fmt: skip
@pytest.mark.parametrize(
    ("member", "subkey", "name"),
    [("ciphers", "Ciphers", "AES 256/256"), ("hashes", "Hashes", "SHA256"),
     ("key_exchange_algorithms", "KeyExchangeAlgorithms", "ECDH")],
)  # fmt: skip
def test_algorithms(member, subkey, name, value, effective):
    found = facts("2016", schannel_raw(**{member: algorithm_tree(subkey, **{name: value})}))[member]
    assert list(found) == [name]
    assert (found[name]["effective"], found[name]["source"]) == (effective, "registry")


def test_algorithm_without_a_value():
    found = facts("2016", schannel_raw(hashes=tree("H", {"MD5": key("H\\MD5")})))["hashes"]
    assert (found["MD5"]["effective"], found["MD5"]["source"]) == ("enabled", "os_default")
    assert found["MD5"]["enabled"]["exists"] is False


def test_unreadable_algorithms_are_an_error():
    assert facts("2016", schannel_raw(ciphers=DENIED))["ciphers"] == DENIED
    assert facts("2016", schannel_raw())["ciphers"] == {}


@pytest.mark.parametrize(
    ("modern", "legacy", "enabled", "shown"),
    [
        (UNSET, UNSET, False, "Enabled"),
        (0, UNSET, False, "Enabled"),
        (1, UNSET, True, "Enabled"),
        (1, 0, True, "Enabled"),
        (1, DENIED, True, "Enabled"),
        (0, 0, False, "Enabled"),
        (UNSET, 0, False, "FIPSAlgorithmPolicy"),
        # Only the older value, which Microsoft's page names, is set: no source says what counts.
        (UNSET, 1, None, "FIPSAlgorithmPolicy"),
        (0, 1, None, "Enabled"),
        (0, DENIED, None, "Enabled"),
        ("1", UNSET, None, "Enabled"),
        ("0", UNSET, False, "Enabled"),
        (DENIED, UNSET, None, "Enabled"),
    ],
)
def test_fips(modern, legacy, enabled, shown):
    raw = schannel_raw(
        fips=key("F", **values_of(modern, UNSET)),
        fips_legacy=key("L", **({} if legacy is UNSET else {"FIPSAlgorithmPolicy": legacy})),
    )
    found = facts("2016", raw)["fips"]
    assert found["enabled"] is enabled
    assert found["value"]["name"] == shown


def test_nothing_readable():
    found = facts("2019", {})
    assert found["protocols"]["TLS 1.2"]["client"]["state"] == "unknown"
    assert "error" in found["hashes"]
    assert found["fips"]["enabled"] is None
