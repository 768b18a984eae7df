# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

# FOR INTERNAL COLLECTION USE ONLY
# The interfaces in this file are meant for use within this collection and may change in any release.

#AnsibleRequires -PowerShell ansible_collections.wsus.compliance.plugins.module_utils._Registry
#AnsibleRequires -PowerShell ansible_collections.wsus.compliance.plugins.module_utils._WsusApi

# The local WSUS server. It is connected to once, and only when something needs it.

$Known = @{}

function Get-WsusSetup {
    <#
    .SYNOPSIS
    KEY of WSUS' setup.
    #>
    [CmdletBinding()]
    [OutputType([System.Collections.IDictionary])]
    param()
    if (-not $Known.ContainsKey('setup')) {
        $Known['setup'] = Get-RawRegistryKey -Path 'HKLM\SOFTWARE\Microsoft\Update Services\Server\Setup' -Name @(
            'PortNumber', 'UsingSSL', 'ServerCertificateName', 'TargetDir')
    }
    $Known['setup']
}

function Get-WsusConnection {
    <#
    .SYNOPSIS
    {"server"}, or ERROR.
    #>
    [CmdletBinding()]
    [OutputType([System.Collections.IDictionary])]
    param()
    if (-not $Known.ContainsKey('connection')) {
        $Known['connection'] = Connect-LocalWsus -Setup (Get-WsusSetup)
    }
    $Known['connection']
}

Export-ModuleMember -Function Get-WsusSetup, Get-WsusConnection
