# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

# FOR INTERNAL COLLECTION USE ONLY
# The interfaces in this file are meant for use within this collection and may change in any release.

#AnsibleRequires -PowerShell ansible_collections.wsus.compliance.plugins.module_utils._File
#AnsibleRequires -PowerShell ansible_collections.wsus.compliance.plugins.module_utils._JournalRead
#AnsibleRequires -PowerShell ansible_collections.wsus.compliance.plugins.module_utils._Outcome
#AnsibleRequires -PowerShell ansible_collections.wsus.compliance.plugins.module_utils._Policy
#AnsibleRequires -PowerShell ansible_collections.wsus.compliance.plugins.module_utils._Registry
#AnsibleRequires -PowerShell ansible_collections.wsus.compliance.plugins.module_utils._Service
#AnsibleRequires -PowerShell ansible_collections.wsus.compliance.plugins.module_utils._System
#AnsibleRequires -PowerShell ansible_collections.wsus.compliance.plugins.module_utils._WsusApi

# The raw state of a host, by subsets: docs/reference/collector.md. Nothing here writes.

$CurrentVersion = 'HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion'
$Control = 'HKLM\SYSTEM\CurrentControlSet\Control'
$Views = [ordered]@{ native = 'HKLM\SOFTWARE'; wow6432 = 'HKLM\SOFTWARE\Wow6432Node' }

function Get-OsSubset {
    [CmdletBinding()]
    param()
    [ordered]@{
        current_version = Get-RawRegistryKey -Path 'HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion' -Name @(
            'ProductName', 'CurrentVersion', 'CurrentMajorVersionNumber', 'CurrentMinorVersionNumber', 'CurrentBuild', 'CurrentBuildNumber',
            'UBR', 'EditionID', 'InstallationType', 'ReleaseId', 'DisplayVersion')
        product_options = Get-RawRegistryKey -Path "$Control\ProductOptions" -Name ProductType
        tcpip = Get-RawRegistryKey -Path 'HKLM\SYSTEM\CurrentControlSet\Services\Tcpip\Parameters' -Name Domain, 'NV Domain'
        environment = [ordered]@{
            machine_name = [Environment]::MachineName
            is_64bit_operating_system = [Environment]::Is64BitOperatingSystem
            is_64bit_process = [Environment]::Is64BitProcess
            powershell_version = $PSVersionTable.PSVersion.ToString()
            powershell_edition = [string]$PSVersionTable.PSEdition
            ui_culture = [System.Globalization.CultureInfo]::CurrentUICulture.Name
            system_root = Get-EnvironmentFolder -Name SystemRoot
            program_files = Get-EnvironmentFolder -Name ProgramW6432, ProgramFiles
            program_data = Get-EnvironmentFolder -Name ProgramData
        }
    }
}

function Get-UpdatesSubset {
    [CmdletBinding()]
    param()
    [ordered]@{
        packages = Get-RawPackageList -Path "$CurrentVersion\Component Based Servicing\Packages"
    }
}

function Get-SchannelSubset {
    [CmdletBinding()]
    param()
    $schannel = "$Control\SecurityProviders\SCHANNEL"
    [ordered]@{
        root = Get-RawRegistryKey -Path $schannel -Name EventLogging
        protocols = Get-RawRegistryTree -Path "$schannel\Protocols" -Name Enabled, DisabledByDefault -Depth 2
        ciphers = Get-RawRegistryTree -Path "$schannel\Ciphers" -Name Enabled
        hashes = Get-RawRegistryTree -Path "$schannel\Hashes" -Name Enabled
        key_exchange_algorithms = Get-RawRegistryTree -Path "$schannel\KeyExchangeAlgorithms" -Name @(
            'Enabled', 'ClientMinKeyBitLength', 'ClientMaxKeyBitLength', 'ServerMinKeyBitLength')
        fips = Get-RawRegistryKey -Path "$Control\Lsa\FipsAlgorithmPolicy" -Name Enabled
        fips_legacy = Get-RawRegistryKey -Path "$Control\Lsa" -Name FIPSAlgorithmPolicy
    }
}

