#!powershell

# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

#AnsibleRequires -CSharpUtil Ansible.Basic
#AnsibleRequires -PowerShell ansible_collections.wsus.compliance.plugins.module_utils._Apply
#AnsibleRequires -PowerShell ansible_collections.wsus.compliance.plugins.module_utils._JournalRead
#AnsibleRequires -PowerShell ansible_collections.wsus.compliance.plugins.module_utils._Operation
#AnsibleRequires -PowerShell ansible_collections.wsus.compliance.plugins.module_utils._Package
#AnsibleRequires -PowerShell ansible_collections.wsus.compliance.plugins.module_utils._RawState
#AnsibleRequires -PowerShell ansible_collections.wsus.compliance.plugins.module_utils._Restart
#AnsibleRequires -PowerShell ansible_collections.wsus.compliance.plugins.module_utils._Synchronization

# The one program that changes a host. It decides nothing: docs/reference/apply.md.

$spec = @{
    options = @{
        action = @{ type = 'str'; required = $true; choices = @('apply', 'restart', 'synchronize', 'import', 'read_journal', 'stage_package') }
        operations = @{ type = 'list'; elements = 'dict'; default = @() }
        force = @{ type = 'list'; elements = 'str'; default = @() }
        journal = @{ type = 'dict' }
        expect_host = @{ type = 'dict' }
        read_after = @{ type = 'bool'; default = $false }
        restarts = @{ type = 'list'; elements = 'str'; default = @(); choices = @('iisreset', 'WsusService', 'reboot_note') }
        journals = @{ type = 'list'; elements = 'str'; default = @() }
        journal_id = @{ type = 'str' }
        update_id = @{ type = 'str' }
        start = @{ type = 'bool'; default = $false }
        category_only = @{ type = 'bool'; default = $false }
        previous_id = @{ type = 'str' }
        wait_seconds = @{ type = 'int'; default = 0 }
        log_offset = @{ type = 'int' }
        package_name = @{ type = 'str' }
        package_size = @{ type = 'int'; default = 0 }
    }
    supports_check_mode = $true
}
$module = [Ansible.Basic.AnsibleModule]::Create($args, $spec)

if ($PSVersionTable.PSVersion -lt [version]'5.1') {
    $module.FailJson("powershell_too_old: PowerShell is $($PSVersionTable.PSVersion), this needs 5.1: install Windows Management Framework (WMF) 5.1")
}

$option = $module.Params

function Invoke-ApplyAction {
    [CmdletBinding()]
    param()
    $operations = [System.Collections.Generic.List[object]]::new()
    $ids = [System.Collections.Generic.List[string]]::new()
    foreach ($raw in $option['operations']) {
        try {
            $operation = ConvertTo-Operation -Raw $raw
        } catch {
            $module.FailJson("malformed operation '$($raw['id'])': $($_.Exception.Message)", $_)
        }
        if ($ids.Contains($operation['id'])) {
            $module.FailJson("malformed operations: two have the id '$($operation['id'])'")
        }
        $ids.Add($operation['id'])
        $operations.Add($operation)
    }
    $journal = $option['journal']
    if (-not $module.CheckMode -and ($null -eq $journal -or -not (Test-JournalId -Id $journal['id']) -or $journal['purpose'] -notin 'enforce', 'rollback')) {
        $module.FailJson('malformed option journal: it needs an id and a purpose')
    }
    $answer = Invoke-Apply -Operation $operations.ToArray() -Force $option['force'] -Option $journal -ExpectHost $option['expect_host'] -CheckMode (
        $module.CheckMode)
    if ($option['read_after'] -and $answer['changed'] -and -not $module.CheckMode) {
        # saves the execution that would read what was made of the host
        $state = Get-RawState -Subset all
        foreach ($name in $state.Keys) {
            $answer[$name] = $state[$name]
        }
    }
    $answer
}

function Invoke-SynchronizeAction {
    [CmdletBinding()]
    param()
    if ($option['wait_seconds'] -lt 0 -or $option['wait_seconds'] -gt 60) {
        $module.FailJson('malformed option wait_seconds: it may be 0 to 60')
    }
    Invoke-Synchronization -Start $option['start'] -CategoryOnly $option['category_only'] -PreviousId $option['previous_id'] -WaitSeconds (
        $option['wait_seconds']) -LogOffset $option['log_offset']
}

function Invoke-ImportAction {
    [CmdletBinding()]
    param()
    if ($null -eq ($option['update_id'] -as [guid])) {
        $module.FailJson('malformed option update_id: it is no GUID')
    }
    Invoke-Import -UpdateId $option['update_id'] -LogOffset $option['log_offset']
}

function Invoke-StageAction {
    [CmdletBinding()]
    param()
    if ($option['package_name'] -and -not (Test-PackageName -Name $option['package_name'])) {
        $module.FailJson('malformed option package_name: it is no name of an .msu or .cab')
    }
    Invoke-StagePackage -Name $option['package_name'] -Size $option['package_size']
}

$module.Result.changed = $false
$module.Result.contract = 1
$reads = $option['action'] -in 'apply', 'read_journal' -or ($option['action'] -eq 'synchronize' -and -not $option['start'])
if ($module.CheckMode -and -not $reads) {
    $module.Result.changed = $true
    $module.Result.skipped_in_check_mode = $true
    $module.ExitJson()
}
$answer = switch ($option['action']) {
    'apply' { Invoke-ApplyAction }
    'restart' { Invoke-Restart -Name $option['restarts'] -Journal $option['journals'] }
    'synchronize' { Invoke-SynchronizeAction }
    'import' { Invoke-ImportAction }
    'stage_package' { Invoke-StageAction }
    'read_journal' { Get-JournalAnswer -Id $option['journal_id'] }
}
if ($option['action'] -in 'restart', 'read_journal') {
    $module.Result.host = Get-HostIdentity
}
foreach ($name in $answer.Keys) {
    $module.Result[$name] = $answer[$name]
}
$module.ExitJson()
