# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

# FOR INTERNAL COLLECTION USE ONLY
# The interfaces in this file are meant for use within this collection and may change in any release.

#AnsibleRequires -PowerShell ansible_collections.wsus.compliance.plugins.module_utils._Cim
#AnsibleRequires -PowerShell ansible_collections.wsus.compliance.plugins.module_utils._Outcome
#AnsibleRequires -PowerShell ansible_collections.wsus.compliance.plugins.module_utils._Registry

# Services by their registry key and the service manager, the processes of WSUS by CIM.

$null = [System.Reflection.Assembly]::LoadWithPartialName('System.ServiceProcess')

function Get-ServiceState {
    <#
    .SYNOPSIS
    Word of ServiceControllerStatus; null where the service manager does not tell.
    .PARAMETER Name
    Name of the service.
    #>
    [CmdletBinding()]
    [OutputType([string])]
    param(
        [Parameter(Mandatory = $true)]
        [string]$Name
    )
    $controller = $null
    try {
        $controller = [System.ServiceProcess.ServiceController]::new($Name)
        # a method call: PowerShell swallows what a property throws
        $controller.Refresh()
        [string]$controller.get_Status()
    } catch {
        $null
    } finally {
        if ($null -ne $controller) {
            $controller.Dispose()
        }
    }
}

function Get-RawService {
    <#
    .SYNOPSIS
    {NAME: SERVICE} of the contract; ERROR in the place of a service whose key can't be read.
    .PARAMETER Name
    Names of the services.
    #>
    [CmdletBinding()]
    [OutputType([System.Collections.Specialized.OrderedDictionary])]
    param(
        [Parameter(Mandatory = $true)]
        [string[]]$Name
    )
    $services = [ordered]@{}
    foreach ($one in $Name) {
        $key = Get-RawRegistryKey -Path "HKLM\SYSTEM\CurrentControlSet\Services\$one" -Name Start, ObjectName, DelayedAutostart
        if ($key.Contains('error')) {
            $services[$one] = [ordered]@{ error = $key['error'] }
            continue
        }
        $result = [ordered]@{ name = $one; exists = $key['exists']; state = $null; start = $null; account = $null; delayed = $null }
        if ($key['exists']) {
            $values = $key['values']
            $result['state'] = Get-ServiceState -Name $one
            if ($values.Contains('Start') -and $values['Start']['type'] -eq 'REG_DWORD') {
                $result['start'] = $values['Start']['data']
            }
            if ($values.Contains('ObjectName') -and $values['ObjectName']['type'] -in 'REG_SZ', 'REG_EXPAND_SZ') {
                $result['account'] = $values['ObjectName']['data']
            }
            $delayed = $values['DelayedAutostart']
            $result['delayed'] = $null -ne $delayed -and $delayed['type'] -eq 'REG_DWORD' -and $delayed['data'] -ne 0
        }
        $services[$one] = $result
    }
    $services
}

function Get-RawProcess {
    <#
    .SYNOPSIS
    The processes of the contract: w3wp.exe and WsusService.exe; or ERROR.
    #>
    [CmdletBinding()]
    param()
    $answer = Get-RawCimInstance -ClassName Win32_Process -Property Name, ProcessId, CreationDate, CommandLine -Filter (
        "Name = 'w3wp.exe' OR Name = 'WsusService.exe'")
    if ($answer.Contains('error')) {
        return $answer
    }
    $processes = [System.Collections.Generic.List[object]]::new()
    foreach ($row in $answer['rows']) {
        # the command line stays here: of it only the application pool is told
        $pool = [regex]::Match([string]$row.CommandLine, '(?:^|\s)-ap\s+(?:"(?<pool>[^"]*)"|(?<pool>\S+))').Groups['pool']
        $processes.Add([ordered]@{
                name = [string]$row.Name
                process_id = [long]$row.ProcessId
                started = (ConvertTo-RawTime -Time $row.CreationDate)
                app_pool = if ($pool.Success) { ConvertTo-RawText -Text $pool.Value } else { $null }
            })
    }
    , $processes
}

Export-ModuleMember -Function Get-ServiceState, Get-RawService, Get-RawProcess
