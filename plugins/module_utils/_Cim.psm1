# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

# FOR INTERNAL COLLECTION USE ONLY
# The interfaces in this file are meant for use within this collection and may change in any release.

#AnsibleRequires -PowerShell ansible_collections.wsus.compliance.plugins.module_utils._Outcome

# Asks CIM. A query that hangs ends after a minute: the rest of an answer must not wait for it.

function Get-RawCimInstance {
    <#
    .SYNOPSIS
    {"rows": list}, or ERROR.
    .PARAMETER ClassName
    The class.
    .PARAMETER Property
    The properties to fill.
    .PARAMETER Namespace
    Its namespace.
    .PARAMETER Filter
    WQL condition.
    #>
    [CmdletBinding()]
    [OutputType([System.Collections.Specialized.OrderedDictionary])]
    param(
        [Parameter(Mandatory = $true)]
        [string]$ClassName,

        [Parameter(Mandatory = $true)]
        [string[]]$Property,

        [string]$Namespace = 'root\cimv2',

        [string]$Filter
    )
    $query = @{
        ClassName = $ClassName
        Property = $Property
        Namespace = $Namespace
        OperationTimeoutSec = 60
        ErrorAction = 'Stop'
    }
    if ($Filter) {
        $query['Filter'] = $Filter
    }
    try {
        [ordered]@{ rows = @(Get-CimInstance @query) }
    } catch {
        ConvertTo-RawError -Exception $_.Exception -Default cim_failed
    }
}

Export-ModuleMember -Function Get-RawCimInstance
