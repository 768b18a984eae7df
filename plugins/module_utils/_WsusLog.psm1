# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

# FOR INTERNAL COLLECTION USE ONLY
# The interfaces in this file are meant for use within this collection and may change in any release.

#AnsibleRequires -PowerShell ansible_collections.wsus.compliance.plugins.module_utils._Outcome
#AnsibleRequires -PowerShell ansible_collections.wsus.compliance.plugins.module_utils._WsusApi
#AnsibleRequires -PowerShell ansible_collections.wsus.compliance.plugins.module_utils._WsusConnection

# The end of SoftwareDistribution.log, which WSUS keeps open.

$MaximumTail = 65536

function Get-WsusLogPath {
    <#
    .SYNOPSIS
    Path of SoftwareDistribution.log, as WSUS has configured it or else where its setup puts it; null where neither tells.
    #>
    [CmdletBinding()]
    [OutputType([string])]
    param()
    $name = 'SoftwareDistribution.log'
    $connection = Get-WsusConnection
    if ($connection.Contains('server')) {
        try {
            $path = (Get-RawProperty -InputObject $connection['server'].GetConfiguration() -Name LogFilePath)['LogFilePath']
            if ($path -is [string] -and $path) {
                if ([System.IO.Directory]::Exists($path)) {
                    $path = [System.IO.Path]::Combine($path, $name)
                }
                return $path
            }
        } catch {
            # what the setup says is as good a guess
            $path = $null
        }
    }
    $setup = Get-WsusSetup
    if ($setup.Contains('values') -and $setup['values'].Contains('TargetDir')) {
        $folder = $setup['values']['TargetDir']['data']
        if ($folder -is [string] -and $folder) {
            return [System.IO.Path]::Combine([Environment]::ExpandEnvironmentVariables($folder), 'LogFiles', $name)
        }
    }
}

function Get-LogTail {
    <#
    .SYNOPSIS
    LOG of the contract.
    .PARAMETER Path
    Path of the log; empty where it is not known.
    .PARAMETER Offset
    Bytes that are known already; null: only the size is of interest.
    #>
    [CmdletBinding()]
    [OutputType([System.Collections.Specialized.OrderedDictionary])]
    param(
        [AllowNull()]
        [AllowEmptyString()]
        [string]$Path,

        [AllowNull()]
        [object]$Offset
    )
    $log = [ordered]@{ path = $Path; size = $null; from = $null; text = ''; error = $null }
    if (-not $Path) {
        $log['path'] = $null
        $log['error'] = (New-RawError -Code not_found -Message 'neither WSUS nor its setup tells where its log is')['error']
        return $log
    }
    $stream = $null
    try {
        $stream = [System.IO.FileStream]::new($Path, [System.IO.FileMode]::Open, [System.IO.FileAccess]::Read, [System.IO.FileShare]'ReadWrite, Delete')
        $log['size'] = $stream.Length
        if ($null -ne $Offset) {
            # a log that is shorter was rolled over
            $known = if ($Offset -gt $log['size']) { 0 } else { $Offset }
            $log['from'] = [Math]::Max($known, $log['size'] - $MaximumTail)
            $stream.Position = $log['from']
            $content = [byte[]]::new($log['size'] - $log['from'])
            $filled = 0
            do {
                $count = $stream.Read($content, $filled, $content.Length - $filled)
                $filled += $count
            } while ($count -gt 0)
            $log['text'] = ConvertTo-RawText -Text ([System.Text.Encoding]::UTF8.GetString($content, 0, $filled))
        }
    } catch {
        $log['error'] = (ConvertTo-RawError -Exception $_.Exception)['error']
    } finally {
        if ($null -ne $stream) {
            $stream.Dispose()
        }
    }
    $log
}

Export-ModuleMember -Function Get-WsusLogPath, Get-LogTail
