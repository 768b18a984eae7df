# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

# FOR INTERNAL COLLECTION USE ONLY
# The interfaces in this file are meant for use within this collection and may change in any release.

#AnsibleRequires -PowerShell ansible_collections.wsus.compliance.plugins.module_utils._Outcome
#AnsibleRequires -PowerShell ansible_collections.wsus.compliance.plugins.module_utils._WsusApi
#AnsibleRequires -PowerShell ansible_collections.wsus.compliance.plugins.module_utils._WsusConfiguration
#AnsibleRequires -PowerShell ansible_collections.wsus.compliance.plugins.module_utils._WsusConnection
#AnsibleRequires -PowerShell ansible_collections.wsus.compliance.plugins.module_utils._WsusLog

# Starts synchronizations and imports, and tells how they go.

$HistoryDays = 31
$HistoryEntries = 5
$Entry = 'Id', 'StartTime', 'EndTime', 'Result', 'Error', 'ErrorText', 'StartedManually'

function Get-Entry {
    <#
    .SYNOPSIS
    An entry of the history as the contract writes it.
    #>
    [CmdletBinding()]
    param($Information)
    Get-RawProperty -InputObject $Information -Name $Entry -MaximumLength 4000
}

function Get-History {
    <#
    .SYNOPSIS
    The newest entries of the history, newest first. All of it may be thousands.
    #>
    [CmdletBinding()]
    param($Subscription)
    $found = $Subscription.GetSynchronizationHistory([datetime]::UtcNow.AddDays(-$HistoryDays), [datetime]::UtcNow.AddDays(1))
    $entries = [System.Collections.Generic.List[object]]::new()
    foreach ($information in @($found | Sort-Object -Property StartTime -Descending)) {
        if ($entries.Count -eq $HistoryEntries) {
            break
        }
        $entries.Add((Get-Entry -Information $information))
    }
    , $entries
}

function Get-Progress {
    [CmdletBinding()]
    param($Subscription)
    $names = [ordered]@{ Phase = 'phase'; ProcessedItems = 'processed'; TotalItems = 'total' }
    $found = Get-RawProperty -InputObject $Subscription.GetSynchronizationProgress() -Name @($names.Keys)
    $progress = [ordered]@{}
    foreach ($name in $names.Keys) {
        $progress[$names[$name]] = $found[$name]
    }
    $progress
}

function Start-Synchronization {
    <#
    .SYNOPSIS
    Starts a synchronization unless one runs; whether it did.
    .PARAMETER Server
    The API's server.
    .PARAMETER Subscription
    Its subscription.
    .PARAMETER CategoryOnly
    Only products and classifications.
    #>
    [CmdletBinding(SupportsShouldProcess = $true)]
    [OutputType([bool])]
    param(
        [Parameter(Mandatory = $true)]
        [object]$Server,

        [Parameter(Mandatory = $true)]
        [object]$Subscription,

        [bool]$CategoryOnly
    )
    if ((Wait-WsusSave -Server $Server) -eq 'ProcessingSave') {
        throw [System.TimeoutException]'WSUS is still saving a change of its configuration'
    }
    if ([string]$Subscription.GetSynchronizationStatus() -ne 'NotProcessing' -or -not $PSCmdlet.ShouldProcess('WSUS')) {
        return $false
    }
    if ($CategoryOnly) {
        $null = $Subscription.StartSynchronizationForCategoryOnly()
    } else {
        $null = $Subscription.StartSynchronization()
    }
    $true
}

function Wait-Synchronization {
    <#
    .SYNOPSIS
    Waits until no synchronization runs and the history has another entry at its top.
    #>
    [CmdletBinding()]
    param($Subscription, $PreviousId, $Seconds)
    $clock = [System.Diagnostics.Stopwatch]::StartNew()
    while ($clock.Elapsed.TotalSeconds -lt $Seconds) {
        if ([string]$Subscription.GetSynchronizationStatus() -eq 'NotProcessing' -and
            (-not $PreviousId -or [string]$Subscription.GetLastSynchronizationInfo().Id -ne $PreviousId)) {
            return
        }
        Start-Sleep -Milliseconds 1000
    }
}