function Get-DotnetSubset {
    [CmdletBinding()]
    param()
    $result = [ordered]@{}
    $versions = [ordered]@{ v4 = 'v4.0.30319'; v2 = 'v2.0.50727' }
    foreach ($view in $Views.Keys) {
        foreach ($version in $versions.Keys) {
            $path = "$($Views[$view])\Microsoft\.NETFramework\$($versions[$version])"
            $result["${view}_$version"] = Get-RawRegistryKey -Path $path -Name SystemDefaultTlsVersions, SchUseStrongCrypto
        }
    }
    foreach ($view in $Views.Keys) {
        $result["app_context_$view"] = Get-RawRegistryKey -Path "$($Views[$view])\Microsoft\.NETFramework\AppContext" -Name @(
            'Switch.System.Net.DontEnableSystemDefaultTlsVersions', 'Switch.System.Net.DontEnableSchUseStrongCrypto')
    }
    $ndp = 'HKLM\SOFTWARE\Microsoft\NET Framework Setup\NDP'
    $result['ndp_v4'] = Get-RawRegistryKey -Path "$ndp\v4\Full" -Name Install, Release, Version
    $result['ndp_v35'] = Get-RawRegistryKey -Path "$ndp\v3.5" -Name Install, SP, Version
    $result
}

function Get-CiphersSubset {
    [CmdletBinding()]
    param()
    [ordered]@{
        policy = Get-RawRegistryKey -Path 'HKLM\SOFTWARE\Policies\Microsoft\Cryptography\Configuration\SSL\00010002' -Name Functions, EccCurves
        local = Get-RawRegistryKey -Path "$Control\Cryptography\Configuration\Local\SSL\00010002" -Name Functions, EccCurves
    }
}

function Get-WinhttpSubset {
    [CmdletBinding()]
    param()
    $result = [ordered]@{}
    $settings = 'Microsoft\Windows\CurrentVersion\Internet Settings'
    foreach ($view in $Views.Keys) {
        $result[$view] = Get-RawRegistryKey -Path "$($Views[$view])\$settings\WinHttp" -Name DefaultSecureProtocols
    }
    foreach ($view in $Views.Keys) {
        $result["connections_$view"] = Get-RawRegistryKey -Path "$($Views[$view])\$settings\Connections" -Name WinHttpSettings
    }
    $result
}

function Get-W3wpSubset {
    [CmdletBinding()]
    param()
    [ordered]@{
        config = Get-RawFile -Path (Get-System32Path -Child 'inetsrv\w3wp.exe.config') -MaximumLength 1MB
        inetstp = Get-RawRegistryKey -Path 'HKLM\SOFTWARE\Microsoft\InetStp' -Name MajorVersion, MinorVersion
    }
}

function Get-WsusSubset {
    [CmdletBinding()]
    param()
    $path = 'HKLM\SOFTWARE\Microsoft\Update Services\Server\Setup'
    $setup = Get-RawRegistryKey -Path $path -Name @(
        'ContentDir', 'TargetDir', 'PortNumber', 'UsingSSL', 'ServerCertificateName', 'SqlServerName', 'SqlDatabaseName', 'VersionString',
        'IISTargetWebSiteIndex')
    [ordered]@{
        setup = $setup
        role_services = Get-RawRegistryKey -Path "$path\Installed Role Services" -Name @(
            'UpdateServices-Services', 'UpdateServices-UI', 'UpdateServices-WidDatabase', 'UpdateServices-Database')
        api = Invoke-RawRead -Action { Get-RawWsusApi -Setup $setup }
    }
}

