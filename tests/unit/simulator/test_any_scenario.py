# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Any scenario file whatever: it loads, or there is one line that says where the mistake is."""

from __future__ import annotations

import contextlib
import io
import json
import os
import subprocess
import sys
from datetime import datetime, timezone
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

from wsus_simulator import HOSTS_FOLDER, ScenarioError, build_state, load_scenario, modules
from wsus_simulator.__main__ import main
from wsus_simulator.schema import SCHEMA_FILE

START = datetime(2026, 11, 24, 12, 0, tzinfo=timezone.utc)
PATHS = [r"HKLM\SOFTWARE\X", r"HKLM\SOFTWARE\x", r"C:\Windows\a.txt", "Local\\Registry.pol", "BITS", "wsusservice"]
TIMES = ["now", "-9d", "-999999d", "2026-11-20T02:10:11Z", "10000-01-01T", "0001-01-01T00:00:00+14:00"]
WORDS = ["", "REG_SZ", "REG_DWORD", "access_denied", "Running", "5.1", "9.9.9.9", "!", "YQ==", "\ud800"]
OTHERS = [None, True, 0, -1, 2**32, 2**70, 1.5, float("nan")]
SCALARS = st.sampled_from([*OTHERS, *TIMES, *WORDS, *PATHS]) | st.text(max_size=6)


@cache
def words() -> list[str]:
    """Every member that the schema knows."""
    found: set[str] = set()

    def collect(node: Any) -> None:
        if isinstance(node, dict):
            if isinstance(node.get("properties"), dict):
                found.update(node["properties"])
            for item in node.values():
                collect(item)
        elif isinstance(node, list):
            for item in node:
                collect(item)

    collect(json.loads(SCHEMA_FILE.read_text("utf-8")))
    return sorted(found - {"extends"})


NODES = st.deferred(
    lambda: SCALARS | st.lists(NODES, max_size=3) | st.dictionaries(st.sampled_from(words() + PATHS), NODES, max_size=4)
)
TOP = st.sampled_from(sorted(json.loads(SCHEMA_FILE.read_text("utf-8"))["properties"]))
DOCUMENTS = st.dictionaries(TOP, NODES, max_size=4)


def load(path: Path) -> str | None:
    """None where the file loads and the host answers from it, else the message; every other exception comes through."""
    try:
        state = build_state(load_scenario(path), START, str(path)).named("host")
    except ScenarioError as error:
        return str(error)
    answer = modules.run("wsus.compliance.wsus_facts", state, {})
    assert json.loads(modules.to_json(answer))["contract"] == state.contract or answer["failed"]
    return None


def check(folder: Path, content: bytes) -> str | None:
    path = folder / "host.yml"
    path.write_bytes(content)
    message = load(path)
    if message is not None:
        assert message.startswith(f"{path}: ") and "\n" not in message and message.isprintable(), message
        assert len(message) > len(f"{path}: ") + 10 and len(message) < len(str(path)) + 3_000, message
    return message


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("scenarios")


@settings(max_examples=200)
@given(DOCUMENTS)
@example({"boot_time": {}})
def test_any_structure_of_known_words(folder, document):
    check(folder, yaml.safe_dump(document, allow_unicode=True).encode("utf-8", "surrogatepass"))


