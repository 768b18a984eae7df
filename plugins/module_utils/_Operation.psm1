# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

# FOR INTERNAL COLLECTION USE ONLY
# The interfaces in this file are meant for use within this collection and may change in any release.

#AnsibleRequires -PowerShell ansible_collections.wsus.compliance.plugins.module_utils._File
#AnsibleRequires -PowerShell ansible_collections.wsus.compliance.plugins.module_utils._FileWrite
#AnsibleRequires -PowerShell ansible_collections.wsus.compliance.plugins.module_utils._Outcome
#AnsibleRequires -PowerShell ansible_collections.wsus.compliance.plugins.module_utils._Package
#AnsibleRequires -PowerShell ansible_collections.wsus.compliance.plugins.module_utils._RegistryWrite
#AnsibleRequires -PowerShell ansible_collections.wsus.compliance.plugins.module_utils._WsusConfiguration

# What is common to all kinds of operations: their form, the state of their target, and when two states are the same.

$OperationId = [regex]'^[A-Za-z0-9._-]{1,80}\z'
$KeyPath = [regex]'^HKLM(\\[^\\]+)+\z'
$FilePath = [regex]'^([A-Za-z]:|(?i:%SystemRoot%))\\[^:*?"<>|]+\z'

function Assert-Path {
    [CmdletBinding()]
    param($Pattern, $Path)
    if ($Path -isnot [string] -or -not $Pattern.IsMatch($Path)) {
        throw [System.ArgumentException]"'$Path' is no path for this kind of operation"
    }
}

function ConvertTo-Operation {
    <#
    .SYNOPSIS
    An operation with its states in the form in which they are compared. Throws where it is malformed.
    .PARAMETER Raw
    The operation as it came.
    #>
    [CmdletBinding()]
    [OutputType([System.Collections.Specialized.OrderedDictionary])]
    param(
        [Parameter(Mandatory = $true)]
        [System.Collections.IDictionary]$Raw
    )
    $operation = [ordered]@{ id = [string]$Raw['id']; kind = [string]$Raw['kind'] }
    if (-not $OperationId.IsMatch($operation['id'])) {
        throw [System.ArgumentException]'it has no id'
    }
    foreach ($member in 'before', 'after') {
        if ($Raw[$member] -isnot [System.Collections.IDictionary]) {
            throw [System.ArgumentException]"it has no $member"
        }
    }
    switch ($operation['kind']) {
        'registry_value' {
            Assert-Path -Pattern $KeyPath -Path $Raw['path']
            if ($Raw['name'] -isnot [string]) {
                throw [System.ArgumentException]'it has no name'
            }
            $operation['path'] = $Raw['path']
            $operation['name'] = $Raw['name']
            $operation['before'] = ConvertTo-RegistryState -State $Raw['before']
            $operation['after'] = ConvertTo-RegistryState -State $Raw['after']
            $keys = [System.Collections.Generic.List[object]]::new()
            foreach ($key in $Raw['remove_keys']) {
                Assert-Path -Pattern $KeyPath -Path $key
                $keys.Add($key)
            }
            $operation['remove_keys'] = $keys
        }
        'file' {
            Assert-Path -Pattern $FilePath -Path $Raw['path']
            $operation['path'] = Get-WrittenOutPath -Path $Raw['path']
            $operation['before'] = ConvertTo-FileState -State $Raw['before']
            $operation['after'] = ConvertTo-FileState -State $Raw['after'] -WithContent
        }
        'wsus_configuration' {
            $operation['before'] = ConvertTo-WsusState -State $Raw['before']
            $operation['after'] = ConvertTo-WsusState -State $Raw['after']
            if (($operation['before'].Keys -join ' ') -ne ($operation['after'].Keys -join ' ')) {
                throw [System.ArgumentException]'before and after have not the same members'
            }
        }
        'package' {
            $package = ConvertTo-Package -Raw $Raw
            foreach ($name in $package.Keys) {
                $operation[$name] = $package[$name]
            }
            $operation['before'] = ConvertTo-PackageState -State $Raw['before']
            $operation['after'] = ConvertTo-PackageState -State $Raw['after']
            if (-not $operation['after']['installed']) {
                throw [System.ArgumentException]'a package is only installed'
            }
        }
        default {
            throw [System.ArgumentException]"there is no kind '$($operation['kind'])'"
        }
    }
    $operation
}