function Invoke-Synchronization {
    <#
    .SYNOPSIS
    Answer of action synchronize.
    .PARAMETER Start
    Whether to start one.
    .PARAMETER CategoryOnly
    Only products and classifications.
    .PARAMETER PreviousId
    Id of the entry that was at the top of the history before.
    .PARAMETER WaitSeconds
    How long to wait for the end.
    .PARAMETER LogOffset
    Bytes of the log that are known already.
    #>
    [CmdletBinding()]
    [OutputType([System.Collections.Specialized.OrderedDictionary])]
    param(
        [bool]$Start,

        [bool]$CategoryOnly,

        [AllowNull()]
        [AllowEmptyString()]
        [string]$PreviousId,

        [int]$WaitSeconds,

        [AllowNull()]
        [object]$LogOffset
    )
    $answer = [ordered]@{
        changed = $false; status = $null; progress = $null; started = $false; previous_id = $null; last = $null
        history = [System.Collections.Generic.List[object]]::new(); configuration_state = $null; log = $null; error = $null
    }
    if ($PreviousId) {
        $answer['previous_id'] = $PreviousId
    }
    $path = Get-WsusLogPath
    $connection = Get-WsusConnection
    if ($connection.Contains('error')) {
        $answer['error'] = $connection['error']
        $answer['log'] = Get-LogTail -Path $path -Offset $LogOffset
        return $answer
    }
    try {
        $server = $connection['server']
        $subscription = $server.GetSubscription()
        if ($Start) {
            $answer['previous_id'] = [string]$subscription.GetLastSynchronizationInfo().Id
            if ($null -eq $LogOffset) {
                $LogOffset = (Get-LogTail -Path $path)['size']
            }
            $answer['started'] = Start-Synchronization -Server $server -Subscription $subscription -CategoryOnly $CategoryOnly
            $answer['changed'] = $answer['started']
        }
        Wait-Synchronization -Subscription $subscription -PreviousId $answer['previous_id'] -Seconds $WaitSeconds
    } catch {
        $answer['error'] = (ConvertTo-WsusApiError -Exception $_.Exception)['error']
    }
    try {
        $answer['status'] = [string]$subscription.GetSynchronizationStatus()
        if ($answer['status'] -ne 'NotProcessing') {
            $answer['progress'] = Get-Progress -Subscription $subscription
        }
        $answer['last'] = Get-Entry -Information $subscription.GetLastSynchronizationInfo()
        $answer['history'] = Get-History -Subscription $subscription
        $state = Get-WsusSaveState -Server $server
        if ($state) {
            $answer['configuration_state'] = $state
        }
    } catch {
        if ($null -eq $answer['error']) {
            $answer['error'] = (ConvertTo-WsusApiError -Exception $_.Exception)['error']
        }
    }
    $answer['log'] = Get-LogTail -Path $path -Offset $LogOffset
    $answer
}

function Test-WsusUpdate {
    <#
    .SYNOPSIS
    Whether WSUS has an update; null where that can't be told.
    #>
    [CmdletBinding()]
    param($Server, $Id)
    $type = 'Microsoft.UpdateServices.Administration.UpdateRevisionId' -as [type]
    if ($null -eq $type) {
        return $null
    }
    try {
        $null -ne $Server.GetUpdate($type::new([guid]$Id))
    } catch {
        foreach ($link in (Get-ExceptionChain -Exception $_.Exception)) {
            if ($link.GetType().Name -eq 'WsusObjectNotFoundException') {
                return $false
            }
        }
        $null
    }
}

function Invoke-Import {
    <#
    .SYNOPSIS
    Answer of action import.
    .PARAMETER UpdateId
    Id of the update.
    .PARAMETER LogOffset
    Bytes of the log that are known already.
    #>
    [CmdletBinding()]
    [OutputType([System.Collections.Specialized.OrderedDictionary])]
    param(
        [Parameter(Mandatory = $true)]
        [string]$UpdateId,

        [AllowNull()]
        [object]$LogOffset
    )
    $answer = [ordered]@{ changed = $false; imported = $false; was_there = $null; error = $null; seconds = 0; log = $null }
    $path = Get-WsusLogPath
    $connection = Get-WsusConnection
    if ($connection.Contains('error')) {
        $answer['error'] = $connection['error']
    } else {
        if ($null -eq $LogOffset) {
            $LogOffset = (Get-LogTail -Path $path)['size']
        }
        $server = $connection['server']
        $answer['was_there'] = Test-WsusUpdate -Server $server -Id $UpdateId
        $clock = [System.Diagnostics.Stopwatch]::StartNew()
        try {
            $null = $server.ImportUpdateFromCatalogSite($UpdateId, [string[]]@())
            $answer['imported'] = $true
            $answer['changed'] = $true
        } catch {
            $answer['error'] = (ConvertTo-WsusApiError -Exception $_.Exception)['error']
        }
        $answer['seconds'] = [Math]::Round($clock.Elapsed.TotalSeconds, 1)
    }
    $answer['log'] = Get-LogTail -Path $path -Offset $LogOffset
    $answer
}

Export-ModuleMember -Function Invoke-Synchronization, Invoke-Import
