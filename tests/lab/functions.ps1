# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

# Calls functions of the collection's modules on a host of the lab, where no state of a host leads: one case a line of the
# answer. The modules lie in C:\modules, without their Export-ModuleMember.

$ErrorActionPreference = 'Stop'
foreach ($name in '_Outcome', '_Cim', '_Registry', '_File', '_Policy', '_Service', '_System', '_WsusApi', '_EventLog') {
    Import-Module -Name "C:\modules\$name.psm1" -Global -DisableNameChecking
}
Add-Type -TypeDefinition @'
namespace Units
{
    using System;
    public interface IHidden { string Hidden { get; } }
    public class Properties : IHidden
    {
        string IHidden.Hidden { get { return "seen"; } }
        public string Throws { get { throw new UnauthorizedAccessException("no"); } }
        public TimeSpan Span { get { return TimeSpan.FromSeconds(90); } }
        public string Long { get { return new string('x', 70000); } }
    }
    public class OnlyHttps
    {
        public static object GetUpdateServer() { throw new System.Net.WebException("no connection"); }
        public static object GetUpdateServer(string name, bool secure, int port) { return name + port; }
    }
    public class Refuses
    {
        public static object GetUpdateServer() { throw new System.Net.WebException("no connection"); }
        public static object GetUpdateServer(string name, bool secure, int port) { throw new UnauthorizedAccessException("no"); }
    }
    public class Broken
    {
        public object GetConfiguration() { throw new InvalidOperationException("configuration"); }
        public object GetSubscription() { throw new InvalidOperationException("subscription"); }
    }
    public class Half
    {
        public object GetConfiguration() { return new Properties(); }
        public object GetSubscription() { return new Half(); }
        public object GetSynchronizationStatus() { throw new InvalidOperationException("status"); }
        public object GetLastSynchronizationInfo() { throw new InvalidOperationException("last"); }
    }
}
'@

# As Windows has it, as far as it is used: the newest come first, and it is an error that there are none.
function global:Get-WinEvent {
    [CmdletBinding()]
    param($LogName, $FilterXPath, $MaxEvents)
    if ($LogName -ne 'Application' -or $FilterXPath -notmatch "^\*\[System\[Provider\[@Name='Windows Server Update Services'\] and EventRecordID > (\d+)\]\]$") {
        throw "not asked for: $FilterXPath"
    }
    $after = [int]$Matches[1]
    if ($global:Last -eq 0) {
        throw [System.UnauthorizedAccessException]::new('no')
    }
    if ($after -ge $global:Last) {
        Write-Error -Message 'Es gibt keine' -ErrorId 'NoMatchingEventsFound,Microsoft.PowerShell.Commands.GetWinEventCommand'
    }
    for ($number = $global:Last; $number -gt $after -and $MaxEvents -gt 0; $number--) {
        $MaxEvents--
        [pscustomobject]@{ RecordId = $number; Id = 364; Level = 2; TimeCreated = [datetime]::new(2026, 11, 25, 1, 2, 3, [DateTimeKind]::Utc); Message = "content $number" }
    }
}

function Get-Code {
    param($Exception)
    Get-WsusApiErrorCode -Exception $Exception
}

# A module's own variable or function, replaced for one call.
function Use-Value {
    param($Module, $Name, $Value, $Action)
    $old = & (Get-Module -Name $Module) { param($n) Get-Variable -Name $n -ValueOnly -Scope Script } $Name
    & (Get-Module -Name $Module) { param($n, $v) Set-Variable -Name $n -Value $v -Scope Script } $Name $Value
    try { & $Action } finally { & (Get-Module -Name $Module) { param($n, $v) Set-Variable -Name $n -Value $v -Scope Script } $Name $old }
}