@cache
def demo() -> tuple[tuple[dict[str, Any], tuple[tuple[Any, ...], ...]], ...]:
    """The shipped hosts, merged, and every place in each."""

    def places(node: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
        steps = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
        return [path, *(place for step, item in steps for place in places(item, (*path, step)))]

    hosts = [load_scenario(HOSTS_FOLDER / f"{name}.yml") for name in ("issue4", "issue5")]
    return tuple((host, tuple(place for place in places(host) if place)) for host in hosts)


@settings(max_examples=150)
@given(st.data())
def test_any_place_of_a_real_host_may_hold_anything(folder, data):
    host, places = data.draw(st.sampled_from(demo()))
    document = json.loads(json.dumps(host))
    *way, last = data.draw(st.sampled_from(places))
    node = document
    for step in way:
        node = node[step]
    node[last] = data.draw(NODES)
    check(folder, json.dumps(document).encode())


MARKUP = st.text(st.sampled_from("abé\x00\x07\u202e\t\n :-?[]{}&*!|>'\"%@`#,0~=\\<") | st.characters(), max_size=60)


@settings(max_examples=250)
@given(MARKUP)
@example("a: &a [*a]")
@example("&a {registry: *a}")
@example("? [a]\n: b")
@example("? {a: b}\n: c")
@example("? null\n: b")
@example("<<: {about: x}")
@example("<<: 5")
@example("!!binary 'x'")
@example("about: !!binary 'x'")
@example("about: !!int 'x'")
@example("about: !!float 'x'")
@example("about: !!timestamp 'x'")
@example("about: !!set {a, b}")
@example("about: !!omap [a]")
@example("about: !!bool 'x'")
@example("about: 0x")
@example("contract: 0b")
@example("contract: 1_0")
@example("contract: 190:20:30")
@example("contract: " + "9" * 5_000)
@example("powershell_version: '" + "9" * 5_000 + ".1'")
@example("about: a\n---\nabout: b")
@example("%YAML 9.9\n---\nabout: a")
@example("registry: {'HKLM\\X': {values: {A: {type: REG_SZ, data: null}}}}")
@example("boot_time: 9999-12-31T23:59:59-14:00")
@example("installed: -999999d")
@example("about: *gone")
@example("")
@example("\ufeffabout: a")
def test_any_text(folder, text):
    check(folder, text.encode("utf-8", "surrogatepass"))


@settings(max_examples=100)
@given(st.binary(max_size=60))
@example("about: ä".encode("latin-1"))
@example("about: a".encode("utf-16"))
@example(b"\xff\xfe\xfd")
def test_any_bytes(folder, content):
    check(folder, content)


LAUGHS = b"about: &a0 [x]\n" + b"".join(
    b"a%d: &a%d [%s]\n" % (n, n, b",".join([b"*a%d" % (n - 1)] * 9)) for n in range(1, 25)
)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"[" * 100_000, "not YAML: nested deeper than 50 levels"),
        (b"{a: " * 100_000, "not YAML: nested deeper than 50 levels"),
        (b"- " * 100_000, "not YAML: nested deeper than 50 levels"),
        (b"registry: " + b"{a: " * 60 + b"}" * 60, "nested deeper than 50 levels"),
        (b"registry: " + b"{a: " * 40 + b"}" * 40, "registry"),
        (LAUGHS, "more than 100000 values"),
        (b"registry: &a {x: [*a]}", "*a is within itself"),
        (b"about: " + b"x" * (4 << 20), "larger than 4 MiB"),
        (b"about: |\n " + b"x" * 100_000, None),
    ],
    ids=["lists", "maps", "items", "deep", "less deep", "laughs", "circle", "large", "long"],
)
def test_deep_and_large_files(tmp_path, content, words):
    message = check(tmp_path, content)
    assert message is None if words is None else words in (message or "")


def test_what_extends_may_be_anything_too(tmp_path, folder):
    for number, extends in enumerate(
        ["", ".", "..", "/", "/dev/null", "\0", "a\0b", "x" * 5_000, "host.yml", [], [""], 5, None]
    ):
        path = tmp_path / f"host{number}.yml"
        path.write_text(yaml.safe_dump({"extends": extends}), "utf-8")
        message = load(path)
        assert message is None or message.startswith(f"{path}: ") or message.startswith("/dev/null: "), (
            extends,
            message,
        )
        assert message is None or "\n" not in message


@settings(max_examples=50)
@given(DOCUMENTS)
def test_the_command_line_says_it_in_one_line(folder, document):
    path = folder / "bad.yml"
    path.write_text(yaml.safe_dump({"unknown word": 1, **document}), "utf-8", errors="surrogatepass")
    with contextlib.redirect_stderr(io.StringIO()) as stream:
        assert main(["--host", f"a={path}", "--", "false"]) == 2
    said = stream.getvalue()
    assert said.startswith(f"wsus_simulator: {path}: ") and said.count("\n") == 1


@pytest.mark.parametrize(
    "content", [b"\xff", b"[" * 100_000, b"&a {registry: *a}", b"about: 'x\x1b[31m'", b"unknown\x1b[31m: 1"]
)
def test_the_program_has_no_traceback(tmp_path, content):
    path = tmp_path / "host.yml"
    path.write_bytes(content)
    done = subprocess.run(
        [sys.executable, "-m", "wsus_simulator", "--host", f"a={path}", "--", "true"],
        env={**os.environ, "PYTHONPATH": str(HOSTS_FOLDER.parent)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 2 and done.stdout == ""
    assert done.stderr.startswith(f"wsus_simulator: {path}: ") and done.stderr.count("\n") == 1
    assert done.stderr.rstrip("\n").isprintable()
