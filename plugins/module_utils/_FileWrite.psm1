# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

# FOR INTERNAL COLLECTION USE ONLY
# The interfaces in this file are meant for use within this collection and may change in any release.

#AnsibleRequires -PowerShell ansible_collections.wsus.compliance.plugins.module_utils._File
#AnsibleRequires -PowerShell ansible_collections.wsus.compliance.plugins.module_utils._Hash
#AnsibleRequires -PowerShell ansible_collections.wsus.compliance.plugins.module_utils._Outcome

# Operations of kind file: a file is as it was or as it is to be, never half of it.

$MaximumFile = 1MB
# what a file may be given; the others (compressed, encrypted, ...) follow from where it lies
$SettableAttributes = [int][System.IO.FileAttributes]'Hidden, System, Archive, NotContentIndexed'

function ConvertTo-FileState {
    <#
    .SYNOPSIS
    FILE STATE in the form in which states are compared. Throws where it is none.
    .PARAMETER State
    {"exists": false}, or {"exists": true, "sha256", "size"} with or without "content".
    .PARAMETER WithContent
    Whether it must have its content, which then decides about digest and size.
    #>
    [CmdletBinding()]
    [OutputType([System.Collections.Specialized.OrderedDictionary])]
    param(
        [Parameter(Mandatory = $true)]
        [System.Collections.IDictionary]$State,

        [switch]$WithContent
    )
    if (-not $State['exists']) {
        return [ordered]@{ exists = $false }
    }
    $digits = ([string]$State['sha256']).ToLowerInvariant()
    if ($digits -notmatch '^[0-9a-f]{64}\z') {
        throw [System.ArgumentException]'sha256 is not 64 hex digits'
    }
    $result = [ordered]@{ exists = $true; sha256 = $digits; size = [long]$State['size'] }
    if ($WithContent) {
        $content = [Convert]::FromBase64String([string]$State['content'])
        if ($content.Length -gt $MaximumFile) {
            throw [System.ArgumentException]"the content is longer than $MaximumFile bytes"
        }
        if ($digits -ne (Get-Sha256 -Content $content) -or $result['size'] -ne $content.Length) {
            throw [System.ArgumentException]'sha256 or size is not that of the content'
        }
        $result['content'] = [string]$State['content']
    }
    $result
}

function Get-FileState {
    <#
    .SYNOPSIS
    FILE STATE of a file as it is, with its content; or ERROR.
    .PARAMETER Path
    The path as results name it.
    #>
    [CmdletBinding()]
    [OutputType([System.Collections.Specialized.OrderedDictionary])]
    param(
        [Parameter(Mandatory = $true)]
        [string]$Path
    )
    try {
        $openable = Get-OpenablePath -Path $Path
        if (-not (Test-RawPath -Path $openable)) {
            return [ordered]@{ exists = $false }
        }
        $attributes = [int][System.IO.File]::GetAttributes($openable)
        if ($attributes -band [int][System.IO.FileAttributes]::ReparsePoint) {
            return New-RawError -Code unreadable -Message "$Path is a reparse point: what it leads to is something else"
        }
        if ($attributes -band [int][System.IO.FileAttributes]::Directory) {
            return New-RawError -Code unreadable -Message "$Path is a folder"
        }
        $content = Read-FileContent -Path $openable -MaximumLength $MaximumFile
        if ($null -eq $content) {
            return New-RawError -Code too_big -Message "$Path is longer than $MaximumFile bytes"
        }
        [ordered]@{
            exists = $true
            sha256 = (Get-Sha256 -Content $content)
            size = [long]$content.Length
            content = [Convert]::ToBase64String($content)
        }
    } catch {
        ConvertTo-RawError -Exception $_.Exception
    }
}

function Get-FileHindrance {
    <#
    .SYNOPSIS
    ERROR where it is clear beforehand that a file can't be written; else null.
    .PARAMETER Path
    The path as results name it.
    #>
    [CmdletBinding()]
    param(
        [Parameter(Mandatory = $true)]
        [string]$Path
    )
    try {
        $openable = Get-OpenablePath -Path $Path
        if (Test-RawPath -Path $openable) {
            if ([int][System.IO.File]::GetAttributes($openable) -band [int][System.IO.FileAttributes]::ReadOnly) {
                New-RawError -Code access_denied -Message "$Path is read-only"
            }
        } elseif (-not [System.IO.Directory]::Exists([System.IO.Path]::GetDirectoryName($openable))) {
            New-RawError -Code not_found -Message "there is no folder for $Path"
        }
    } catch {
        ConvertTo-RawError -Exception $_.Exception
    }
}

