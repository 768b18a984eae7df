# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

# FOR INTERNAL COLLECTION USE ONLY
# The interfaces in this file are meant for use within this collection and may change in any release.

# The digest that journals and file states are written down with.

function Get-Digest {
    [CmdletBinding()]
    param($Content)
    # SHA256.Create() makes the managed class, which .NET Framework refuses to run under the FIPS policy
    $algorithm = [System.Security.Cryptography.SHA256CryptoServiceProvider]::new()
    try {
        ([BitConverter]::ToString($algorithm.ComputeHash($Content)) -creplace '-').ToLowerInvariant()
    } finally {
        $algorithm.Dispose()
    }
}

function Get-Sha256 {
    <#
    .SYNOPSIS
    SHA-256 of bytes, as 64 lower-case hex digits.
    .PARAMETER Content
    The bytes.
    #>
    [CmdletBinding()]
    [OutputType([string])]
    param(
        [Parameter(Mandatory = $true)]
        [AllowEmptyCollection()]
        [byte[]]$Content
    )
    Get-Digest -Content $Content
}

function Get-FileSha256 {
    <#
    .SYNOPSIS
    SHA-256 of a file of any size, as 64 lower-case hex digits.
    .PARAMETER Path
    The path by which it is opened. Nobody may write to it meanwhile.
    #>
    [CmdletBinding()]
    [OutputType([string])]
    param(
        [Parameter(Mandatory = $true)]
        [string]$Path
    )
    $stream = [System.IO.FileStream]::new($Path, [System.IO.FileMode]::Open, [System.IO.FileAccess]::Read, [System.IO.FileShare]::Read)
    try {
        Get-Digest -Content $stream
    } finally {
        $stream.Dispose()
    }
}

Export-ModuleMember -Function Get-Sha256, Get-FileSha256
