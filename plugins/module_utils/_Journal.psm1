# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

# FOR INTERNAL COLLECTION USE ONLY
# The interfaces in this file are meant for use within this collection and may change in any release.

#AnsibleRequires -PowerShell ansible_collections.wsus.compliance.plugins.module_utils._Hash
#AnsibleRequires -PowerShell ansible_collections.wsus.compliance.plugins.module_utils._JournalRead
#AnsibleRequires -PowerShell ansible_collections.wsus.compliance.plugins.module_utils._Outcome

# Writes journals: docs/reference/apply.md, "Journal". Every record is on disk before the step that it announces.

function ConvertTo-JournalValue {
    <#
    .SYNOPSIS
    What came as an option, such that its JSON is the same each time: members by name, lists as lists.
    .PARAMETER Value
    Text, number, truth value, null, dictionary or list.
    #>
    [CmdletBinding()]
    param(
        [AllowNull()]
        [object]$Value
    )
    if ($Value -is [System.Collections.IDictionary]) {
        $names = [System.Collections.Generic.List[string]]::new()
        foreach ($name in $Value.Keys) {
            $names.Add([string]$name)
        }
        $sorted = $names.ToArray()
        [Array]::Sort($sorted, [System.StringComparer]::Ordinal)
        $result = [System.Collections.Specialized.OrderedDictionary]::new([System.StringComparer]::Ordinal)
        foreach ($name in $sorted) {
            $result[$name] = ConvertTo-JournalValue -Value $Value[$name]
        }
        return $result
    }
    if ($Value -is [System.Collections.IEnumerable] -and $Value -isnot [string]) {
        $items = [System.Collections.Generic.List[object]]::new()
        foreach ($item in $Value) {
            $items.Add((ConvertTo-JournalValue -Value $item))
        }
        return , $items
    }
    $Value
}

function ConvertTo-JournalLine {
    <#
    .SYNOPSIS
    {"line", "digits"}: a record as its line, chained to the one before.
    .PARAMETER Record
    The record's members.
    .PARAMETER Previous
    Digits of the line before; empty for the first.
    #>
    [CmdletBinding()]
    [OutputType([hashtable])]
    param(
        [Parameter(Mandatory = $true)]
        [System.Collections.IDictionary]$Record,

        [AllowEmptyString()]
        [string]$Previous
    )
    # line breaks in text are escapes
    $text = ConvertTo-Json -InputObject $Record -Depth 50 -Compress
    $digits = Get-Sha256 -Content ([System.Text.Encoding]::UTF8.GetBytes($Previous + $text))
    @{ line = "$digits $text"; digits = $digits }
}

function New-Journal {
    <#
    .SYNOPSIS
    An empty journal, open for its records.
    .PARAMETER Id
    Its id, which no other has.
    #>
    [CmdletBinding(SupportsShouldProcess = $true)]
    [OutputType([hashtable])]
    param(
        [Parameter(Mandatory = $true)]
        [string]$Id
    )
    $path = "$(Get-JournalFolder)\$Id.journal"
    if ($PSCmdlet.ShouldProcess($path)) {
        @{
            id = $Id
            path = $path
            lines = [System.Collections.Generic.List[object]]::new()
            digits = ''
            broken = $false
            stream = [System.IO.FileStream]::new($path, [System.IO.FileMode]::CreateNew, [System.IO.FileAccess]::Write, [System.IO.FileShare]::Read)
        }
    }
}

function Close-Journal {
    <#
    .SYNOPSIS
    Ends the writing of a journal.
    .PARAMETER Journal
    What New-Journal or Open-Journal made.
    #>
    [CmdletBinding()]
    param(
        [Parameter(Mandatory = $true)]
        [hashtable]$Journal
    )
    try {
        $Journal['stream'].Dispose()
    } catch {
        # it tries once more to write what could not be written, which was told already
        $Journal['broken'] = $true
    }
}

