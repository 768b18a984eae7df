# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

# FOR INTERNAL COLLECTION USE ONLY
# The interfaces in this file are meant for use within this collection and may change in any release.

#AnsibleRequires -PowerShell ansible_collections.wsus.compliance.plugins.module_utils._Outcome
#AnsibleRequires -PowerShell ansible_collections.wsus.compliance.plugins.module_utils._Registry

# Operations of kind registry_value: reads, writes and removes one value, and the keys that it needs.

$LocalMachine = [Microsoft.Win32.RegistryKey]::OpenBaseKey('LocalMachine', 'Registry64')
$Kinds = @{
    REG_SZ = 'String'
    REG_EXPAND_SZ = 'ExpandString'
    REG_DWORD = 'DWord'
    REG_QWORD = 'QWord'
    REG_MULTI_SZ = 'MultiString'
    REG_BINARY = 'Binary'
    REG_NONE = 'None'
}

function ConvertTo-RegistryData {
    <#
    .SYNOPSIS
    Data of a VALUE as .NET writes it. Throws where it is none of its type.
    .PARAMETER Type
    Type of the VALUE.
    .PARAMETER Data
    Data of the VALUE.
    #>
    [CmdletBinding()]
    param(
        [Parameter(Mandatory = $true)]
        [string]$Type,

        [AllowNull()]
        [object]$Data
    )
    switch ($Type) {
        # .NET has signed numbers
        'REG_DWORD' { return [BitConverter]::ToInt32([BitConverter]::GetBytes([uint32][string]$Data), 0) }
        'REG_QWORD' { return [BitConverter]::ToInt64([BitConverter]::GetBytes([uint64][string]$Data), 0) }
        'REG_MULTI_SZ' { return , [string[]]@($Data) }
        { $_ -in 'REG_BINARY', 'REG_NONE' } {
            $bytes = [byte[]]::new($Data.Length / 2)
            for ($number = 0; $number -lt $bytes.Length; $number++) {
                $bytes[$number] = [Convert]::ToByte($Data.Substring(2 * $number, 2), 16)
            }
            return , $bytes
        }
    }
    [string]$Data
}

function ConvertTo-RegistryState {
    <#
    .SYNOPSIS
    STATE of a registry value in the form in which states are compared. Throws where it is no STATE.
    .PARAMETER State
    {"exists": false}, or {"exists": true, "type", "data"}.
    #>
    [CmdletBinding()]
    [OutputType([System.Collections.Specialized.OrderedDictionary])]
    param(
        [Parameter(Mandatory = $true)]
        [System.Collections.IDictionary]$State
    )
    if (-not $State['exists']) {
        return [ordered]@{ exists = $false }
    }
    $type = [string]$State['type']
    if (-not $Kinds.ContainsKey($type)) {
        throw [System.ArgumentException]"a value of type '$type' can't be written"
    }
    $data = $State['data']
    $fits = $data -is [string]
    if ($type -in 'REG_DWORD', 'REG_QWORD') {
        # a number of whatever size the JSON was read into
        $fits = [string]$data -match '^[0-9]+\z'
        if ($fits) {
            $data = if ($type -eq 'REG_DWORD') { [uint32][string]$data } else { [uint64][string]$data }
        }
    } elseif ($type -eq 'REG_MULTI_SZ') {
        $fits = -not $fits -and $data -is [System.Collections.IEnumerable]
        $items = [System.Collections.Generic.List[object]]::new()
        foreach ($item in $data) {
            $items.Add([string]$item)
        }
        $data = $items
    } elseif ($type -in 'REG_BINARY', 'REG_NONE') {
        $fits = $fits -and $data -match '^([0-9A-Fa-f]{2})*\z'
        $data = ([string]$data).ToLowerInvariant()
    }
    if (-not $fits) {
        throw [System.ArgumentException]"the data is none of type $type"
    }
    [ordered]@{ exists = $true; type = $type; data = $data }
}