function Write-NewFile {
    [CmdletBinding()]
    param($Path, [byte[]]$Content, [int]$Attributes)
    $stream = [System.IO.FileStream]::new($Path, [System.IO.FileMode]::CreateNew, [System.IO.FileAccess]::Write, [System.IO.FileShare]::None)
    try {
        $stream.Write($Content, 0, $Content.Length)
        $stream.Flush($true)
        if ($stream.Length -ne $Content.Length) {
            # nothing takes the place of a file that is not whole, whatever the disk said
            throw [System.IO.IOException]"only $($stream.Length) of $($Content.Length) bytes could be written"
        }
    } finally {
        $stream.Dispose()
    }
    if ($Attributes) {
        [System.IO.File]::SetAttributes($Path, $Attributes)
    }
}

function Open-Guarded {
    <#
    .SYNOPSIS
    {"stream"}: while it is open nobody writes to the file, but it can be replaced and removed; ERROR where it is not as before.
    #>
    [CmdletBinding()]
    param($Path, $Before)
    $stream = [System.IO.FileStream]::new($Path, [System.IO.FileMode]::Open, [System.IO.FileAccess]::Read, [System.IO.FileShare]'Read, Delete')
    $same = $false
    try {
        $content = Read-FileContent -Path $Path -MaximumLength $MaximumFile
        $same = $null -ne $content -and (Get-Sha256 -Content $content) -eq $Before['sha256']
    } finally {
        if (-not $same) {
            $stream.Dispose()
        }
    }
    if ($same) {
        return @{ stream = $stream }
    }
    New-RawError -Code mismatch -Message "$Path was changed while it was about to be written"
}

function Edit-File {
    [CmdletBinding()]
    param($Path, $Before, $Temporary, $Old)
    $guard = Open-Guarded -Path $Path -Before $Before
    if ($guard.Contains('error')) {
        return $guard
    }
    try {
        if ($Temporary) {
            # one step for others, and it takes the old file's access list over
            [System.IO.File]::Replace($Temporary, $Path, $Old)
        } else {
            [System.IO.File]::Delete($Path)
        }
    } finally {
        $guard['stream'].Dispose()
    }
}

function Set-FileState {
    <#
    .SYNOPSIS
    Replaces, makes or removes a file. ERROR with the code mismatch where it was changed meanwhile; throws where it can't.
    .PARAMETER Path
    The path as results name it.
    .PARAMETER Before
    FILE STATE that was found.
    .PARAMETER After
    FILE STATE that it is to have, with its content.
    #>
    [CmdletBinding(SupportsShouldProcess = $true)]
    param(
        [Parameter(Mandatory = $true)]
        [string]$Path,

        [Parameter(Mandatory = $true)]
        [System.Collections.IDictionary]$Before,

        [Parameter(Mandatory = $true)]
        [System.Collections.IDictionary]$After
    )
    if (-not $PSCmdlet.ShouldProcess($Path)) {
        return
    }
    $openable = Get-OpenablePath -Path $Path
    if (-not $After['exists']) {
        return Edit-File -Path $openable -Before $Before
    }
    $temporary = '{0}.{1}.tmp' -f $openable, [guid]::NewGuid().ToString('N')
    $old = "$temporary.old"
    try {
        $attributes = 0
        if ($Before['exists']) {
            $attributes = [int][System.IO.File]::GetAttributes($openable) -band $SettableAttributes
        }
        Write-NewFile -Path $temporary -Content ([Convert]::FromBase64String($After['content'])) -Attributes $attributes
        if ($Before['exists']) {
            Edit-File -Path $openable -Before $Before -Temporary $temporary -Old $old
        } else {
            # fails where there is one by now
            [System.IO.File]::Move($temporary, $openable)
        }
    } finally {
        if ([System.IO.File]::Exists($old)) {
            if ([System.IO.File]::Exists($openable)) {
                [System.IO.File]::Delete($old)
            } else {
                # the one failure of Replace that has moved the old file away already
                [System.IO.File]::Move($old, $openable)
            }
        }
        if ([System.IO.File]::Exists($temporary)) {
            [System.IO.File]::Delete($temporary)
        }
    }
}

Export-ModuleMember -Function ConvertTo-FileState, Get-FileState, Get-FileHindrance, Set-FileState