function Get-OperationState {
    <#
    .SYNOPSIS
    STATE of an operation's target as it is, of a file with its content; or ERROR.
    .PARAMETER Operation
    What ConvertTo-Operation made.
    #>
    [CmdletBinding()]
    [OutputType([System.Collections.IDictionary])]
    param(
        [Parameter(Mandatory = $true)]
        [System.Collections.IDictionary]$Operation
    )
    switch ($Operation['kind']) {
        'registry_value' { return Get-RegistryState -Path $Operation['path'] -Name $Operation['name'] }
        'file' { return Get-FileState -Path $Operation['path'] }
        'package' { return Get-PackageState -Package $Operation }
    }
    Get-WsusState -Name @($Operation['before'].Keys)
}

function Get-OperationHindrance {
    <#
    .SYNOPSIS
    ERROR where it is clear beforehand that the target can't be written; else null.
    .PARAMETER Operation
    What ConvertTo-Operation made.
    .PARAMETER CheckMode
    Whether nothing is to be written anyway: then a package has no copy here.
    #>
    [CmdletBinding()]
    param(
        [Parameter(Mandatory = $true)]
        [System.Collections.IDictionary]$Operation,

        [bool]$CheckMode
    )
    switch ($Operation['kind']) {
        'file' { Get-FileHindrance -Path $Operation['path'] }
        'package' {
            if (-not $CheckMode) {
                Get-PackageHindrance -Package $Operation
            }
        }
    }
}

function Get-OperationMissingKey {
    <#
    .SYNOPSIS
    The registry keys that an operation will make, outermost first.
    .PARAMETER Operation
    What ConvertTo-Operation made.
    #>
    [CmdletBinding()]
    param(
        [Parameter(Mandatory = $true)]
        [System.Collections.IDictionary]$Operation
    )
    if ($Operation['kind'] -eq 'registry_value' -and $Operation['after']['exists']) {
        return Get-MissingKey -Path $Operation['path']
    }
    , [System.Collections.Generic.List[object]]::new()
}

function Select-StateMember {
    <#
    .SYNOPSIS
    A state without some of its members.
    .PARAMETER State
    STATE or ERROR.
    .PARAMETER Without
    Names of the members.
    #>
    [CmdletBinding()]
    [OutputType([System.Collections.Specialized.OrderedDictionary])]
    param(
        [Parameter(Mandatory = $true)]
        [System.Collections.IDictionary]$State,

        [Parameter(Mandatory = $true)]
        [string[]]$Without
    )
    $result = [ordered]@{}
    foreach ($name in $State.Keys) {
        if ($name -notin $Without) {
            $result[$name] = $State[$name]
        }
    }
    $result
}

function Test-SameState {
    <#
    .SYNOPSIS
    Whether two states of one target are the same: type and data; of files their digests.
    .PARAMETER Left
    STATE, as ConvertTo-Operation or Get-OperationState made it.
    .PARAMETER Right
    Another one.
    #>
    [CmdletBinding()]
    [OutputType([bool])]
    param(
        [Parameter(Mandatory = $true)]
        [System.Collections.IDictionary]$Left,

        [Parameter(Mandatory = $true)]
        [System.Collections.IDictionary]$Right
    )
    # both have one form, so that the same means the same text
    $texts = foreach ($state in $Left, $Right) {
        ConvertTo-Json -InputObject (Select-StateMember -State $state -Without content, size) -Depth 5 -Compress
    }
    [string]::Equals($texts[0], $texts[1], [System.StringComparison]::Ordinal)
}

function Set-OperationState {
    <#
    .SYNOPSIS
    Writes what an operation says. ERROR where it noticed in time that it must not; throws where it can't.
    .PARAMETER Operation
    What ConvertTo-Operation made.
    .PARAMETER Found
    STATE that was found.
    #>
    [CmdletBinding(SupportsShouldProcess = $true)]
    param(
        [Parameter(Mandatory = $true)]
        [System.Collections.IDictionary]$Operation,

        [Parameter(Mandatory = $true)]
        [System.Collections.IDictionary]$Found
    )
    if (-not $PSCmdlet.ShouldProcess($Operation['id'])) {
        return
    }
    switch ($Operation['kind']) {
        'registry_value' {
            Set-RegistryState -Path $Operation['path'] -Name $Operation['name'] -State $Operation['after']
            foreach ($key in $Operation['remove_keys']) {
                Remove-EmptyKey -Path $key
            }
        }
        'file' { Set-FileState -Path $Operation['path'] -Before $Found -After $Operation['after'] }
        'package' { Install-Rollup -Package $Operation }
        default { Set-WsusState -State $Operation['after'] }
    }
}

Export-ModuleMember -Function @(
    'ConvertTo-Operation', 'Get-OperationState', 'Get-OperationHindrance', 'Get-OperationMissingKey', 'Select-StateMember', 'Test-SameState',
    'Set-OperationState')
