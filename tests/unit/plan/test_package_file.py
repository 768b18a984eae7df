# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Packages on the controller: the manifest within them, their digest."""

from __future__ import annotations

import hashlib
import io

import pytest
from ansible_collections.wsus.compliance.plugins.plugin_utils.plan.cabinet import CabinetError, extract
from ansible_collections.wsus.compliance.plugins.plugin_utils.plan.package_file import load_package
from support.packages import JUNE, cabinet, manifest, msu


def found_in(content, name, limit=1_000_000):
    return extract(io.BytesIO(content), lambda found: found == name, limit)


@pytest.mark.parametrize("how", [{"packed": True}, {"packed": False}, {"packed": True, "reserved": True}])
def test_every_file_of_a_cabinet_is_found(how):
    files = {"first": b"one" * 30_000, "empty": b"", "second": bytes(range(256)) * 300, "third": b"end"}
    made = cabinet(files, **how)
    assert {name: found_in(made, name) for name in files} == files
    assert found_in(made, "fourth") is None and found_in(made, "first", 89_999) is None


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "ends too early"),
        (b"PK\3\4" + bytes(100), "no cabinet"),
        (cabinet({"a": b"x"}, kind=0x1503), "LZX"),
        (cabinet({"a": b"x"}, kind=0x0402), "Quantum"),
        (cabinet({"a": b"x"}, kind=9), "method 9"),
        (cabinet({"a": b"x"}, flags=1), "one part"),
        (cabinet({"a": b"x" * 50_000}, packed=False)[:-1], "ends too early"),
        (cabinet({"a": b"x" * 500}, packed=False, kind=1), "no block of MSZIP"),
        (cabinet({"a": b"x" * 500}, packed=True, kind=0), "another length"),
    ],
)
def test_what_is_no_cabinet_says_why(content, why):
    with pytest.raises(CabinetError, match=why):
        found_in(content, "a")


def test_any_cut_or_changed_byte_ends_well():
    whole = cabinet({"a": b"some words of text " * 20, "b": b"x"})
    for place in range(len(whole)):
        for content in (whole[:place], whole[:place] + bytes([whole[place] ^ 0x55]) + whole[place + 1 :]):
            try:
                assert isinstance(found_in(content, "b"), (bytes, type(None)))
            except CabinetError:
                continue


def test_a_package_is_read_whole(tmp_path):
    path = tmp_path / JUNE
    path.write_bytes(content := msu(manifest()))
    package = load_package(str(path))
    assert (package.name, package.manifest, package.unread) == (JUNE, manifest(), None)
    assert (package.sha256, package.size) == (hashlib.sha256(content).hexdigest(), len(content))


@pytest.mark.parametrize(
    ("content", "unread"),
    [(msu(None), "holds none"), (msu(manifest(), kind=0x1503), "LZX"), (b"no cabinet" * 9, "no cabinet")],
)
def test_a_manifest_that_is_not_read_is_told(tmp_path, content, unread):
    path = tmp_path / JUNE
    path.write_bytes(content)
    package = load_package(str(path))
    assert package.manifest is None and unread in package.unread


def test_an_answer_file_beside_it_is_read_instead(tmp_path):
    path = tmp_path / JUNE
    path.write_bytes(msu(manifest(), kind=0x1503))
    path.with_suffix(".xml").write_bytes(manifest(version="9600.19747.1.8"))
    assert load_package(str(path)).manifest == manifest(version="9600.19747.1.8")


def test_a_cab_has_its_manifest_in_it(tmp_path):
    path = tmp_path / "windows8.1-kb5012670-x64.cab"
    path.write_bytes(cabinet({"a.dll": b"x" * 40_000, "update.mum": manifest()}))
    assert load_package(str(path)).manifest == manifest()