function Remove-Journal {
    <#
    .SYNOPSIS
    Takes a journal away that could not be finished and of which nothing was written.
    .PARAMETER Journal
    What New-Journal made.
    #>
    [CmdletBinding(SupportsShouldProcess = $true)]
    param(
        [Parameter(Mandatory = $true)]
        [hashtable]$Journal
    )
    if ($PSCmdlet.ShouldProcess($Journal['path'])) {
        Close-Journal -Journal $Journal
        try {
            [System.IO.File]::Delete($Journal['path'])
        } catch {
            # without its record "ready" it says by itself that nothing was written
            $Journal['broken'] = $true
        }
    }
}

function Open-Journal {
    <#
    .SYNOPSIS
    A journal that is there, open for further records; throws where it can't have any.
    .PARAMETER Id
    Its id.
    #>
    [CmdletBinding()]
    [OutputType([hashtable])]
    param(
        [Parameter(Mandatory = $true)]
        [string]$Id
    )
    if (-not (Test-JournalId -Id $Id)) {
        throw [System.ArgumentException]"'$Id' is no id of a journal"
    }
    $path = "$(Get-JournalFolder)\$Id.journal"
    $read = Read-JournalLine -Path $path
    if ($read.Contains('error')) {
        throw [System.IO.IOException]$read['error']['message']
    }
    if (-not $read['complete'] -or $read['lines'].Count -eq 0) {
        throw [System.IO.InvalidDataException]"$path ends in the middle of a line"
    }
    @{
        id = $Id
        path = $path
        lines = $read['lines']
        digits = [regex]::Match($read['lines'][$read['lines'].Count - 1], '^[0-9a-f]{64}').Value
        broken = $false
        stream = [System.IO.FileStream]::new($path, [System.IO.FileMode]::Append, [System.IO.FileAccess]::Write, [System.IO.FileShare]::Read)
    }
}

function Add-JournalRecord {
    <#
    .SYNOPSIS
    Writes a record, through to the disk.
    .PARAMETER Journal
    What New-Journal or Open-Journal made.
    .PARAMETER Record
    The record's members, in order.
    #>
    [CmdletBinding()]
    param(
        [Parameter(Mandatory = $true)]
        [hashtable]$Journal,

        [Parameter(Mandatory = $true)]
        [System.Collections.IDictionary]$Record
    )
    if ($Journal['broken']) {
        throw [System.IO.IOException]'an earlier record could not be written, and nothing may come after half a line'
    }
    $made = ConvertTo-JournalLine -Record $Record -Previous $Journal['digits']
    $content = [System.Text.Encoding]::UTF8.GetBytes($made['line'] + "`n")
    $Journal['broken'] = $true
    $Journal['stream'].Write($content, 0, $content.Length)
    $Journal['stream'].Flush($true)
    if ($Journal['stream'].Length -ne $Journal['stream'].Position) {
        throw [System.IO.IOException]'only a part of a record could be written'
    }
    $Journal['broken'] = $false
    $Journal['digits'] = $made['digits']
    $Journal['lines'].Add($made['line'])
}

function Add-JournalStep {
    <#
    .SYNOPSIS
    Writes a record that tells what, of which operation, and when.
    .PARAMETER Journal
    What New-Journal or Open-Journal made.
    .PARAMETER Step
    Name of the record.
    .PARAMETER Member
    Its other members.
    #>
    [CmdletBinding()]
    param(
        [Parameter(Mandatory = $true)]
        [hashtable]$Journal,

        [Parameter(Mandatory = $true)]
        [string]$Step,

        [System.Collections.IDictionary]$Member = @{}
    )
    $record = [ordered]@{ record = $Step }
    foreach ($name in $Member.Keys) {
        $record[$name] = $Member[$name]
    }
    if (-not $record.Contains('at')) {
        $record['at'] = ConvertTo-RawTime -Time ([datetime]::UtcNow)
    }
    Add-JournalRecord -Journal $Journal -Record $record
}

Export-ModuleMember -Function ConvertTo-JournalValue, New-Journal, Open-Journal, Close-Journal, Remove-Journal, Add-JournalRecord, Add-JournalStep
