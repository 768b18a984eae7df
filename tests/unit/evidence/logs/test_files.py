# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Files of the controller: patterns, offsets over rotation, and what is no log."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest
from ansible_collections.wsus.compliance.plugins.plugin_utils.evidence.logs import read_logs
from ansible_collections.wsus.compliance.plugins.plugin_utils.evidence.logs.files import FILE_LIMIT, read_files
from support.log_samples import of_class


def run(*patterns, offsets=None):
    reading = read_files([str(one) for one in patterns], offsets)
    result = read_logs(reading.sources).as_dict()
    return result, reading.offsets()


def counts(result):
    return {event["class"]: event["count"] for event in result["events"]}


@pytest.fixture
def log(tmp_path) -> Path:
    path = tmp_path / "SoftwareDistribution.log"
    path.write_text(of_class("tls_reset"), newline="")
    return path


def add(path: Path, text: str, encoding: str = "utf-8") -> None:
    with path.open("ab") as stream:
        stream.write(text.encode(encoding))


def test_only_what_is_new(log):
    result, offsets = run(log)
    assert counts(result) == {"tls_reset": 1}
    result, offsets = run(log, offsets=offsets)
    assert counts(result) == {} and result["sources"][0]["error"] is None and result["records"] == 0
    add(log, of_class("dns"))
    result, offsets = run(log, offsets=offsets)
    assert counts(result) == {"dns": 1} and result["sources"][0]["size"] < log.stat().st_size


def test_a_line_that_was_not_finished_is_read_again(log):
    whole = of_class("dns")
    add(log, whole[:60])
    _result, offsets = run(log)
    add(log, whole[60:])
    assert counts(run(log, offsets=offsets)[0]) == {"dns": 1}


def test_rotation(log):
    _result, offsets = run(log)
    add(log, of_class("refused"))
    old = log.with_name("SoftwareDistribution.log.old")
    log.rename(old)
    log.write_text(of_class("dns") * 9, newline="")
    result, offsets = run(log.with_name("SoftwareDistribution.log*"), offsets=offsets)
    assert counts(result) == {"refused": 1, "dns": 9}
    assert counts(run(log.with_name("SoftwareDistribution.log*"), offsets=offsets)[0]) == {}


def test_a_log_that_was_replaced_or_cut_is_read_from_its_beginning(log):
    add(log, of_class("refused"))
    _result, offsets = run(log)
    log.write_text(of_class("tls_reset"), newline="")  # the same beginning, but shorter
    assert counts(run(log, offsets=offsets)[0]) == {"tls_reset": 1}
    log.write_text(of_class("dns") * 20, newline="")
    assert counts(run(log, offsets=offsets)[0]) == {"dns": 20}


def test_offsets_in_utf_16(tmp_path):
    path = tmp_path / "a.log"
    path.write_bytes(of_class("tls_reset").encode("utf-16"))
    _result, offsets = run(path)
    assert offsets[str(path)]["offset"] == path.stat().st_size
    add(path, of_class("dns"), "utf-16-le")
    assert counts(run(path, offsets=offsets)[0]) == {"dns": 1}


@pytest.mark.parametrize(
    "offsets",
    [
        None,
        [],
        "x",
        {"a": 1},
        {1: {}},
        {"PATH": {"offset": -1}},
        {"PATH": {"offset": 5, "head": "x", "head_size": 9e9}},
    ],
)
def test_offsets_of_any_form(log, offsets):
    given = (
        {str(log) if name == "PATH" else name: item for name, item in offsets.items()}
        if isinstance(offsets, dict)
        else offsets
    )
    assert counts(run(log, offsets=given)[0]) == {"tls_reset": 1}


def test_patterns(log, tmp_path):
    inner = tmp_path / "deep" / "er"
    inner.mkdir(parents=True)
    (inner / "wsyncmgr.lo_").write_text(of_class("catalog_import"), newline="")
    (tmp_path / "odd[1].log").write_text(of_class("refused"), newline="")
    result, _offsets = run(tmp_path / "**" / "wsyncmgr.lo?", log, log, tmp_path / "odd[1].log", tmp_path / "none*")
    assert counts(result) == {"catalog_import": 1, "tls_reset": 1, "refused": 1}
    assert [(source["error"] or {}).get("code") for source in result["sources"]] == [None, None, None, "not_found"]


def test_the_older_one_comes_first(tmp_path):
    for age, name in enumerate(("a.log", "b.log", "c.log")):
        path = tmp_path / name
        path.write_text(of_class("dns"), newline="")
        os.utime(path, (1_700_000_000 - age * 100,) * 2)
    assert [Path(source["path"]).name for source in run(tmp_path / "*.log")[0]["sources"]] == [
        "c.log",
        "b.log",
        "a.log",
    ]


def test_what_is_no_log(log, tmp_path):
    (tmp_path / "folder.log").mkdir()
    (tmp_path / "security.evtx").write_bytes(b"ElfFile\0" + bytes(5000))
    os.mkfifo(tmp_path / "pipe")
    listening = socket.socket(socket.AF_UNIX)
    listening.bind(str(tmp_path / "s"))
    names = ["folder.log", "security.evtx", "pipe", "s", "missing.log"]
    result, _offsets = run(*(tmp_path / name for name in names), log)
    listening.close()
    codes = [(source["error"] or {}).get("code") for source in result["sources"]]
    assert codes == ["is_folder", "binary", "unreadable", "unreadable", "not_found", None]
    assert counts(result) == {"tls_reset": 1}


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_a_file_that_may_not_be_read(log):
    log.chmod(0)
    assert run(log)[0]["sources"][0]["error"]["code"] == "unreadable"


def test_a_name_that_no_file_can_have(log):
    result, _offsets = run("a\0b", log)
    assert result["sources"][0]["error"] is not None and counts(result) == {"tls_reset": 1}


def test_too_many_files(tmp_path):
    for number in range(FILE_LIMIT + 3):
        (tmp_path / f"{number}.log").touch()
    result, _offsets = run(tmp_path / "*.log")
    assert result["sources"][-1]["error"]["code"] == "too_many" and len(result["sources"]) == FILE_LIMIT + 1


def test_a_file_that_could_not_be_read_keeps_its_place(log, tmp_path):
    _result, offsets = run(log)
    away = tmp_path / "away"
    log.rename(away)
    assert run(log, offsets=offsets)[1] == offsets
