# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

# FOR INTERNAL COLLECTION USE ONLY
# The interfaces in this file are meant for use within this collection and may change in any release.

#AnsibleRequires -PowerShell ansible_collections.wsus.compliance.plugins.module_utils._Outcome
#AnsibleRequires -PowerShell ansible_collections.wsus.compliance.plugins.module_utils._WsusApi
#AnsibleRequires -PowerShell ansible_collections.wsus.compliance.plugins.module_utils._WsusConnection

# Operations of kind wsus_configuration.

$SaveSeconds = 60
$Members = 'MUUrl', 'RedirectorChangeNumber'

function Get-WsusSaveState {
    <#
    .SYNOPSIS
    Whether WSUS is still saving its configuration: the API's word; null where the API does not tell.
    .PARAMETER Server
    The API's server.
    #>
    [CmdletBinding()]
    [OutputType([string])]
    param(
        [Parameter(Mandatory = $true)]
        [object]$Server
    )
    # a new one each time: it is asked when it is made
    $configuration = $Server.GetConfiguration()
    if ($null -ne $configuration.PSObject.Methods['GetUpdateServerConfigurationState']) {
        [string]$configuration.GetUpdateServerConfigurationState()
    }
}

function Wait-WsusSave {
    <#
    .SYNOPSIS
    Waits until WSUS has saved an earlier change of its configuration; returns the state then.
    .PARAMETER Server
    The API's server.
    #>
    [CmdletBinding()]
    [OutputType([string])]
    param(
        [Parameter(Mandatory = $true)]
        [object]$Server
    )
    $clock = [System.Diagnostics.Stopwatch]::StartNew()
    $state = Get-WsusSaveState -Server $Server
    while ($state -eq 'ProcessingSave' -and $clock.Elapsed.TotalSeconds -lt $SaveSeconds) {
        Start-Sleep -Milliseconds 500
        $state = Get-WsusSaveState -Server $Server
    }
    $state
}

function ConvertTo-WsusState {
    <#
    .SYNOPSIS
    State of the configuration in the form in which states are compared. Throws where it is none.
    .PARAMETER State
    One or both of MUUrl and RedirectorChangeNumber.
    #>
    [CmdletBinding()]
    [OutputType([System.Collections.Specialized.OrderedDictionary])]
    param(
        [Parameter(Mandatory = $true)]
        [System.Collections.IDictionary]$State
    )
    $result = [ordered]@{}
    foreach ($name in $Members) {
        if ($State.Contains($name)) {
            $result[$name] = if ($name -eq 'MUUrl') { [string]$State[$name] } else { [long]$State[$name] }
        }
    }
    if ($result.Count -eq 0 -or $result.Count -ne $State.Count) {
        throw [System.ArgumentException]"the members may be $($Members -join ' and ')"
    }
    $result
}

function Get-WsusState {
    <#
    .SYNOPSIS
    Members of the configuration as they are; or ERROR.
    .PARAMETER Name
    Their names.
    #>
    [CmdletBinding()]
    [OutputType([System.Collections.IDictionary])]
    param(
        [Parameter(Mandatory = $true)]
        [string[]]$Name
    )
    $connection = Get-WsusConnection
    if ($connection.Contains('error')) {
        return [ordered]@{ error = $connection['error'] }
    }
    try {
        $found = Get-RawProperty -InputObject $connection['server'].GetConfiguration() -Name $Name
        foreach ($one in $Name) {
            if ($found[$one] -is [System.Collections.IDictionary]) {
                return $found[$one]
            }
        }
        ConvertTo-WsusState -State $found
    } catch {
        ConvertTo-WsusApiError -Exception $_.Exception
    }
}

function Set-WsusState {
    <#
    .SYNOPSIS
    Changes members of the configuration. ERROR where WSUS still saves an earlier change; throws where it can't.
    .PARAMETER State
    The members and their values.
    #>
    [CmdletBinding(SupportsShouldProcess = $true)]
    param(
        [Parameter(Mandatory = $true)]
        [System.Collections.IDictionary]$State
    )
    $server = (Get-WsusConnection)['server']
    if ((Wait-WsusSave -Server $server) -eq 'ProcessingSave') {
        return New-RawError -Code busy -Message "WSUS has been saving an earlier change of its configuration for $SaveSeconds seconds"
    }
    if ($PSCmdlet.ShouldProcess('WSUS')) {
        $configuration = $server.GetConfiguration()
        foreach ($name in $State.Keys) {
            # MUUrl and its number are on the object behind the documented interface only
            $property = Find-ApiProperty -InputObject $configuration -Name $name
            $value = [Convert]::ChangeType($State[$name], $property.PropertyType, [System.Globalization.CultureInfo]::InvariantCulture)
            $property.SetValue($configuration, $value, $null)
        }
        $null = $configuration.Save()
        # until then the old values may be read back
        $null = Wait-WsusSave -Server $server
    }
}

Export-ModuleMember -Function Get-WsusSaveState, Wait-WsusSave, ConvertTo-WsusState, Get-WsusState, Set-WsusState
