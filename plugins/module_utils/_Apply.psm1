# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

# FOR INTERNAL COLLECTION USE ONLY
# The interfaces in this file are meant for use within this collection and may change in any release.

#AnsibleRequires -PowerShell ansible_collections.wsus.compliance.plugins.module_utils._Journal
#AnsibleRequires -PowerShell ansible_collections.wsus.compliance.plugins.module_utils._JournalFolder
#AnsibleRequires -PowerShell ansible_collections.wsus.compliance.plugins.module_utils._Operation
#AnsibleRequires -PowerShell ansible_collections.wsus.compliance.plugins.module_utils._Outcome
#AnsibleRequires -PowerShell ansible_collections.wsus.compliance.plugins.module_utils._Package
#AnsibleRequires -PowerShell ansible_collections.wsus.compliance.plugins.module_utils._Registry

# The four steps of action apply: lock, compare, journal, write (docs/reference/apply.md). Each only when the one before ended well.

function Get-HostIdentity {
    <#
    .SYNOPSIS
    {"machine_name", "machine_guid"} of this host; the latter is null where it can't be read.
    #>
    [CmdletBinding()]
    [OutputType([System.Collections.Specialized.OrderedDictionary])]
    param()
    $key = Get-RawRegistryKey -Path 'HKLM\SOFTWARE\Microsoft\Cryptography' -Name MachineGuid
    $guid = if ($key.Contains('values') -and $key['values'].Contains('MachineGuid')) { $key['values']['MachineGuid']['data'] } else { $null }
    [ordered]@{ machine_name = [Environment]::MachineName; machine_guid = $guid }
}

function Stop-Step {
    <#
    .SYNOPSIS
    Notes what ends the run: the first of its kind stays.
    #>
    [CmdletBinding()]
    [Diagnostics.CodeAnalysis.SuppressMessageAttribute('PSUseShouldProcessForStateChangingFunctions', '', Justification = 'Notes something')]
    param($Run, $Failure, $Step, $Status)
    $failed = $Failure['error']
    $id = $null
    if ($null -ne $Step) {
        $id = $Step['operation']['id']
        $Step['answer']['status'] = $Status
        $Step['answer']['error'] = $failed
    }
    if ($null -eq $Run['stopped']) {
        $Run['stopped'] = [ordered]@{ id = $id; code = $failed['code']; message = $failed['message'] }
    }
}

function Compare-Step {
    <#
    .SYNOPSIS
    Reads the state of every target, and says of each whether it will be written.
    #>
    [CmdletBinding()]
    param($Run, $Force, $CheckMode)
    foreach ($step in $Run['steps']) {
        $operation = $step['operation']
        $found = Get-OperationState -Operation $operation
        $step['found'] = $found
        $step['answer']['found'] = Select-StateMember -State $found -Without content
        if ($found.Contains('error')) {
            Stop-Step -Run $Run -Failure $found -Step $step -Status failed
            continue
        }
        if (Test-SameState -Left $found -Right $operation['after']) {
            $step['answer']['status'] = 'already'
            continue
        }
        if (-not (Test-SameState -Left $found -Right $operation['before']) -and $operation['id'] -notin $Force) {
            $failure = New-RawError -Code mismatch -Message 'what was found is neither what was expected nor what is wanted'
            Stop-Step -Run $Run -Failure $failure -Step $step -Status mismatch
            continue
        }
        try {
            $failure = Get-OperationHindrance -Operation $operation -CheckMode $CheckMode
            $step['missing_keys'] = Get-OperationMissingKey -Operation $operation
        } catch {
            $failure = ConvertTo-RawError -Exception $_.Exception
        }
        if ($null -ne $failure) {
            Stop-Step -Run $Run -Failure $failure -Step $step -Status failed
            continue
        }
        $step['write'] = $true
        $step['answer']['status'] = 'pending'
    }
}

function Write-BeforeImage {
    <#
    .SYNOPSIS
    Writes down what is about to be written over. Throws where it can't; without the last record nothing may be written.
    #>
    [CmdletBinding()]
    param($Run, $Journal, $Option)
    $begin = [ordered]@{ journal = 1; id = $Journal['id'] }
    foreach ($name in 'purpose', 'rolls_back') {
        $begin[$name] = $Option[$name]
    }
    $begin['host'] = $Run['host']
    $begin['user'] = "$([Environment]::UserDomainName)\$([Environment]::UserName)"
    $begin['at'] = ConvertTo-RawTime -Time ([datetime]::UtcNow)
    $begin['collection_version'] = $Option['collection_version']
    $begin['powershell_version'] = $PSVersionTable.PSVersion.ToString()
    Add-JournalStep -Journal $Journal -Step begin -Member $begin
    foreach ($step in $Run['steps']) {
        if (-not $step['write']) {
            continue
        }
        $operation = $step['operation']
        $record = [ordered]@{ record = 'operation' }
        foreach ($name in $operation.Keys) {
            $record[$name] = $operation[$name]
        }
        $record['before'] = Select-StateMember -State $step['found'] -Without content
        $record['after'] = Select-StateMember -State $operation['after'] -Without content
        $record['missing_keys'] = $step['missing_keys']
        $note = if ($null -ne $Option['notes']) { $Option['notes'][$operation['id']] } else { $null }
        $record['note'] = ConvertTo-JournalValue -Value $note
        Add-JournalRecord -Journal $Journal -Record $record
        if ($step['found'].Contains('content')) {
            Add-JournalRecord -Journal $Journal -Record ([ordered]@{
                    record = 'blob'; sha256 = $step['found']['sha256']; content = $step['found']['content'] })
        }
    }
    Add-JournalStep -Journal $Journal -Step ready
}