function Get-RegistryState {
    <#
    .SYNOPSIS
    STATE of a registry value as it is; or ERROR.
    .PARAMETER Path
    Path of the key, which starts with HKLM\.
    .PARAMETER Name
    Name of the value; empty for the key's default value.
    #>
    [CmdletBinding()]
    [OutputType([System.Collections.Specialized.OrderedDictionary])]
    param(
        [Parameter(Mandatory = $true)]
        [string]$Path,

        [Parameter(Mandatory = $true)]
        [AllowEmptyString()]
        [string]$Name
    )
    $key = Get-RawRegistryKey -Path $Path -Name $Name
    if ($key.Contains('error')) {
        return [ordered]@{ error = $key['error'] }
    }
    if (-not $key['values'].Contains($Name)) {
        return [ordered]@{ exists = $false }
    }
    $value = $key['values'][$Name]
    if ($value.Contains('error')) {
        return $value
    }
    try {
        ConvertTo-RegistryState -State @{ exists = $true; type = $value['type']; data = $value['data'] }
    } catch {
        # what could not be put back is not written over
        ConvertTo-RawError -Exception $_.Exception
    }
}

function Get-MissingKey {
    <#
    .SYNOPSIS
    The keys that writing a value would make, outermost first.
    .PARAMETER Path
    Path of the key, which starts with HKLM\.
    #>
    [CmdletBinding()]
    param(
        [Parameter(Mandatory = $true)]
        [string]$Path
    )
    $missing = [System.Collections.Generic.List[object]]::new()
    while ($Path.Length -gt 4) {
        $key = Open-RawRegistryKey -Path $Path
        if ($null -ne $key) {
            $key.Dispose()
            break
        }
        $missing.Insert(0, $Path)
        $Path = $Path.Substring(0, $Path.LastIndexOf('\'))
    }
    , $missing
}

function Set-RegistryState {
    <#
    .SYNOPSIS
    Writes or removes a registry value. Throws where it can't.
    .PARAMETER Path
    Path of the key, which starts with HKLM\. It is made where it is missing.
    .PARAMETER Name
    Name of the value.
    .PARAMETER State
    STATE that the value is to have.
    #>
    [CmdletBinding(SupportsShouldProcess = $true)]
    param(
        [Parameter(Mandatory = $true)]
        [string]$Path,

        [Parameter(Mandatory = $true)]
        [AllowEmptyString()]
        [string]$Name,

        [Parameter(Mandatory = $true)]
        [System.Collections.IDictionary]$State
    )
    if (-not $PSCmdlet.ShouldProcess("$Path, value '$Name'")) {
        return
    }
    $key = $null
    try {
        if ($State['exists']) {
            $key = $LocalMachine.CreateSubKey($Path.Substring(5))
            $key.SetValue($Name, (ConvertTo-RegistryData -Type $State['type'] -Data $State['data']), $Kinds[$State['type']])
        } else {
            $key = $LocalMachine.OpenSubKey($Path.Substring(5), $true)
            $key.DeleteValue($Name, $false)
        }
    } finally {
        if ($null -ne $key) {
            $key.Dispose()
        }
    }
}

function Remove-EmptyKey {
    <#
    .SYNOPSIS
    Removes a key that holds neither a value nor a subkey; one that does, or is not there, is left alone.
    .PARAMETER Path
    Path of the key, which starts with HKLM\.
    #>
    [CmdletBinding(SupportsShouldProcess = $true)]
    param(
        [Parameter(Mandatory = $true)]
        [string]$Path
    )
    $key = Open-RawRegistryKey -Path $Path
    if ($null -eq $key) {
        return
    }
    $empty = $key.ValueCount -eq 0 -and $key.SubKeyCount -eq 0
    $key.Dispose()
    if ($empty -and $PSCmdlet.ShouldProcess($Path)) {
        $LocalMachine.DeleteSubKey($Path.Substring(5), $false)
    }
}

Export-ModuleMember -Function ConvertTo-RegistryState, Get-RegistryState, Get-MissingKey, Set-RegistryState, Remove-EmptyKey
