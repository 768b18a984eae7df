# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

# FOR INTERNAL COLLECTION USE ONLY
# The interfaces in this file are meant for use within this collection and may change in any release.

#AnsibleRequires -PowerShell ansible_collections.wsus.compliance.plugins.module_utils._File
#AnsibleRequires -PowerShell ansible_collections.wsus.compliance.plugins.module_utils._Outcome
#AnsibleRequires -PowerShell ansible_collections.wsus.compliance.plugins.module_utils._System

# Reads journals, changes nothing: docs/reference/apply.md, "Journal". Who can write journals can have a rollback write
# what he likes, so what others may have put there is not read.

$MaximumJournal = 16MB
$MaximumShown = 256KB
$MaximumJournals = 20
$JournalId = [regex]'^[0-9]{8}T[0-9]{9}Z-[0-9a-f]{8}\z'
$BlobLine = [regex]'^[0-9a-f]{64} \{"record":"blob",'
# Administrators, SYSTEM, TrustedInstaller, and the account that this runs as: what it may write it writes anyhow
$TrustedOwners = @(
    'S-1-5-32-544', 'S-1-5-18', 'S-1-5-80-956008885-3418522649-1831038044-1853292631-2271478464',
    [System.Security.Principal.WindowsIdentity]::GetCurrent().User.Value)

function Get-JournalFolder {
    <#
    .SYNOPSIS
    The folder of the journals.
    #>
    [CmdletBinding()]
    [OutputType([string])]
    param()
    "$(Get-EnvironmentFolder -Name ProgramData)\wsus.compliance\journal"
}

function Test-JournalId {
    <#
    .SYNOPSIS
    Whether text is the id of a journal; it becomes part of a path.
    .PARAMETER Id
    The text.
    #>
    [CmdletBinding()]
    [OutputType([bool])]
    param(
        [AllowNull()]
        [AllowEmptyString()]
        [string]$Id
    )
    $JournalId.IsMatch($Id)
}

function Test-TrustedOwner {
    <#
    .SYNOPSIS
    Whether what this account owns or may write can be believed.
    .PARAMETER Sid
    Its security identifier.
    #>
    [CmdletBinding()]
    [OutputType([bool])]
    param(
        [Parameter(Mandatory = $true)]
        [string]$Sid
    )
    $Sid -in $TrustedOwners
}

function Get-Trust {
    <#
    .SYNOPSIS
    {"folder", "owner", "reparse_point", "trusted"} of a file or folder that is there.
    .PARAMETER Path
    Its path.
    #>
    [CmdletBinding()]
    [OutputType([System.Collections.Specialized.OrderedDictionary])]
    param(
        [Parameter(Mandatory = $true)]
        [string]$Path
    )
    $attributes = [int][System.IO.File]::GetAttributes($Path)
    $reparse = 0 -ne ($attributes -band [int][System.IO.FileAttributes]::ReparsePoint)
    $owner = (Get-Acl -LiteralPath $Path -ErrorAction Stop).GetOwner([System.Security.Principal.SecurityIdentifier]).Value
    [ordered]@{
        folder = 0 -ne ($attributes -band [int][System.IO.FileAttributes]::Directory)
        owner = $owner
        reparse_point = $reparse
        trusted = -not $reparse -and (Test-TrustedOwner -Sid $owner)
    }
}

function Get-JournalFolderTrust {
    <#
    .SYNOPSIS
    {"exists", "owner", "reparse_point", "trusted"} of the folder of the journals, with the one above it in mind.
    .PARAMETER Path
    The folder.
    #>
    [CmdletBinding()]
    [OutputType([System.Collections.Specialized.OrderedDictionary])]
    param(
        [Parameter(Mandatory = $true)]
        [string]$Path
    )
    if (-not (Test-RawPath -Path $Path)) {
        return [ordered]@{ exists = $false; owner = $null; reparse_point = $null; trusted = $null }
    }
    $own = Get-Trust -Path $Path
    $above = Get-Trust -Path ([System.IO.Path]::GetDirectoryName($Path))
    if (-not $own['folder']) {
        throw [System.IO.IOException]"$Path is not a folder"
    }
    [ordered]@{
        exists = $true
        owner = $own['owner']
        reparse_point = $own['reparse_point'] -or $above['reparse_point']
        trusted = $own['trusted'] -and $above['trusted']
    }
}

function Get-JournalFile {
    <#
    .SYNOPSIS
    The journals in a folder, oldest first.
    .PARAMETER Path
    The folder.
    #>
    [CmdletBinding()]
    param(
        [Parameter(Mandatory = $true)]
        [string]$Path
    )
    $files = [System.Collections.Generic.List[object]]::new()
    foreach ($entry in [System.IO.DirectoryInfo]::new($Path).GetFileSystemInfos()) {
        $isFolder = [int]$entry.Attributes -band [int][System.IO.FileAttributes]::Directory
        if (-not $isFolder -and $entry.Name.EndsWith('.journal') -and $JournalId.IsMatch($entry.Name.Substring(0, $entry.Name.Length - 8))) {
            $files.Add($entry)
        }
    }
    $sorted = $files.ToArray()
    $names = [string[]]::new($sorted.Length)
    for ($number = 0; $number -lt $sorted.Length; $number++) {
        $names[$number] = $sorted[$number].Name
    }
    [Array]::Sort($names, $sorted, [System.StringComparer]::Ordinal)
    , $sorted
}

