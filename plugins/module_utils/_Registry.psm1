# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

# FOR INTERNAL COLLECTION USE ONLY
# The interfaces in this file are meant for use within this collection and may change in any release.

#AnsibleRequires -CSharpUtil ansible_collections.wsus.compliance.plugins.module_utils._RegistryKey
#AnsibleRequires -PowerShell ansible_collections.wsus.compliance.plugins.module_utils._Outcome

# Reads HKEY_LOCAL_MACHINE through .NET: the registry provider splits key names at '/', and has no 64-bit view.

$MaximumText = 65536
$MaximumItems = 10000
$MaximumSubkeys = 200
$TypeNames = @{
    String = 'REG_SZ'
    ExpandString = 'REG_EXPAND_SZ'
    DWord = 'REG_DWORD'
    QWord = 'REG_QWORD'
    MultiString = 'REG_MULTI_SZ'
    Binary = 'REG_BINARY'
    None = 'REG_NONE'
    Unknown = 'REG_UNKNOWN'
}
$LocalMachine = [Microsoft.Win32.RegistryKey]::OpenBaseKey('LocalMachine', 'Registry64')

function Open-RawRegistryKey {
    <#
    .SYNOPSIS
    A key, opened to read; null where it does not exist.
    .PARAMETER Path
    Path that starts with HKLM\.
    #>
    [CmdletBinding()]
    [OutputType([Microsoft.Win32.RegistryKey])]
    param(
        [Parameter(Mandatory = $true)]
        [string]$Path
    )
    $LocalMachine.OpenSubKey($Path.Substring(5))
}

function Test-DataSize {
    [CmdletBinding()]
    param($Data)
    if ($Data -is [string]) {
        return $Data.Length -le $MaximumText
    }
    if ($Data -is [byte[]]) {
        return 2 * $Data.Length -le $MaximumText
    }
    if ($Data -is [string[]]) {
        if ($Data.Length -gt $MaximumItems) {
            return $false
        }
        foreach ($item in $Data) {
            if ($item.Length -gt $MaximumText) {
                return $false
            }
        }
    }
    $true
}

function Get-RawRegistryValue {
    <#
    .SYNOPSIS
    VALUE of the contract; the value exists.
    .PARAMETER Key
    The open key.
    .PARAMETER Name
    Name of the value.
    #>
    [CmdletBinding()]
    param(
        [Parameter(Mandatory = $true)]
        [Microsoft.Win32.RegistryKey]$Key,

        [Parameter(Mandatory = $true)]
        [AllowEmptyString()]
        [string]$Name
    )
    try {
        $kind = $Key.GetValueKind($Name).ToString()
        $type = $TypeNames[$kind]
        $data = if ($kind -eq 'Unknown') { $null } else { , $Key.GetValue($Name, $null, 'DoNotExpandEnvironmentNames') }
        if (-not (Test-DataSize -Data $data)) {
            return New-RawError -Code too_big -Message "$type '$Name' is longer than the limit"
        }
        $data = switch ($kind) {
            'DWord' {
                if ($data -isnot [int]) {
                    throw [System.IO.InvalidDataException]"REG_DWORD '$Name' has not 4 bytes"
                }
                $data -band 0xFFFFFFFFL
            }
            'QWord' {
                if ($data -isnot [long]) {
                    throw [System.IO.InvalidDataException]"REG_QWORD '$Name' has not 8 bytes"
                }
                [BitConverter]::ToUInt64([BitConverter]::GetBytes($data), 0)
            }
            'MultiString' {
                $items = [System.Collections.Generic.List[object]]::new()
                foreach ($item in $data) {
                    $items.Add((ConvertTo-RawText -Text $item))
                }
                , $items
            }
            'Unknown' { $null }
            default {
                if ($data -is [byte[]]) {
                    ([BitConverter]::ToString($data) -creplace '-').ToLowerInvariant()
                } else {
                    ConvertTo-RawText -Text $data
                }
            }
        }
        [ordered]@{ type = $type; data = $data }
    } catch {
        ConvertTo-RawError -Exception $_.Exception
    }
}

