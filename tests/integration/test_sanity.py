# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""`ansible-test sanity` without containers and PowerShell does find faults: a module with one fault at a time."""

from __future__ import annotations

from pathlib import Path

import pytest
from develop import sanity

SPEC = """options = @{ wanted = @{ type = 'str'; choices = @('a', 'b'); default = 'a' } }"""
MODULE = """#!powershell

# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

#AnsibleRequires -CSharpUtil Ansible.Basic

$spec = @{
    SPEC
    supports_check_mode = $true
}
$module = [Ansible.Basic.AnsibleModule]::Create($args, $spec)
$module.ExitJson()
"""
SIDECAR = """---
# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
DOCUMENTATION:
  module: sample
  short_description: A sample
  version_added: 1.0.0
  description:
    - A sample.
  options:
    wanted:
      description: What is wanted.
      type: str
      choices: [a, b]
      default: a
  extends_documentation_fragment:
    - ansible.builtin.action_common_attributes
  attributes:
    check_mode:
      support: full
    diff_mode:
      support: none
    platform:
      platforms: windows
  author:
    - wsus.compliance contributors (@wsus-compliance)
EXAMPLES: |
  - name: A sample
    wsus.compliance.sample:
RETURN: {}
"""


@pytest.fixture
def collection(tmp_path: Path) -> Path:
    sanity.make_home()
    folder = tmp_path / "ansible_collections" / "wsus" / "compliance"
    (folder / "plugins" / "modules").mkdir(parents=True)
    (folder / "meta").mkdir()
    (folder / "meta" / "runtime.yml").write_text('---\nrequires_ansible: ">=2.16.0"\n')
    (folder / "galaxy.yml").write_text("namespace: wsus\nname: compliance\nversion: 1.0.0\n")
    return folder


@pytest.mark.parametrize(
    ("test", "old", "new", "message"),
    [
        ("validate-modules", "", "", ""),
        ("validate-modules", "default = 'a'", "default = 'b'", "doc-default-does-not-match-spec"),
        ("validate-modules", "'a', 'b')", "'a', 'b', 'c')", "doc-choices-do-not-match-spec"),
        ("validate-modules", "type = 'str'", "type = 'raw'", "doc-type-does-not-match-spec"),
        ("validate-modules", "options = @{", "options = @{ more = @{ type = 'str' };", "undocumented-parameter"),
        (
            "validate-modules",
            SPEC,
            "options = $options",
            "import-error: Exception attempting to import module for argument_spec",
        ),
        ("shebang", "#!powershell", "#!/usr/bin/pwsh", "expected module shebang"),
    ],
)
def test_a_fault_is_found(collection, test, old, new, message):
    modules = collection / "plugins" / "modules"
    (modules / "sample.yml").write_text(SIDECAR)
    (modules / "sample.ps1").write_text(MODULE.replace("SPEC", SPEC).replace(old, new))
    _name, done, _duration = sanity.run_test(collection, test)
    assert (done.returncode != 0) is bool(message), done.stdout
    assert message in done.stdout
