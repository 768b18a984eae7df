# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

# The scripts of stock_audit.yml and its modules' part, in one.

function Read-Key($Path) {
    $key = Get-Item -LiteralPath $Path -ErrorAction SilentlyContinue
    if ($null -eq $key) {
        return @{ path = $Path; exists = $false }
    }
    $values = @{}
    foreach ($name in $key.GetValueNames()) {
        $values[$name] = @{ type = "$($key.GetValueKind($name))"; value = $key.GetValue($name, $null, 'DoNotExpandEnvironmentNames') }
    }
    @{ path = $Path; exists = $true; values = $values }
}

$keys = @(
    'HKLM:\SOFTWARE\Microsoft\Windows NT\CurrentVersion'
    'HKLM:\SYSTEM\CurrentControlSet\Control\ProductOptions'
    'HKLM:\SYSTEM\CurrentControlSet\Services\Tcpip\Parameters'
    'HKLM:\SYSTEM\CurrentControlSet\Control\Lsa\FipsAlgorithmPolicy'
    'HKLM:\SYSTEM\CurrentControlSet\Control\Lsa'
    'HKLM:\SOFTWARE\Microsoft\.NETFramework\v4.0.30319'
    'HKLM:\SOFTWARE\Microsoft\.NETFramework\v2.0.50727'
    'HKLM:\SOFTWARE\Microsoft\.NETFramework\AppContext'
    'HKLM:\SOFTWARE\Wow6432Node\Microsoft\.NETFramework\v4.0.30319'
    'HKLM:\SOFTWARE\Wow6432Node\Microsoft\.NETFramework\v2.0.50727'
    'HKLM:\SOFTWARE\Wow6432Node\Microsoft\.NETFramework\AppContext'
    'HKLM:\SOFTWARE\Microsoft\NET Framework Setup\NDP\v4\Full'
    'HKLM:\SOFTWARE\Microsoft\NET Framework Setup\NDP\v3.5'
    'HKLM:\SOFTWARE\Policies\Microsoft\Cryptography\Configuration\SSL\00010002'
    'HKLM:\SYSTEM\CurrentControlSet\Control\Cryptography\Configuration\Local\SSL\00010002'
    'HKLM:\SOFTWARE\Microsoft\Windows\CurrentVersion\Internet Settings\WinHttp'
    'HKLM:\SOFTWARE\Microsoft\Windows\CurrentVersion\Internet Settings\Connections'
    'HKLM:\SOFTWARE\Wow6432Node\Microsoft\Windows\CurrentVersion\Internet Settings\WinHttp'
    'HKLM:\SOFTWARE\Wow6432Node\Microsoft\Windows\CurrentVersion\Internet Settings\Connections'
    'HKLM:\SOFTWARE\Microsoft\InetStp'
    'HKLM:\SOFTWARE\Microsoft\Update Services\Server\Setup'
    'HKLM:\SOFTWARE\Microsoft\Update Services\Server\Setup\Installed Role Services'
    'HKLM:\SOFTWARE\Microsoft\SMS\Setup'
    'HKLM:\SOFTWARE\Microsoft\SMS\Identification'
    'HKLM:\SOFTWARE\Policies\Microsoft\Windows\System'
    'HKLM:\SOFTWARE\Microsoft\Windows\CurrentVersion\Component Based Servicing\RebootPending'
    'HKLM:\SOFTWARE\Microsoft\Windows\CurrentVersion\WindowsUpdate\Auto Update\RebootRequired'
    'HKLM:\SYSTEM\CurrentControlSet\Control\Session Manager'
)
$trees = @(
    'HKLM:\SYSTEM\CurrentControlSet\Control\SecurityProviders\SCHANNEL'
    'HKLM:\SOFTWARE\Microsoft\SMS\Operations Management\Components'
)
$below = foreach ($tree in $trees) {
    Get-ChildItem -LiteralPath $tree -Recurse -ErrorAction SilentlyContinue | ForEach-Object { $_.PSPath }
}
$names = 'WsusService', 'W3SVC', 'WAS', 'wuauserv', 'BITS', 'SMS_EXECUTIVE', 'SMS_SITE_COMPONENT_MANAGER'
$files = "$env:SystemRoot\System32\inetsrv\w3wp.exe.config", "$env:SystemRoot\System32\GroupPolicy\Machine\Registry.pol"
@{
    keys = @($keys + $trees + $below | ForEach-Object { Read-Key $_ })
    services = @(Get-CimInstance -ClassName Win32_Service -ErrorAction SilentlyContinue | Where-Object Name -In $names |
            ForEach-Object { @{ name = $_.Name; state = $_.State; start = $_.StartMode; account = $_.StartName } })
    service_keys = @($names | ForEach-Object { Read-Key "HKLM:\SYSTEM\CurrentControlSet\Services\$_" })
    files = @($files | Where-Object { Test-Path -LiteralPath $_ } | ForEach-Object {
            @{ path = $_; content = [Convert]::ToBase64String([System.IO.File]::ReadAllBytes($_)) }
        })
    environment = @{
        machine_name = [Environment]::MachineName; powershell_version = "$($PSVersionTable.PSVersion)"
        ui_culture = [System.Globalization.CultureInfo]::CurrentUICulture.Name; system_root = $env:SystemRoot
    }
}
$packages = 'HKLM:\SOFTWARE\Microsoft\Windows\CurrentVersion\Component Based Servicing\Packages'
Get-ChildItem -LiteralPath $packages -ErrorAction SilentlyContinue |
    Where-Object { $_.PSChildName -match '^Package_for_(RollupFix|KB[0-9]+)~' } |
    ForEach-Object { @{ name = $_.PSChildName; state = $_.GetValue('CurrentState') } }
