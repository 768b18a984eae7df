# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

# FOR INTERNAL COLLECTION USE ONLY
# The interfaces in this file are meant for use within this collection and may change in any release.

# How an answer writes times, text and failures (docs/reference/collector.md, "Envelope"; codes of its own: apply.md).

$LoneSurrogate = [regex]'[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]'

function ConvertTo-RawText {
    <#
    .SYNOPSIS
    Text that survives UTF-8: half surrogate pairs, which registry names and data may hold, become U+FFFD.
    .PARAMETER Text
    Any text of the host.
    .PARAMETER MaximumLength
    Cut after so many characters; 0 keeps all.
    #>
    [CmdletBinding()]
    [OutputType([string])]
    param(
        [AllowNull()]
        [AllowEmptyString()]
        [string]$Text,

        [int]$MaximumLength = 0
    )
    if ($MaximumLength -gt 0 -and $Text.Length -gt $MaximumLength) {
        $Text = $Text.Substring(0, $MaximumLength)
    }
    $Text -creplace $LoneSurrogate, [string][char]0xFFFD
}

function ConvertTo-RawTime {
    <#
    .SYNOPSIS
    TIME of the contract. A time of unspecified kind is taken for UTC.
    .PARAMETER Time
    The time, or null.
    #>
    [CmdletBinding()]
    param(
        [AllowNull()]
        [object]$Time
    )
    if ($null -eq $Time) {
        return $null
    }
    if ($Time.Kind -eq [DateTimeKind]::Local) {
        $Time = $Time.ToUniversalTime()
    }
    $Time.ToString("yyyy'-'MM'-'dd'T'HH':'mm':'ss'.'fff'Z'", [System.Globalization.CultureInfo]::InvariantCulture)
}

function New-RawError {
    <#
    .SYNOPSIS
    ERROR of the contract.
    .PARAMETER Code
    One of the contract's codes.
    .PARAMETER Message
    What a person needs to know; cut after 2,000 characters.
    .PARAMETER Path
    What it happened to, where the contract wants a path beside the error.
    #>
    [CmdletBinding()]
    [Diagnostics.CodeAnalysis.SuppressMessageAttribute('PSUseShouldProcessForStateChangingFunctions', '', Justification = 'Makes a dictionary')]
    [OutputType([System.Collections.Specialized.OrderedDictionary])]
    param(
        [Parameter(Mandatory = $true)]
        [ValidateSet('access_denied', 'not_found', 'role_absent', 'service_unavailable', 'connection_failed', 'api_unavailable', 'cim_failed',
            'unreadable', 'too_big', 'mismatch', 'busy', 'other_host', 'journal_failed', 'journal_untrusted', 'write_failed', 'not_kept',
            'package_corrupt', 'install_failed', 'disk_full')]
        [string]$Code,

        [AllowEmptyString()]
        [string]$Message,

        [string]$Path
    )
    $result = [ordered]@{}
    if ($Path) {
        $result['path'] = $Path
    }
    $result['error'] = [ordered]@{ code = $Code; message = (ConvertTo-RawText -Text $Message -MaximumLength 2000) }
    $result
}

function Get-ExceptionChain {
    <#
    .SYNOPSIS
    The exception and its inner ones, outermost first.
    .PARAMETER Exception
    Where to start.
    #>
    [CmdletBinding()]
    param(
        [Parameter(Mandatory = $true)]
        [System.Exception]$Exception
    )
    $chain = [System.Collections.Generic.List[object]]::new()
    for ($inner = $Exception; $null -ne $inner -and $chain.Count -lt 16; $inner = $inner.InnerException) {
        $chain.Add($inner)
    }
    , $chain
}

function ConvertTo-RawError {
    <#
    .SYNOPSIS
    ERROR of the contract for something that was thrown: the innermost message and its type.
    .PARAMETER Exception
    What was caught.
    .PARAMETER Default
    The code where the exception's type says nothing.
    .PARAMETER Code
    The code where the caller knows it.
    .PARAMETER Path
    What it happened to, where the contract wants a path beside the error.
    #>
    [CmdletBinding()]
    [OutputType([System.Collections.Specialized.OrderedDictionary])]
    param(
        [Parameter(Mandatory = $true)]
        [System.Exception]$Exception,

        [string]$Default = 'unreadable',

        [string]$Code,

        [string]$Path
    )
    $chain = Get-ExceptionChain -Exception $Exception
    if (-not $Code) {
        $Code = $Default
        foreach ($link in $chain) {
            # NativeErrorCode: a word for CIM, ERROR_ACCESS_DENIED for Win32
            if ($link -is [System.UnauthorizedAccessException] -or $link -is [System.Security.SecurityException] -or
                [string]$link.NativeErrorCode -in 'AccessDenied', '5') {
                $Code = 'access_denied'
            } elseif ($link -is [System.IO.FileNotFoundException] -or $link -is [System.IO.DirectoryNotFoundException]) {
                $Code = 'not_found'
            }
        }
    }
    $last = $chain[$chain.Count - 1]
    New-RawError -Code $Code -Path $Path -Message ('{0} ({1})' -f $last.Message, $last.GetType().FullName)
}

function Invoke-RawRead {
    <#
    .SYNOPSIS
    What an action returns; ERROR in its place where it throws, so that nothing beside it is lost.
    .PARAMETER Action
    What to run.
    #>
    [CmdletBinding()]
    param(
        [Parameter(Mandatory = $true)]
        [scriptblock]$Action
    )
    try {
        & $Action
    } catch {
        ConvertTo-RawError -Exception $_.Exception
    }
}

Export-ModuleMember -Function ConvertTo-RawText, ConvertTo-RawTime, New-RawError, Get-ExceptionChain, ConvertTo-RawError, Invoke-RawRead
