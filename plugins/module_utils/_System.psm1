# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

# FOR INTERNAL COLLECTION USE ONLY
# The interfaces in this file are meant for use within this collection and may change in any release.

#AnsibleRequires -PowerShell ansible_collections.wsus.compliance.plugins.module_utils._Cim
#AnsibleRequires -PowerShell ansible_collections.wsus.compliance.plugins.module_utils._Outcome
#AnsibleRequires -PowerShell ansible_collections.wsus.compliance.plugins.module_utils._Registry

# State of the operating system: its folders, what servicing has installed, when it started, what waits for a restart.

$MaximumPackages = 2000

function Get-EnvironmentFolder {
    <#
    .SYNOPSIS
    The first of these environment variables that is set; null where none is.
    .PARAMETER Name
    Names of the variables.
    #>
    [CmdletBinding()]
    [OutputType([string])]
    param(
        [Parameter(Mandatory = $true)]
        [string[]]$Name
    )
    foreach ($one in $Name) {
        $folder = [Environment]::GetEnvironmentVariable($one)
        if ($folder) {
            return $folder
        }
    }
}

function Read-Package {
    [CmdletBinding()]
    param($Key, $Name)
    $result = [ordered]@{ name = (ConvertTo-RawText -Text $Name); state = $null }
    $package = $null
    try {
        $package = $Key.OpenSubKey($Name)
        # .NET makes an Int32 of a REG_DWORD only
        $state = if ($null -ne $package) { $package.GetValue('CurrentState') } else { $null }
        if ($state -is [int]) {
            $result['state'] = $state -band 0xFFFFFFFFL
        }
    } catch [System.Security.SecurityException], [System.UnauthorizedAccessException], [System.IO.IOException] {
        # the contract knows no error here: a state that can't be read is null
        $result['state'] = $null
    } finally {
        if ($null -ne $package) {
            $package.Dispose()
        }
    }
    $result
}

function Get-RawPackageList {
    <#
    .SYNOPSIS
    Rollups and updates that component based servicing knows.
    .PARAMETER Path
    The key Packages.
    #>
    [CmdletBinding()]
    [OutputType([System.Collections.Specialized.OrderedDictionary])]
    param(
        [Parameter(Mandatory = $true)]
        [string]$Path
    )
    $key = $null
    try {
        $result = Get-RawRegistryKey -Path $Path
        if ($result.Contains('error')) {
            return $result
        }
        $key = Open-RawRegistryKey -Path $Path
        $all = if ($null -ne $key) { $key.GetSubKeyNames() } else { @() }
        $patterns = [ordered]@{ rollups = '^Package_for_RollupFix~'; kbs = '^Package_for_KB[0-9]+~' }
        $truncated = $false
        foreach ($list in $patterns.Keys) {
            # the operator's own loop: a server has thousands of packages
            [string[]]$names = @($all) -cmatch $patterns[$list]
            [Array]::Sort($names, [System.StringComparer]::Ordinal)
            $packages = [System.Collections.Generic.List[object]]::new()
            foreach ($name in $names) {
                if ($packages.Count -eq $MaximumPackages) {
                    $truncated = $true
                    break
                }
                $packages.Add((Read-Package -Key $key -Name $name))
            }
            $result[$list] = $packages
        }
        $result['truncated'] = $truncated
        $result
    } catch {
        ConvertTo-RawError -Path $Path -Exception $_.Exception
    } finally {
        if ($null -ne $key) {
            $key.Dispose()
        }
    }
}

function Get-RawBootTime {
    <#
    .SYNOPSIS
    TIME of the last start of the operating system; or ERROR.
    #>
    [CmdletBinding()]
    param()
    $answer = Get-RawCimInstance -ClassName Win32_OperatingSystem -Property LastBootUpTime
    if ($answer.Contains('error')) {
        return $answer
    }
    foreach ($row in $answer['rows']) {
        if ($null -ne $row.LastBootUpTime) {
            return ConvertTo-RawTime -Time $row.LastBootUpTime
        }
    }
    New-RawError -Code cim_failed -Message 'Win32_OperatingSystem has no LastBootUpTime'
}

function Test-RawPendingRename {
    <#
    .SYNOPSIS
    Whether files wait for a restart to be renamed; or ERROR.
    #>
    [CmdletBinding()]
    param()
    $key = $null
    try {
        $key = Open-RawRegistryKey -Path 'HKLM\SYSTEM\CurrentControlSet\Control\Session Manager'
        # its data may be long and is nobody's business
        $null -ne $key -and $key.GetValueNames() -contains 'PendingFileRenameOperations'
    } catch {
        ConvertTo-RawError -Exception $_.Exception
    } finally {
        if ($null -ne $key) {
            $key.Dispose()
        }
    }
}

Export-ModuleMember -Function Get-EnvironmentFolder, Get-RawPackageList, Get-RawBootTime, Test-RawPendingRename