function Start-Journal {
    <#
    .SYNOPSIS
    A journal that has all before-images on disk; or ERROR, and then it is gone again.
    #>
    [CmdletBinding()]
    [Diagnostics.CodeAnalysis.SuppressMessageAttribute('PSUseShouldProcessForStateChangingFunctions', '', Justification = 'Part of what was asked for')]
    param($Run, $Option)
    $journal = $null
    try {
        $journal = New-Journal -Id $Option['id']
        Write-BeforeImage -Run $Run -Journal $journal -Option $Option
        $journal
    } catch {
        ConvertTo-RawError -Exception $_.Exception -Code journal_failed
        if ($null -ne $journal) {
            Remove-Journal -Journal $journal
        }
    }
}

function Write-Step {
    <#
    .SYNOPSIS
    Carries out one operation: compares once more, writes, reads back. ERROR, with the status that goes with it, or null.
    #>
    [CmdletBinding()]
    param($Run, $Step, $Journal)
    $operation = $Step['operation']
    $now = Get-OperationState -Operation $operation
    if ($now.Contains('error')) {
        return @{ status = 'failed'; error = $now['error'] }
    }
    if (Test-SameState -Left $now -Right $operation['after']) {
        $Step['answer']['status'] = 'already'
        return
    }
    if (-not (Test-SameState -Left $now -Right $Step['found'])) {
        $failure = New-RawError -Code mismatch -Message 'it was changed after it was compared'
        return @{ status = 'mismatch'; error = $failure['error'] }
    }
    try {
        Add-JournalStep -Journal $Journal -Step writing -Member @{ id = $operation['id'] }
    } catch {
        $failure = ConvertTo-RawError -Exception $_.Exception -Code journal_failed
        return @{ status = 'not_reached'; error = $failure['error'] }
    }
    try {
        $failure = Set-OperationState -Operation $operation -Found $Step['found']
        if ($null -ne $failure) {
            # it was noticed before anything was written
            $status = if ($failure['error']['code'] -eq 'mismatch') { 'mismatch' } else { 'failed' }
            return @{ status = $status; error = $failure['error'] }
        }
    } catch {
        $default = if ($operation['kind'] -eq 'package') { 'install_failed' } else { 'write_failed' }
        $failure = ConvertTo-RawError -Exception $_.Exception -Default $default
    }
    $Run['changed'] = $true
    $after = Get-OperationState -Operation $operation
    $Step['answer']['after'] = Select-StateMember -State $after -Without content
    if ($null -eq $failure -and -not (Test-SameState -Left $after -Right $operation['after'])) {
        $failure = New-RawError -Code not_kept -Message 'what was read back is not what was written'
    }
    if ($null -ne $failure) {
        return @{ status = 'failed'; error = $failure['error'] }
    }
    $Step['answer']['status'] = 'applied'
    try {
        Add-JournalStep -Journal $Journal -Step applied -Member @{ id = $operation['id'] }
    } catch {
        # it is applied nevertheless, and the journal says that it was begun
        $failure = ConvertTo-RawError -Exception $_.Exception -Code journal_failed
        @{ status = 'applied'; error = $failure['error'] }
    }
}

function Write-AllStep {
    <#
    .SYNOPSIS
    Carries out the operations in their order, until one does not end well.
    #>
    [CmdletBinding()]
    param($Run, $Journal)
    foreach ($step in $Run['steps']) {
        if (-not $step['write']) {
            continue
        }
        if ($null -ne $Run['stopped']) {
            $step['answer']['status'] = 'not_reached'
            continue
        }
        $failure = Write-Step -Run $Run -Step $step -Journal $Journal
        if ($null -eq $failure) {
            continue
        }
        Stop-Step -Run $Run -Failure $failure -Step $step -Status $failure['status']
        try {
            Add-JournalStep -Journal $Journal -Step failed -Member ([ordered]@{
                    id = $step['operation']['id']; code = $failure['error']['code']; message = $failure['error']['message'] })
        } catch {
            # a journal that takes no more records: the answer says what happened
            $step['answer']['error'] = $failure['error']
        }
    }
    $outcome = if ($null -eq $Run['stopped']) { 'complete' } else { 'stopped' }
    try {
        Add-JournalStep -Journal $Journal -Step end -Member @{ outcome = $outcome }
    } catch {
        Stop-Step -Run $Run -Failure (ConvertTo-RawError -Exception $_.Exception -Code journal_failed)
    }
}