$key = [Microsoft.Win32.Registry]::LocalMachine.CreateSubKey('SOFTWARE\Units')
$key.SetValue('Long', 'x' * 70000)
$key.SetValue('None', [byte[]](1, 2), 'None')
$preference = 'C:\units\{1}\Machine\Preferences\Registry'
$null = [System.IO.Directory]::CreateDirectory($preference)
[System.IO.File]::WriteAllText("$preference\Registry.xml", '<a/>')
[System.IO.File]::WriteAllText('C:\units\Registry.pol', 'longer than 3')
$setup = @{ exists = $true }
$cases = [ordered]@{
    long_text = { ConvertTo-RawText -Text 'abcdef' -MaximumLength 3 }
    no_time = { ConvertTo-RawTime -Time $null }
    failed_read = { Invoke-RawRead -Action { throw 'broken' } }
    file_not_found = { ConvertTo-RawError -Exception ([System.IO.FileNotFoundException]::new('x')) }
    many_items = { Test-DataSize -Data ([string[]](@('a') * 10001)) }
    long_item = { Test-DataSize -Data ([string[]]@('x' * 65537)) }
    long_value = { Get-RawRegistryValue -Key $key -Name Long }
    no_value = { Get-RawRegistryValue -Key $key -Name Missing }
    untyped_value = { Get-RawRegistryValue -Key $key -Name None }
    no_tree = { Get-RawRegistryTree -Path 'HKLM\SOFTWARE\Units\Missing' -Name a -Depth 1 }
    many_folders = { Use-Value _File MaximumFolders 0 { Find-RawFile -Path 'C:\units' -Name a -Pattern b } }
    no_folder = { Find-RawFile -Path 'C:\missing' -Name a -Pattern b }
    long_file = { Get-RawFile -Path 'C:\units\Registry.pol' -MaximumLength 3 }
    folder = { Get-RawFile -Path 'C:\units' -MaximumLength 3 }
    bad_path = { Get-RawFile -Path "C:\units`0" -MaximumLength 3 }
    bad_preferences = { Get-RawPreference -Path "C:\units`0" }
    bad_policy = { Get-RawPolicyFile -Path "C:\units`0" }
    bad_domain_policy = { Get-RawDomainPolicy -Path "C:\units`0" }
    long_preference = { Use-Value _Policy MaximumFile 1 { Get-RawPreference -Path 'C:\units' } }
    long_policy = { Use-Value _Policy MaximumFile 1 { Get-RawPolicyFile -Path 'C:\units\Registry.pol' } }
    policy_target = { Test-RawPolicyTarget -Key 'SYSTEM\CurrentControlSet\Control\SecurityProviders\SCHANNEL' -ValueName a }
    no_packages = { (Get-RawPackageList -Path 'HKLM\SOFTWARE\Units\Missing').kbs.Count }
    no_service = { Get-ServiceState -Name missing }
    bad_folder = { Get-EnvironmentFolder -Name MISSING_UNITS, SystemRoot }
    service_unavailable = { Get-Code ([System.Net.WebException]::new('status 503')) }
    forbidden = { Get-Code ([System.Net.WebException]::new('status 403')) }
    no_connection = { Get-Code ([System.Net.WebException]::new('no')) }
    no_access = { Get-Code ([System.UnauthorizedAccessException]::new('no')) }
    no_type = { Get-Code ([System.TypeLoadException]::new('no')) }
    socket = { Get-Code ([System.Net.Sockets.SocketException]::new(10061)) }
    only_https = { Connect-ByAssembly -Proxy ([Units.OnlyHttps]) -CertificateName wsus -Port 8531 }
    https_refuses = { Connect-ByAssembly -Proxy ([Units.Refuses]) -CertificateName wsus -Port 8531 }
    properties = { Get-RawProperty -InputObject ([Units.Properties]::new()) -Name Hidden, Throws, Span, Long, Missing }
    broken_api = { & (Get-Module -Name _WsusApi) { function Connect-WsusApi { @{ server = [Units.Broken]::new(); reached_by = 'test' } }; Get-RawWsusApi -Setup $args[0] } $setup }
    half_api = { & (Get-Module -Name _WsusApi) { function Connect-WsusApi { @{ server = [Units.Half]::new(); reached_by = 'test' } }; Get-RawWsusApi -Setup $args[0] } $setup }
    events = { $global:Last = 30; Get-WsusEvent -After 26 -Maximum 2 }
    all_events = { $global:Last = 28; Get-WsusEvent -After 26 -Maximum 2 }
    no_events = { Get-WsusEvent -After 30 -Maximum 2 }
    events_failed = { $global:Last = 0; Get-WsusEvent -After 0 -Maximum 2 }
    cim_failed = { Get-RawCimInstance -ClassName Missing_Class -Property a }
}
$answers = [ordered]@{}
foreach ($name in $cases.Keys) {
    $answers[$name] = try { & $cases[$name] } catch { "FAILED: $_" }
}
# From here on nothing that asks CIM gets an answer.
function global:Get-RawCimInstance { New-RawError -Code cim_failed -Message 'test' }
$answers['rsop_failed'] = Get-RawRsop
$answers['processes_failed'] = Get-RawProcess
$answers['boot_failed'] = Get-RawBootTime
function global:Get-RawCimInstance { param($ClassName) if ($ClassName -eq 'RSOP_GPO') { New-RawError -Code cim_failed -Message 'test' } else { @{ rows = @() } } }
$answers['gpos_failed'] = Get-RawRsop
$answers['no_boot'] = Get-RawBootTime
function global:Open-RawRegistryKey { throw [System.Security.SecurityException]::new('test') }
$answers['rename_failed'] = Test-RawPendingRename
function global:Get-RawRegistryKey { param($Path) if ($Path -match 'Units') { [ordered]@{ path = $Path } } else { New-RawError -Code access_denied -Message 'test' } }
$answers['services_failed'] = Get-RawService -Name any
$answers['packages_denied'] = Get-RawPackageList -Path 'HKLM\SOFTWARE\Denied'
$answers['packages_failed'] = Get-RawPackageList -Path 'HKLM\SOFTWARE\Units'
[Console]::Out.Write((ConvertTo-Json -InputObject $answers -Depth 6 -Compress))
