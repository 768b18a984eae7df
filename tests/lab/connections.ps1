# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

# Calls the functions of _Connection.psm1 with the cases in C:\connections.json, in one process: {NAME: arguments of Get-RawConnection}.
# The modules lie in C:\modules, without their Export-ModuleMember.

$ErrorActionPreference = 'Stop'
Add-Type -TypeDefinition ([System.IO.File]::ReadAllText('C:\modules\_TlsConnection.cs')) -IgnoreWarnings -WarningAction SilentlyContinue
$type = [AppDomain]::CurrentDomain.GetAssemblies() | ForEach-Object {
    $_.GetType('ansible_collections.wsus.compliance.plugins.module_utils._TlsConnection.TlsConnection')
} | Where-Object { $_ }
[psobject].Assembly.GetType('System.Management.Automation.TypeAccelerators')::Add('WsusCompliance.TlsConnection', $type)
foreach ($name in '_Outcome', '_Registry', '_WsusApi', '_Connection') {
    Import-Module -Name "C:\modules\$name.psm1" -Global -DisableNameChecking
}

$answers = [ordered]@{}
$cases = [System.IO.File]::ReadAllText('C:\connections.json') | ConvertFrom-Json
foreach ($case in $cases.PSObject.Properties) {
    $arguments = @{}
    foreach ($member in $case.Value.PSObject.Properties) {
        $arguments[$member.Name] = $member.Value
    }
    $answers[$case.Name] = try { Get-RawConnection @arguments } catch { "FAILED: $_" }
}
$proxies = [ordered]@{
    none = @{ UseProxy = $false; ProxyName = 'one'; ProxyServerPort = 80 }
    one = @{ UseProxy = $true; ProxyName = 'one'; ProxyServerPort = 80; UseSeparateProxyForSsl = $false; SslProxyName = 'two'; SslProxyServerPort = 443 }
    separate = @{ UseProxy = $true; ProxyName = 'one'; ProxyServerPort = 80; UseSeparateProxyForSsl = $true; SslProxyName = 'two'; SslProxyServerPort = 443 }
    no_name = @{ UseProxy = $true; ProxyName = ''; ProxyServerPort = 80 }
    error = @{ UseProxy = @{ error = @{ code = 'not_found' } } }
}
$answers['proxies'] = [ordered]@{}
foreach ($name in $proxies.Keys) {
    $answers['proxies'][$name] = Get-ProxyAddress -Configuration $proxies[$name]
}
# From here on WSUS does not answer, or not in full.
function global:Connect-LocalWsus { [ordered]@{ error = [ordered]@{ code = 'connection_failed'; message = 'test' } } }
$answers['no_api'] = Get-RawWsusProxy
function global:Connect-LocalWsus { @{ server = [pscustomobject]@{} } }
$answers['no_configuration'] = Get-RawWsusProxy
[Console]::Out.Write((ConvertTo-Json -InputObject $answers -Depth 12 -Compress))