function Invoke-LockedApply {
    [CmdletBinding()]
    param($Run, $Force, $Option, $CheckMode)
    Compare-Step -Run $Run -Force $Force -CheckMode $CheckMode
    $writes = [System.Collections.Generic.List[object]]::new()
    foreach ($step in $Run['steps']) {
        if ($step['write']) {
            $writes.Add($step)
        }
    }
    if ($null -ne $Run['stopped']) {
        foreach ($step in $writes) {
            $step['answer']['status'] = 'not_reached'
        }
        return
    }
    $Run['stage'] = if ($writes.Count -gt 0) { 'compared' } else { 'finished' }
    if ($CheckMode) {
        $Run['changed'] = $writes.Count -gt 0
        return
    }
    if ($writes.Count -eq 0) {
        return
    }
    $journal = Start-Journal -Run $Run -Option $Option
    if ($journal.Contains('error')) {
        Stop-Step -Run $Run -Failure $journal
        foreach ($step in $writes) {
            $step['answer']['status'] = 'not_reached'
        }
        return
    }
    try {
        $Run['stage'] = 'journaled'
        Write-AllStep -Run $Run -Journal $journal
        if ($null -eq $Run['stopped']) {
            $Run['stage'] = 'finished'
        }
        $Run['journal'] = [ordered]@{ id = $journal['id']; path = $journal['path']; lines = $journal['lines'] }
    } finally {
        Close-Journal -Journal $journal
    }
}

function Invoke-Apply {
    <#
    .SYNOPSIS
    Answer of action apply.
    .PARAMETER Operation
    What ConvertTo-Operation made, in order.
    .PARAMETER Force
    Ids of operations that are written over whatever is found.
    .PARAMETER Option
    Option journal of the module.
    .PARAMETER ExpectHost
    Identity that this host must have; null: any.
    .PARAMETER CheckMode
    Whether to stop after the comparison.
    #>
    [CmdletBinding()]
    [OutputType([System.Collections.Specialized.OrderedDictionary])]
    param(
        [Parameter(Mandatory = $true)]
        [AllowEmptyCollection()]
        [object[]]$Operation,

        [AllowEmptyCollection()]
        [string[]]$Force,

        [AllowNull()]
        [System.Collections.IDictionary]$Option,

        [AllowNull()]
        [System.Collections.IDictionary]$ExpectHost,

        [bool]$CheckMode
    )
    $answers = [System.Collections.Generic.List[object]]::new()
    $steps = [System.Collections.Generic.List[object]]::new()
    foreach ($one in $Operation) {
        $answer = [ordered]@{ id = $one['id']; status = 'not_reached'; found = $null; after = $null; error = $null }
        $answers.Add($answer)
        $steps.Add(@{ operation = $one; answer = $answer; write = $false; found = $null; missing_keys = $null })
    }
    $own = Get-HostIdentity
    $run = @{ steps = $steps; host = $own; stage = 'refused'; changed = $false; journal = $null; stopped = $null }
    $at = ConvertTo-RawTime -Time ([datetime]::UtcNow)
    $lock = $null
    try {
        if ($null -ne $ExpectHost -and ($ExpectHost['machine_name'] -ne $own['machine_name'] -or $ExpectHost['machine_guid'] -ne $own['machine_guid'])) {
            Stop-Step -Run $run -Failure (New-RawError -Code other_host -Message "this is $($own['machine_name']), $($own['machine_guid'])")
        } elseif (-not $CheckMode) {
            $lock = Lock-Journal
            if ($lock.Contains('error')) {
                Stop-Step -Run $run -Failure $lock
            }
        }
        if ($null -eq $run['stopped']) {
            Invoke-LockedApply -Run $run -Force $Force -Option $Option -CheckMode $CheckMode
        }
    } finally {
        $kinds = foreach ($one in $Operation) { $one['kind'] }
        if ($null -ne $lock -and $lock.Contains('stream') -and $kinds -contains 'package') {
            # one that can't be removed is by the next run
            $null = Remove-PackageCopy
        }
        if ($null -ne $lock -and $lock.Contains('stream')) {
            $lock['stream'].Dispose()
        }
    }
    [ordered]@{
        changed = $run['changed']
        contract = 1
        host = $own
        applied_at = $at
        stage = $run['stage']
        journal = $run['journal']
        operations = $answers
        stopped = $run['stopped']
    }
}

Export-ModuleMember -Function Get-HostIdentity, Invoke-Apply
