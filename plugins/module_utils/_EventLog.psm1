# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

# FOR INTERNAL COLLECTION USE ONLY
# The interfaces in this file are meant for use within this collection and may change in any release.

#AnsibleRequires -PowerShell ansible_collections.wsus.compliance.plugins.module_utils._Outcome

# The events that WSUS writes to the log Application (364, 384, 386, ...).

$Provider = 'Windows Server Update Services'
$MaximumMessage = 4000

function Get-WsusEvent {
    <#
    .SYNOPSIS
    EVENTS of the contract (docs/reference/logs.md).
    .PARAMETER After
    Record id of the last event that is known.
    .PARAMETER Maximum
    How many events at most; the newest are kept.
    #>
    [CmdletBinding()]
    [OutputType([System.Collections.Specialized.OrderedDictionary])]
    param(
        [Parameter(Mandatory = $true)]
        [long]$After,

        [Parameter(Mandatory = $true)]
        [int]$Maximum
    )
    $query = "*[System[Provider[@Name='$Provider'] and EventRecordID > $After]]"
    $found = try {
        # one more than is wanted tells whether there are more; the newest come first
        @(Get-WinEvent -LogName Application -FilterXPath $query -MaxEvents ($Maximum + 1) -ErrorAction Stop)
    } catch {
        # it is an error for Get-WinEvent that there are none; its text is translated, the id is not
        if ($_.FullyQualifiedErrorId -notlike 'NoMatchingEventsFound*') {
            throw
        }
        @()
    }
    $events = [System.Collections.Generic.List[object]]::new()
    foreach ($record in $found) {
        if ($events.Count -eq $Maximum) {
            break
        }
        $events.Insert(0, [ordered]@{
                record_id = $record.RecordId
                id = $record.Id
                level = $record.Level
                time = ConvertTo-RawTime -Time $record.TimeCreated
                message = ConvertTo-RawText -Text $record.Message -MaximumLength $MaximumMessage
            })
    }
    [ordered]@{
        last = if ($events.Count -gt 0) { $events[$events.Count - 1]['record_id'] } else { $After }
        truncated = $found.Count -gt $Maximum
        events = $events
    }
}

Export-ModuleMember -Function Get-WsusEvent