function Read-Key {
    [CmdletBinding()]
    param($Key, $Path, $Name)
    $result = [ordered]@{ path = $Path; exists = $null -ne $Key; last_write = $null }
    if ($null -ne $Key) {
        $result['last_write'] = ConvertTo-RawTime -Time ([WsusCompliance.RegistryKeyInfo]::GetLastWriteTime($Key))
    }
    if ($null -ne $Name) {
        $values = [ordered]@{}
        if ($null -ne $Key) {
            $present = $Key.GetValueNames()
            foreach ($one in $Name) {
                if ($present -contains $one) {
                    $values[$one] = Get-RawRegistryValue -Key $Key -Name $one
                }
            }
        }
        $result['values'] = $values
    }
    $result
}

function Read-Tree {
    [CmdletBinding()]
    param($Key, $Path, $Name, $Depth)
    $result = Read-Key -Key $Key -Path $Path
    $subkeys = [System.Collections.Specialized.OrderedDictionary]::new([System.StringComparer]::Ordinal)
    $result['subkeys'] = $subkeys
    $result['truncated'] = $false
    if ($null -eq $Key) {
        return $result
    }
    $names = $Key.GetSubKeyNames()
    [Array]::Sort($names, [System.StringComparer]::Ordinal)
    foreach ($one in $names) {
        if ($subkeys.Count -eq $MaximumSubkeys) {
            $result['truncated'] = $true
            break
        }
        $label = ConvertTo-RawText -Text $one
        while ($subkeys.Contains($label)) {
            $label += [char]0xFFFD
        }
        $child = $null
        try {
            $child = $Key.OpenSubKey($one)
            $subkeys[$label] = if ($Depth -gt 1) {
                Read-Tree -Key $child -Path "$Path\$label" -Name $Name -Depth ($Depth - 1)
            } else {
                Read-Key -Key $child -Path "$Path\$label" -Name $Name
            }
        } catch {
            $subkeys[$label] = ConvertTo-RawError -Path "$Path\$label" -Exception $_.Exception
        } finally {
            if ($null -ne $child) {
                $child.Dispose()
            }
        }
    }
    $result
}

function Get-RawRegistryKey {
    <#
    .SYNOPSIS
    KEY of the contract.
    .PARAMETER Path
    Path that starts with HKLM\, of the 64-bit view.
    .PARAMETER Name
    The values to read; without it the answer has no member values.
    #>
    [CmdletBinding()]
    [OutputType([System.Collections.Specialized.OrderedDictionary])]
    param(
        [Parameter(Mandatory = $true)]
        [string]$Path,

        [string[]]$Name
    )
    $key = $null
    try {
        $key = Open-RawRegistryKey -Path $Path
        Read-Key -Key $key -Path $Path -Name $Name
    } catch {
        ConvertTo-RawError -Path $Path -Exception $_.Exception
    } finally {
        if ($null -ne $key) {
            $key.Dispose()
        }
    }
}

function Get-RawRegistryTree {
    <#
    .SYNOPSIS
    TREE of the contract: the first 200 subkeys by name, each a KEY or a TREE.
    .PARAMETER Path
    Path that starts with HKLM\, of the 64-bit view.
    .PARAMETER Name
    The values to read in the lowest keys.
    .PARAMETER Depth
    Levels of subkeys.
    #>
    [CmdletBinding()]
    [OutputType([System.Collections.Specialized.OrderedDictionary])]
    param(
        [Parameter(Mandatory = $true)]
        [string]$Path,

        [Parameter(Mandatory = $true)]
        [string[]]$Name,

        [int]$Depth = 1
    )
    $key = $null
    try {
        $key = Open-RawRegistryKey -Path $Path
        Read-Tree -Key $key -Path $Path -Name $Name -Depth $Depth
    } catch {
        ConvertTo-RawError -Path $Path -Exception $_.Exception
    } finally {
        if ($null -ne $key) {
            $key.Dispose()
        }
    }
}

Export-ModuleMember -Function Open-RawRegistryKey, Get-RawRegistryValue, Get-RawRegistryKey, Get-RawRegistryTree
