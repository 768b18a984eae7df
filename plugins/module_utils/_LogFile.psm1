# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

# FOR INTERNAL COLLECTION USE ONLY
# The interfaces in this file are meant for use within this collection and may change in any release.

#AnsibleRequires -PowerShell ansible_collections.wsus.compliance.plugins.module_utils._File
#AnsibleRequires -PowerShell ansible_collections.wsus.compliance.plugins.module_utils._Hash
#AnsibleRequires -PowerShell ansible_collections.wsus.compliance.plugins.module_utils._Outcome

# Reads what is new in log files that others write, rename and delete meanwhile: docs/reference/logs.md.

$HeadLength = 1024
# fewer bytes than this may be the same in two files
$TellingLength = 64
$PartLength = 65536
$MaximumMatches = 100

function Resolve-LogPath {
    <#
    .SYNOPSIS
    Paths of the files that a path or pattern names, sorted by name; a path without wildcards is returned as it is.
    .PARAMETER Path
    A path whose last part may hold * and ?.
    #>
    [CmdletBinding()]
    [OutputType([string])]
    param(
        [Parameter(Mandatory = $true)]
        [string]$Path
    )
    $expanded = [Environment]::ExpandEnvironmentVariables($Path)
    $name = [System.IO.Path]::GetFileName($expanded)
    if ($name -notmatch '[*?]') {
        return $expanded
    }
    $folder = [System.IO.Path]::GetDirectoryName($expanded)
    # GetFiles of .NET Framework also looks at short names, so that *.log finds x.log_old: taken literally it is no harm
    $found = [System.IO.DirectoryInfo]::new((Get-OpenablePath -Path $folder)).GetFiles($name)
    $names = [System.Collections.Generic.List[string]]::new()
    foreach ($file in $found) {
        $names.Add($file.Name)
    }
    $sorted = $names.ToArray()
    [Array]::Sort($sorted, [System.StringComparer]::Ordinal)
    for ($number = 0; $number -lt $sorted.Count -and $number -lt $MaximumMatches; $number++) {
        [System.IO.Path]::Combine($folder, $sorted[$number])
    }
}

function Get-RolledPath {
    <#
    .SYNOPSIS
    Paths of the files whose name is the same up to the last dot: where a log that was rolled over may be now.
    .PARAMETER Path
    Path of the log.
    #>
    [CmdletBinding()]
    [OutputType([string])]
    param(
        [Parameter(Mandatory = $true)]
        [string]$Path
    )
    $pattern = [System.IO.Path]::Combine([System.IO.Path]::GetDirectoryName($Path), [System.IO.Path]::GetFileNameWithoutExtension($Path) + '.*')
    Resolve-LogPath -Path $pattern
}

function Read-Head {
    <#
    .SYNOPSIS
    SHA-256 of the first bytes of a stream; null where it has not so many.
    .PARAMETER Stream
    The open file.
    .PARAMETER Length
    How many bytes.
    #>
    [CmdletBinding()]
    [OutputType([string])]
    param(
        [Parameter(Mandatory = $true)]
        [System.IO.Stream]$Stream,

        [Parameter(Mandatory = $true)]
        [int]$Length
    )
    $head = [byte[]]::new($Length)
    $Stream.Position = 0
    $filled = 0
    do {
        $count = $Stream.Read($head, $filled, $Length - $filled)
        $filled += $count
    } while ($count -gt 0 -and $filled -lt $Length)
    if ($filled -eq $Length) {
        Get-Sha256 -Content $head
    }
}

function Find-KnownOffset {
    <#
    .SYNOPSIS
    Where an earlier run ended in this file; null where it was not read before.
    .PARAMETER Stream
    The open file.
    .PARAMETER Created
    TIME at which it was made.
    .PARAMETER Known
    What earlier runs ended with.
    #>
    [CmdletBinding()]
    [OutputType([long])]
    param(
        [Parameter(Mandatory = $true)]
        [System.IO.Stream]$Stream,

        [AllowNull()]
        [string]$Created,

        [AllowEmptyCollection()]
        [object[]]$Known
    )
    $heads = @{}
    foreach ($entry in $Known) {
        $length = $entry['head_length'] -as [int]
        $offset = $entry['offset'] -as [long]
        if ($null -eq $length -or $null -eq $offset -or $length -lt 1 -or $length -gt $HeadLength -or $offset -lt 0 -or $offset -gt $Stream.Length) {
            continue
        }
        if ($length -lt $TellingLength -and $entry['created'] -ne $Created) {
            continue
        }
        if (-not $heads.ContainsKey($length)) {
            $heads[$length] = Read-Head -Stream $Stream -Length $length
        }
        if ($heads[$length] -eq $entry['head']) {
            return $offset
        }
    }
}

