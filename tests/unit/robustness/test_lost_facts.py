# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What could not be read never passes: each place of a raw answer is lost in turn, and in combinations.

The measure does not come from the code. A host that could have, in the place that was lost, something with which a rule
fails, must not pass that rule: nobody knows what is there. So each place is first filled with what other hosts have
there, and with other data of the contract's form, to learn which rules hang on it.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest
from ansible_collections.wsus.compliance.plugins.plugin_utils.assess import assess
from ansible_collections.wsus.compliance.plugins.plugin_utils.facts import BUILDERS, build_facts
from hypothesis import given, settings
from hypothesis import strategies as st
from support.whole_answer import LOST, Path, answers, at, losses, may_be_absent, put, walk

COMPLIANT = "(compliant)"
"""Beside the rules: whether the host as a whole is."""
SUBSETS = {"rich-2022": frozenset(BUILDERS), "rich-2012r2": frozenset({"os", "updates", "ciphers", "schannel"})}
"""Host -> what is lost of it. Of the second one that which is another matter on its Windows."""
HANG = {
    "rich-2022": {
        *("endpoint.mu_url", "import.tls12", "schannel.tls12_client", "schannel.half_disabled", "w3wp.config"),
        *("sync.last_result", "wsus.services", "ciphers.common_suite", "ciphers.curve_order", "restart.pending"),
    },
    "rich-2012r2": {"ciphers.common_suite", "ciphers.algorithm_disabled", "updates.monthly_rollup"},
}
"""Host -> rules that must be found to hang on something: else the tests would prove nothing."""
DONORS = ("issue3", "issue4", "endpoint-fe2")
VALUES = [
    {"type": "REG_DWORD", "data": 0},
    {"type": "REG_DWORD", "data": 1},
    {"type": "REG_DWORD", "data": 0xFFFFFFFF},
    {"type": "REG_SZ", "data": "0"},
    {"type": "REG_MULTI_SZ", "data": ["x"]},
]
TEXTS = ("Failed", "Stopped", "https://fe2.update.microsoft.com/v6", "2199-01-01T00:00:00.000Z")
CONTENTS = [base64.b64encode(text).decode() for text in (b"<a", b"<!DOCTYPE a><a/>", b"<configuration/>")]
NAMES = ("path", "name", "machine_name", "code", "message")
"""Members that only name things."""


def judge(answer: Any, raw: Any) -> dict[str, str]:
    """What each rule says, under the profile that judges most."""
    found = assess(build_facts({**answer, "raw": raw}), profile="documented")
    words = {True: "pass", False: "fail", None: "unknown"}
    return {COMPLIANT: words[found["compliant"]], **{one["id"]: one["result"] for one in found["findings"]}}


def absent(key: dict[str, Any]) -> dict[str, Any]:
    """A key, file or folder that is not there, in the contract's form."""
    empty = {name: type(item)() if isinstance(item, (dict, list)) else None for name, item in key.items()}
    return {**empty, "path": key.get("path"), "exists": False, **({"truncated": False} if "truncated" in key else {})}


def own_alternatives(raw: Any, path: Path, node: Any) -> Iterator[Any]:
    """Other data in the contract's form for this place."""
    if may_be_absent(path):
        yield LOST
    if len(path) > 1 and path[-2] == "values":
        yield from VALUES
    elif len(path) > 2 and path[-3] == "values":
        if path[-1] == "data":
            yield from (one["data"] for one in VALUES if one["type"] == at(raw, path[:-1])["type"])
    elif isinstance(node, dict) and node.get("exists") is True:
        yield absent(node)
    elif isinstance(node, bool):
        yield not node
    elif isinstance(node, int):
        yield from (0, 1, 4)
    elif isinstance(node, str) and path[-1] not in NAMES:
        yield from CONTENTS if path[-1] == "content" else TEXTS


def alternatives(raw: Any) -> Iterator[tuple[Path, Any]]:
    everything = answers()
    for path, node in walk(raw):
        for other in own_alternatives(raw, path, node):
            yield path, other
        for donor in DONORS if len(path) <= 2 or path[0] == "wsus" else ():
            try:
                yield path, at(everything[donor]["raw"], path)
            except (KeyError, IndexError, TypeError):
                continue


@cache
def hanging_on(host: str) -> dict[Path, set[str]]:
    """Place -> the rules that fail with something that could be there."""
    answer = answers()[host]
    raw = answer["raw"]
    found: dict[Path, set[str]] = {path: set() for path, _node in walk(raw)}
    seen: set[str] = set()
    for path, other in alternatives(raw):
        if path[0] not in SUBSETS[host] or repr((path, other)) in seen or other == at(raw, path):
            continue
        seen.add(repr((path, other)))
        failing = {rule for rule, result in judge(answer, put(raw, path, other)).items() if result == "fail"}
        for length in range(1, len(path) + 1):
            found[path[:length]] |= failing
    return {path: rules for path, rules in found.items() if rules}


def single_losses(host: str) -> list[Any]:
    answer, hanging = answers()[host], hanging_on(host)
    as_it_is = judge(answer, answer["raw"])
    failing = {rule for rule, result in as_it_is.items() if result == "fail"}
    assert as_it_is[COMPLIANT] == "pass"
    assert HANG[host] | {COMPLIANT} <= set().union(*hanging.values())

    wrong, tried = [], 0
    for path, rules in hanging.items():
        for name, loss in losses(path, at(answer["raw"], path)):
            tried += 1
            result = judge(answer, put(answer["raw"], path, loss))
            wrong += [(rule, path, name) for rule in rules | failing if result[rule] in ("pass", "notapplicable")]
    assert tried > 300
    return wrong


def lose_some(host: str, data: st.DataObject) -> None:
    answer, hanging = answers()[host], hanging_on(host)
    raw, must_not_pass, told = answer["raw"], set(), []
    for path in data.draw(st.lists(st.sampled_from(sorted(hanging, key=repr)), min_size=2, max_size=6, unique=True)):
        try:
            node = at(raw, path)
        except (KeyError, IndexError, TypeError):
            continue  # lost already, with what is above it
        name, loss = data.draw(st.sampled_from(list(losses(path, node))))
        raw = put(raw, path, loss)
        must_not_pass |= hanging[path]
        told.append((path, name))
    result = judge(answer, raw)
    assert not [rule for rule in must_not_pass if result[rule] in ("pass", "notapplicable")], told


@pytest.mark.parametrize("host", SUBSETS)
def test_no_loss_makes_a_pass(host):
    """One loss after the other, then several together: one test, as what hangs on what takes seconds to find."""
    assert not single_losses(host)

    @settings(max_examples=60)
    @given(st.data())
    def several(data):
        lose_some(host, data)

    several()