$null = [System.Reflection.Assembly]::LoadWithPartialName('Microsoft.UpdateServices.Administration')
$server = [Microsoft.UpdateServices.Administration.AdminProxy]::GetUpdateServer()
$subscription = $server.GetSubscription()
function Read($From, $Names) {
    $read = @{}
    foreach ($name in $Names) {
        $value = $From.$name
        $read[$name] = if ($value -is [datetime]) { $value.ToString('yyyy-MM-ddTHH:mm:ss.fffZ') }
        elseif ($value -is [enum] -or $value -is [guid] -or $value -is [version]) { "$value" } else { $value }
    }
    $read
}
@{
    server = Read $server ('Name', 'Version', 'PortNumber', 'UseSecureConnection', 'IsConnectionSecureForApiRemoting')
    configuration = Read $server.GetConfiguration() (
        'MUUrl', 'RedirectorChangeNumber', 'SyncFromMicrosoftUpdate', 'IsReplicaServer', 'UpstreamWsusServerName',
        'UpstreamWsusServerPortNumber', 'UpstreamWsusServerUseSsl', 'UseProxy', 'ProxyName', 'ProxyServerPort', 'ProxyUserName',
        'ProxyUserDomain', 'HasProxyPassword', 'AnonymousProxyAccess', 'AllowProxyCredentialsOverNonSsl', 'UseSeparateProxyForSsl',
        'SslProxyName', 'SslProxyServerPort', 'ServerId', 'OobeInitialized', 'LogFilePath', 'LogLevel', 'LastConfigChange')
    subscription = @{
        SynchronizeAutomatically = $subscription.SynchronizeAutomatically
        Status = "$($subscription.GetSynchronizationStatus())"
    }
    last_synchronization = Read $subscription.GetLastSynchronizationInfo() (
        'Id', 'StartTime', 'EndTime', 'Result', 'Error', 'ErrorText', 'StartedManually')
}
@{
    processes = @(Get-CimInstance -ClassName Win32_Process -Filter "Name = 'w3wp.exe' OR Name = 'WsusService.exe'" |
        ForEach-Object {
            @{
                name = $_.Name; process_id = $_.ProcessId; command_line = $_.CommandLine
                started = $_.CreationDate.ToUniversalTime().ToString('yyyy-MM-ddTHH:mm:ss.fffZ')
            }
        })
    boot_time = (Get-CimInstance -ClassName Win32_OperatingSystem).LastBootUpTime.ToUniversalTime().ToString('yyyy-MM-ddTHH:mm:ss.fffZ')
    rsop = @(Get-CimInstance -Namespace root\rsop\computer -ClassName RSOP_RegistryPolicySetting -ErrorAction SilentlyContinue |
        ForEach-Object { @{ key = $_.registryKey; value_name = $_.valueName; precedence = $_.precedence; gpo_id = $_.GPOID } })
    gpos = @(Get-CimInstance -Namespace root\rsop\computer -ClassName RSOP_GPO -ErrorAction SilentlyContinue |
        ForEach-Object { @{ id = $_.id; name = $_.name; guid = $_.guidName } })
    policy_files = @(Get-ChildItem -LiteralPath "$env:ProgramData\Microsoft\Group Policy\History", "$env:SystemRoot\System32\GroupPolicy\DataStore" `
            -Recurse -Include Registry.xml, Registry.pol -ErrorAction SilentlyContinue | ForEach-Object {
                @{ path = $_.FullName; content = [Convert]::ToBase64String([System.IO.File]::ReadAllBytes($_.FullName)) }
            })
}
