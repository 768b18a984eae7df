#!powershell

# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

#AnsibleRequires -CSharpUtil Ansible.Basic
#AnsibleRequires -PowerShell ansible_collections.wsus.compliance.plugins.module_utils._RawState

# Reads raw state, nothing else. What it returns is written down in docs/reference/collector.md.

$spec = @{
    options = @{
        gather_subset = @{
            type = 'list'
            elements = 'str'
            default = @('all')
            choices = @('all', 'os', 'updates', 'schannel', 'dotnet', 'ciphers', 'winhttp', 'w3wp', 'wsus', 'configmgr', 'services', 'policy', 'restart',
                'journal')
        }
    }
    supports_check_mode = $true
}
$module = [Ansible.Basic.AnsibleModule]::Create($args, $spec)

if ($PSVersionTable.PSVersion -lt [version]'5.1') {
    $module.FailJson("powershell_too_old: PowerShell is $($PSVersionTable.PSVersion), this needs 5.1: install Windows Management Framework (WMF) 5.1")
}

$state = Get-RawState -Subset $module.Params.gather_subset
$module.Result.changed = $false
$module.Result.contract = 1
$module.Result.collected_at = $state['collected_at']
$module.Result.raw = $state['raw']
$module.ExitJson()
