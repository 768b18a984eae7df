# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

# FOR INTERNAL COLLECTION USE ONLY
# The interfaces in this file are meant for use within this collection and may change in any release.

#AnsibleRequires -PowerShell ansible_collections.wsus.compliance.plugins.module_utils._Outcome

# Reads files and folders. Paths are told as a 64-bit process sees them, whatever the bitness of this one.

$MaximumFolders = 5000
$SystemRoot = [Environment]::GetEnvironmentVariable('SystemRoot')
$System32 = [System.IO.Path]::Combine($SystemRoot, 'System32')
$RedirectedSystem32 = [Environment]::Is64BitOperatingSystem -and -not [Environment]::Is64BitProcess

function Get-System32Path {
    <#
    .SYNOPSIS
    The 64-bit System32 folder as results name it.
    .PARAMETER Child
    Path below it.
    #>
    [CmdletBinding()]
    [OutputType([string])]
    param(
        [Parameter(Mandatory = $true)]
        [string]$Child
    )
    [System.IO.Path]::Combine($System32, $Child)
}

function Get-OpenablePath {
    <#
    .SYNOPSIS
    The path by which this process reaches a file: through Sysnative where a 32-bit process is redirected.
    .PARAMETER Path
    The path as results name it.
    #>
    [CmdletBinding()]
    [OutputType([string])]
    param(
        [Parameter(Mandatory = $true)]
        [string]$Path
    )
    if ($RedirectedSystem32 -and $Path.StartsWith($System32 + '\', [System.StringComparison]::OrdinalIgnoreCase)) {
        return [System.IO.Path]::Combine($SystemRoot, 'Sysnative', $Path.Substring($System32.Length + 1))
    }
    $Path
}

function Get-WrittenOutPath {
    <#
    .SYNOPSIS
    A path as results name it, of one that may begin with %SystemRoot%: the controller does not know where that is.
    .PARAMETER Path
    The path as it came.
    #>
    [CmdletBinding()]
    [OutputType([string])]
    param(
        [Parameter(Mandatory = $true)]
        [string]$Path
    )
    $variable = '%SystemRoot%'
    if ($Path.StartsWith($variable + '\', [System.StringComparison]::OrdinalIgnoreCase)) {
        return $SystemRoot + $Path.Substring($variable.Length)
    }
    $Path
}

function Test-RawPath {
    <#
    .SYNOPSIS
    Whether something is there; throws where that can't be told (File.Exists says false when access is denied).
    .PARAMETER Path
    The path by which it is opened.
    #>
    [CmdletBinding()]
    [OutputType([bool])]
    param(
        [Parameter(Mandatory = $true)]
        [string]$Path
    )
    if ([System.IO.File]::Exists($Path) -or [System.IO.Directory]::Exists($Path)) {
        return $true
    }
    try {
        $null = [System.IO.File]::GetAttributes($Path)
        $true
    } catch [System.IO.FileNotFoundException], [System.IO.DirectoryNotFoundException] {
        $false
    }
}

function Read-FileContent {
    <#
    .SYNOPSIS
    The bytes of a file that others may have open; null where it is longer than the limit.
    .PARAMETER Path
    The path by which it is opened.
    .PARAMETER MaximumLength
    Limit in bytes.
    #>
    [CmdletBinding()]
    [OutputType([byte[]])]
    param(
        [Parameter(Mandatory = $true)]
        [string]$Path,

        [Parameter(Mandatory = $true)]
        [int]$MaximumLength
    )
    $stream = [System.IO.FileStream]::new($Path, [System.IO.FileMode]::Open, [System.IO.FileAccess]::Read, [System.IO.FileShare]'ReadWrite, Delete')
    try {
        if ($stream.Length -gt $MaximumLength) {
            return $null
        }
        $content = [byte[]]::new($stream.Length)
        $filled = 0
        do {
            $count = $stream.Read($content, $filled, $content.Length - $filled)
            $filled += $count
        } while ($count -gt 0)
        if ($filled -lt $content.Length) {
            $whole = $content
            $content = [byte[]]::new($filled)
            [Array]::Copy($whole, $content, $filled)
        }
        , $content
    } finally {
        $stream.Dispose()
    }
}

function Get-RawFile {
    <#
    .SYNOPSIS
    FILE of the contract.
    .PARAMETER Path
    The path as results name it.
    .PARAMETER MaximumLength
    Longest content that is read; without it no content is.
    #>
    [CmdletBinding()]
    [OutputType([System.Collections.Specialized.OrderedDictionary])]
    param(
        [Parameter(Mandatory = $true)]
        [string]$Path,

        [int]$MaximumLength = 0
    )
    try {
        $openable = Get-OpenablePath -Path $Path
        $result = [ordered]@{ path = $Path; exists = (Test-RawPath -Path $openable); size = $null; last_write = $null; content = $null }
        if (-not $result['exists']) {
            return $result
        }
        if ([System.IO.Directory]::Exists($openable)) {
            return New-RawError -Code unreadable -Path $Path -Message "$Path is a folder"
        }
        $file = [System.IO.FileInfo]::new($openable)
        $result['size'] = $file.Length
        $result['last_write'] = ConvertTo-RawTime -Time $file.LastWriteTimeUtc
        if ($MaximumLength -gt 0) {
            $content = Read-FileContent -Path $openable -MaximumLength $MaximumLength
            if ($null -eq $content) {
                return New-RawError -Code too_big -Path $Path -Message "longer than $MaximumLength bytes"
            }
            $result['size'] = $content.Length
            $result['content'] = [Convert]::ToBase64String($content)
        }
        $result
    } catch {
        ConvertTo-RawError -Path $Path -Exception $_.Exception
    }
}

function Find-RawFile {
    <#
    .SYNOPSIS
    Looks for files below a folder: {"files": paths as results name them, "errors": [{"path", "error"}]}, by name.
    .DESCRIPTION
    Links are not followed. A folder that can't be listed is an error in its place, the others are still searched.
    .PARAMETER Path
    The folder as results name it.
    .PARAMETER Name
    Name of the files.
    .PARAMETER Pattern
    What the path below the folder must match.
    #>
    [CmdletBinding()]
    [OutputType([System.Collections.Specialized.OrderedDictionary])]
    param(
        [Parameter(Mandatory = $true)]
        [string]$Path,

        [Parameter(Mandatory = $true)]
        [string]$Name,

        [Parameter(Mandatory = $true)]
        [regex]$Pattern
    )
    $files = [System.Collections.Generic.List[object]]::new()
    $errors = [System.Collections.Generic.List[object]]::new()
    $folders = [System.Collections.Generic.Queue[string]]::new()
    $folders.Enqueue($Path)
    $visited = 0
    while ($folders.Count -gt 0) {
        $folder = $folders.Dequeue()
        $visited += 1
        if ($visited -gt $MaximumFolders) {
            $errors.Add((New-RawError -Code too_big -Path $Path -Message "more than $MaximumFolders folders"))
            break
        }
        try {
            $listed = [System.IO.DirectoryInfo]::new((Get-OpenablePath -Path $folder)).GetFileSystemInfos()
        } catch {
            $errors.Add((ConvertTo-RawError -Path $folder -Exception $_.Exception))
            continue
        }
        foreach ($entry in $listed) {
            $full = [System.IO.Path]::Combine($folder, $entry.Name)
            $attributes = [int]$entry.Attributes
            if ($attributes -band [int][System.IO.FileAttributes]::Directory) {
                if (-not ($attributes -band [int][System.IO.FileAttributes]::ReparsePoint)) {
                    $folders.Enqueue($full)
                }
            } elseif ([string]::Equals($entry.Name, $Name, [System.StringComparison]::OrdinalIgnoreCase) -and
                $Pattern.IsMatch($full.Substring($Path.Length + 1))) {
                $files.Add($full)
            }
        }
    }
    $sorted = $files.ToArray()
    [Array]::Sort($sorted, [System.StringComparer]::Ordinal)
    [ordered]@{ files = $sorted; errors = $errors }
}

Export-ModuleMember -Function Get-System32Path, Get-OpenablePath, Get-WrittenOutPath, Test-RawPath, Read-FileContent, Get-RawFile, Find-RawFile
