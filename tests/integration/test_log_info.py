# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The module log_info in a playbook on the controller, with unmodified Ansible, and its result in assess."""

from __future__ import annotations

import json

import pytest
import yaml
from support.log_samples import CLASSES, of_class, site_server
from support.simulated import Fleet

LOG = {"src": ["logs/*.log", "logs/*.lo_"], "remote_src": False}


@pytest.fixture
def local(tmp_path) -> Fleet:
    inventory = tmp_path / "inventory.yml"
    inventory.write_text(yaml.safe_dump({"all": {"hosts": {"localhost": {"ansible_connection": "local"}}}}))
    folder = tmp_path / "logs"
    folder.mkdir()
    (folder / "SoftwareDistribution.log").write_bytes(of_class("tls_reset", process="w3wp.9").encode("utf-16"))
    (folder / "wsyncmgr.lo_").write_text(site_server(CLASSES["catalog_import"][1]), newline="")
    (folder / "folder.log").mkdir()
    return Fleet(None, inventory, tmp_path)  # type: ignore[arg-type]


def play(local: Fleet, *tasks: dict, **more: str):
    path = local.folder / "play.yml"
    path.write_text(json.dumps([{"hosts": "localhost", "gather_facts": False, "tasks": list(tasks)}]))
    return local.run(*more.pop("arguments", "").split(), playbook=str(path), **more)


def test_log_info_under_check_and_again_with_offsets(local):
    run = play(
        local,
        {"wsus.compliance.log_info": LOG, "register": "first"},
        {"wsus.compliance.log_info": {**LOG, "offsets": "{{ first.offsets }}"}, "register": "second"},
        {
            "ansible.builtin.copy": {
                "dest": str(local.folder / "out.json"),
                "content": "{{ [first, second] | to_json }}",
            },
            "check_mode": False,
        },
        arguments="--check",
    )
    assert run.code == 0, run.text
    first, second = json.loads((local.folder / "out.json").read_text("utf-8"))
    assert {(event["class"], event["process"], event["tls"]) for event in first["events"]} == {
        ("tls_reset", "w3wp", True),
        ("catalog_import", None, True),
    }
    assert [source["error"]["code"] for source in first["sources"] if source["error"]] == ["is_folder"]
    assert second["events"] == [] and second["offsets"] == first["offsets"]
    assert not first["changed"] and not second["changed"]


def test_log_info_fails_where_nothing_can_be_read(local):
    run = play(local, {"wsus.compliance.log_info": {"src": ["nothing.log"], "remote_src": False}})
    assert run.code == 2 and "There is no such file on the controller" in run.text, run.text