function Compress-Range {
    <#
    .SYNOPSIS
    A part of a stream as gzip, from its position on.
    .PARAMETER Stream
    The open file.
    .PARAMETER Length
    How many bytes; fewer where the file ends before.
    .PARAMETER Maximum
    Bytes that the result may have.
    .OUTPUTS
    {"read": bytes that were read, "content": the gzip, null where it would be longer than allowed}
    #>
    [CmdletBinding()]
    [OutputType([System.Collections.Specialized.OrderedDictionary])]
    param(
        [Parameter(Mandatory = $true)]
        [System.IO.Stream]$Stream,

        [Parameter(Mandatory = $true)]
        [long]$Length,

        [Parameter(Mandatory = $true)]
        [long]$Maximum
    )
    $plainPart = [byte[]]::new($PartLength)
    $read = 0L
    $compressed = [System.IO.MemoryStream]::new()
    $gzip = [System.IO.Compression.GZipStream]::new($compressed, [System.IO.Compression.CompressionMode]::Compress, $true)
    try {
        while ($read -lt $Length -and $compressed.Length -le $Maximum) {
            $count = $Stream.Read($plainPart, 0, [int][Math]::Min($PartLength, $Length - $read))
            if ($count -eq 0) {
                break
            }
            $gzip.Write($plainPart, 0, $count)
            $read += $count
        }
    } finally {
        $gzip.Dispose()
    }
    $content = if ($compressed.Length -le $Maximum) { $compressed.ToArray() }
    [ordered]@{ read = $read; content = $content }
}

function Get-LogFile {
    <#
    .SYNOPSIS
    FILE of the contract.
    .PARAMETER Path
    Path of the log.
    .PARAMETER Known
    What earlier runs ended with.
    .PARAMETER Maximum
    Bytes that are read at most.
    .PARAMETER AnswerLength
    Characters that the content may have.
    .PARAMETER OnlyKnown
    Whether a file that no earlier run has read is left out (null).
    #>
    [CmdletBinding()]
    [OutputType([System.Collections.Specialized.OrderedDictionary])]
    param(
        [Parameter(Mandatory = $true)]
        [string]$Path,

        [AllowEmptyCollection()]
        [object[]]$Known,

        [Parameter(Mandatory = $true)]
        [long]$Maximum,

        [Parameter(Mandatory = $true)]
        [long]$AnswerLength,

        [bool]$OnlyKnown
    )
    $stream = $null
    try {
        $openable = Get-OpenablePath -Path $Path
        if ([System.IO.Directory]::Exists($openable)) {
            return New-RawError -Code unreadable -Path $Path -Message 'it is a folder'
        }
        $info = [System.IO.FileInfo]::new($openable)
        $stream = [System.IO.FileStream]::new($openable, [System.IO.FileMode]::Open, [System.IO.FileAccess]::Read, [System.IO.FileShare]'ReadWrite, Delete')
        $size = $stream.Length
        $created = ConvertTo-RawTime -Time $info.CreationTimeUtc
        $length = [int][Math]::Min($HeadLength, $size)
        $offset = Find-KnownOffset -Stream $stream -Created $created -Known $Known
        if ($OnlyKnown -and $null -eq $offset) {
            return
        }
        $first = if ($null -eq $offset) { 0L } else { $offset }
        $from = [Math]::Max($first, $size - $Maximum)
        $result = [ordered]@{
            path = $Path
            size = $size
            created = $created
            last_write = ConvertTo-RawTime -Time $info.LastWriteTimeUtc
            head = Read-Head -Stream $stream -Length $length
            head_length = $length
            known = $offset
            from = $from
            to = $from
            left_out = $from - $first
            content = $null
        }
        if ($size -gt $from) {
            $Stream.Position = $from
            # base64 makes four characters of three bytes
            $range = Compress-Range -Stream $stream -Length ($size - $from) -Maximum ([long]($AnswerLength * 3 / 4))
            if ($null -eq $range['content']) {
                return New-RawError -Code too_big -Path $Path -Message "what is new takes more than $AnswerLength characters; read less of it"
            }
            $result['to'] = $from + $range['read']
            $result['content'] = [Convert]::ToBase64String($range['content'])
        }
        $result
    } catch {
        ConvertTo-RawError -Path $Path -Exception $_.Exception
    } finally {
        if ($null -ne $stream) {
            $stream.Dispose()
        }
    }
}

Export-ModuleMember -Function Resolve-LogPath, Get-RolledPath, Compress-Range, Get-LogFile