function Read-JournalLine {
    <#
    .SYNOPSIS
    {"lines", "complete"} of a journal, or ERROR. Not complete: its last line was cut off, it is among the lines.
    .PARAMETER Path
    Path of the file.
    #>
    [CmdletBinding()]
    [OutputType([System.Collections.Specialized.OrderedDictionary])]
    param(
        [Parameter(Mandatory = $true)]
        [string]$Path
    )
    try {
        if (-not (Test-RawPath -Path $Path)) {
            return New-RawError -Code not_found -Message "no $Path"
        }
        $trust = Get-Trust -Path $Path
        if (-not $trust['trusted']) {
            return New-RawError -Code journal_untrusted -Message "$Path is owned by $($trust['owner']), or is a reparse point"
        }
        $content = Read-FileContent -Path $Path -MaximumLength $MaximumJournal
        if ($null -eq $content) {
            return New-RawError -Code too_big -Message "$Path is longer than $MaximumJournal bytes"
        }
        $lines = [System.Collections.Generic.List[object]]::new()
        $pieces = [System.Text.Encoding]::UTF8.GetString($content).Split([char]10)
        foreach ($piece in $pieces) {
            $lines.Add($piece)
        }
        $complete = $pieces[$pieces.Length - 1] -eq ''
        if ($complete) {
            # what follows the last line's end
            $lines.RemoveAt($lines.Count - 1)
        }
        [ordered]@{ lines = $lines; complete = $complete }
    } catch {
        ConvertTo-RawError -Exception $_.Exception
    }
}

function Read-ShownJournal {
    [CmdletBinding()]
    param($File)
    $read = Read-JournalLine -Path $File.FullName
    if ($read.Contains('error')) {
        return [ordered]@{ name = $File.Name; error = $read['error'] }
    }
    $lines = [System.Collections.Generic.List[object]]::new()
    $length = 0
    foreach ($line in $read['lines']) {
        if (-not $BlobLine.IsMatch($line)) {
            $lines.Add($line)
            $length += $line.Length
        }
    }
    if ($length -gt $MaximumShown) {
        $failure = New-RawError -Code too_big -Message "its lines are longer than $MaximumShown characters"
        return [ordered]@{ name = $File.Name; error = $failure['error'] }
    }
    [ordered]@{ name = $File.Name; size = $File.Length; last_write = (ConvertTo-RawTime -Time $File.LastWriteTimeUtc); lines = $lines }
}

function Get-RawJournal {
    <#
    .SYNOPSIS
    Subset "journal" of the collector: the newest journals, without the files that they keep.
    #>
    [CmdletBinding()]
    [OutputType([System.Collections.Specialized.OrderedDictionary])]
    param()
    $path = Get-JournalFolder
    try {
        $result = [ordered]@{ path = $path }
        $trust = Get-JournalFolderTrust -Path $path
        foreach ($name in $trust.Keys) {
            $result[$name] = $trust[$name]
        }
        $shown = [System.Collections.Generic.List[object]]::new()
        $result['files'] = $shown
        $result['truncated'] = $false
        if ($trust['trusted']) {
            $files = Get-JournalFile -Path $path
            $first = [Math]::Max(0, $files.Length - $MaximumJournals)
            $result['truncated'] = $first -gt 0
            for ($number = $first; $number -lt $files.Length; $number++) {
                $shown.Add((Read-ShownJournal -File $files[$number]))
            }
        }
        $result
    } catch {
        ConvertTo-RawError -Path $path -Exception $_.Exception
    }
}

function Get-JournalAnswer {
    <#
    .SYNOPSIS
    Answer of action read_journal: one journal with all its lines, or a list of all.
    .PARAMETER Id
    Which one; empty for the list.
    #>
    [CmdletBinding()]
    [OutputType([System.Collections.Specialized.OrderedDictionary])]
    param(
        [AllowNull()]
        [AllowEmptyString()]
        [string]$Id
    )
    $member = if ($Id) { 'journal' } else { 'journals' }
    $answer = [ordered]@{ $member = $null; error = $null }
    $journals = [System.Collections.Generic.List[object]]::new()
    $folder = Get-JournalFolder
    try {
        $trust = Get-JournalFolderTrust -Path $folder
        $failure = $null
        if ($trust['exists'] -and -not $trust['trusted']) {
            $failure = New-RawError -Code journal_untrusted -Message "$folder is owned by $($trust['owner']), or is a reparse point"
        } elseif ($Id -and -not $JournalId.IsMatch($Id)) {
            $failure = New-RawError -Code not_found -Message "'$Id' is no id of a journal"
        } elseif ($Id) {
            $path = "$folder\$Id.journal"
            $read = Read-JournalLine -Path $path
            if ($read.Contains('error')) {
                $failure = $read
            } else {
                $answer['journal'] = [ordered]@{ id = $Id; path = $path; lines = $read['lines'] }
            }
        } elseif ($trust['exists']) {
            foreach ($file in (Get-JournalFile -Path $folder)) {
                $journals.Add([ordered]@{
                        id = $file.Name.Substring(0, $file.Name.Length - 8)
                        size = $file.Length
                        last_write = (ConvertTo-RawTime -Time $file.LastWriteTimeUtc)
                    })
            }
        }
    } catch {
        $failure = ConvertTo-RawError -Exception $_.Exception
    }
    if (-not $Id) {
        $answer['journals'] = $journals
    }
    if ($null -ne $failure) {
        $answer['error'] = $failure['error']
    }
    $answer
}

Export-ModuleMember -Function @(
    'Get-JournalFolder', 'Test-JournalId', 'Test-TrustedOwner', 'Get-Trust', 'Get-JournalFolderTrust', 'Read-JournalLine', 'Get-RawJournal',
    'Get-JournalAnswer')