function Get-ConfigmgrLogList {
    [CmdletBinding()]
    param($Setup)
    $folders = [System.Collections.Generic.List[string]]::new()
    $programFiles = Get-EnvironmentFolder -Name ProgramW6432, ProgramFiles
    $folders.Add("$programFiles\Microsoft Configuration Manager\Logs")
    $folders.Add("$programFiles\SMS_CCM\Logs")
    $folders.Add("$(Get-EnvironmentFolder -Name SystemDrive)\SMS\Logs")
    if ($Setup.Contains('values') -and $Setup['values'].Contains('Installation Directory')) {
        $directory = $Setup['values']['Installation Directory']['data']
        if ($directory -is [string] -and $directory) {
            $own = [Environment]::ExpandEnvironmentVariables($directory).TrimEnd('\') + '\Logs'
            if ($own -notin $folders) {
                $folders.Add($own)
            }
        }
    }
    $logs = [System.Collections.Generic.List[object]]::new()
    foreach ($folder in $folders) {
        try {
            if (-not (Test-RawPath -Path $folder)) {
                continue
            }
        } catch {
            $logs.Add((ConvertTo-RawError -Path $folder -Exception $_.Exception))
            continue
        }
        foreach ($name in 'wsyncmgr.log', 'WCM.log', 'WSUSCtrl.log') {
            $file = Get-RawFile -Path "$folder\$name"
            if ($file['exists'] -ne $false) {
                $logs.Add($file)
            }
        }
    }
    , $logs
}

function Get-ConfigmgrSubset {
    [CmdletBinding()]
    param()
    $sms = 'HKLM\SOFTWARE\Microsoft\SMS'
    $setup = Get-RawRegistryKey -Path "$sms\Setup" -Name 'Full Version', 'Installation Directory', 'Type'
    $components = [ordered]@{}
    foreach ($name in 'SMS_WSUS_CONTROL_MANAGER', 'SMS_WSUS_CONFIGURATION_MANAGER', 'SMS_WSUS_SYNC_MANAGER') {
        $components[$name] = Get-RawRegistryKey -Path "$sms\Operations Management\Components\$name"
    }
    [ordered]@{
        setup = $setup
        identification = Get-RawRegistryKey -Path "$sms\Identification" -Name 'Site Code', 'Site Server'
        components = $components
        services = Get-RawService -Name SMS_EXECUTIVE, SMS_SITE_COMPONENT_MANAGER
        logs = Get-ConfigmgrLogList -Setup $setup
    }
}

function Get-ServicesSubset {
    [CmdletBinding()]
    param()
    [ordered]@{
        services = Get-RawService -Name WsusService, W3SVC, WAS, wuauserv, BITS
        processes = Invoke-RawRead -Action { Get-RawProcess }
    }
}

function Get-PolicySubset {
    [CmdletBinding()]
    param()
    [ordered]@{
        rsop = Invoke-RawRead -Action { Get-RawRsop }
        rsop_logging = Get-RawRegistryKey -Path 'HKLM\SOFTWARE\Policies\Microsoft\Windows\System' -Name RSoPLogging
        preferences = Get-RawPreference -Path "$(Get-EnvironmentFolder -Name ProgramData)\Microsoft\Group Policy\History"
        registry_pol = [ordered]@{
            local = Get-RawPolicyFile -Path (Get-System32Path -Child 'GroupPolicy\Machine\Registry.pol')
            domain = Get-RawDomainPolicy -Path (Get-System32Path -Child 'GroupPolicy\DataStore')
        }
    }
}

function Get-RestartSubset {
    [CmdletBinding()]
    param()
    [ordered]@{
        boot_time = Invoke-RawRead -Action { Get-RawBootTime }
        cbs_reboot_pending = Get-RawRegistryKey -Path "$CurrentVersion\Component Based Servicing\RebootPending"
        windows_update_reboot_required = Get-RawRegistryKey -Path "$CurrentVersion\WindowsUpdate\Auto Update\RebootRequired"
        pending_file_rename = Test-RawPendingRename
    }
}

$Collectors = [ordered]@{
    os = { Get-OsSubset }
    updates = { Get-UpdatesSubset }
    schannel = { Get-SchannelSubset }
    dotnet = { Get-DotnetSubset }
    ciphers = { Get-CiphersSubset }
    winhttp = { Get-WinhttpSubset }
    w3wp = { Get-W3wpSubset }
    wsus = { Get-WsusSubset }
    configmgr = { Get-ConfigmgrSubset }
    services = { Get-ServicesSubset }
    policy = { Get-PolicySubset }
    restart = { Get-RestartSubset }
    journal = { Get-RawJournal }
}

function Get-RawState {
    <#
    .SYNOPSIS
    {"collected_at", "raw"}: what is asked for, each subset by itself: one that can't be read is ERROR, the others stay.
    .PARAMETER Subset
    Names of subsets, or all.
    #>
    [CmdletBinding()]
    [OutputType([System.Collections.Specialized.OrderedDictionary])]
    param(
        [Parameter(Mandatory = $true)]
        [string[]]$Subset
    )
    $result = [ordered]@{ collected_at = ConvertTo-RawTime -Time ([datetime]::UtcNow); raw = [ordered]@{} }
    foreach ($name in $Collectors.Keys) {
        if ($Subset -contains 'all' -or $Subset -contains $name) {
            $result['raw'][$name] = Invoke-RawRead -Action $Collectors[$name]
        }
    }
    $result
}

Export-ModuleMember -Function Get-RawState
