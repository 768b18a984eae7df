# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

# As functions.ps1, for the modules of wsus_apply: what no state of a host of the lab leads to.

$ErrorActionPreference = 'Stop'
$ownModules = '_Hash', '_JournalRead', '_JournalFolder', '_Journal', '_RegistryWrite', '_FileWrite', '_WsusConnection', '_WsusConfiguration', '_WsusLog',
    '_Program', '_Package', '_Operation', '_Apply', '_Restart', '_Synchronization'
foreach ($name in @('_Outcome', '_Cim', '_Registry', '_File', '_Service', '_System', '_WsusApi') + $ownModules) {
    Import-Module -Name "C:\modules\$name.psm1" -Global -DisableNameChecking
}
Add-Type -TypeDefinition @'
namespace Microsoft.UpdateServices.Administration
{
    using System;
    public class UpdateRevisionId { public UpdateRevisionId(Guid id) { Id = id; } public Guid Id; }
    public class WsusObjectNotFoundException : Exception { }
}
namespace WsusCompliance
{
    public static class RegistryKeyInfo { public static System.DateTime GetLastWriteTime(Microsoft.Win32.RegistryKey key) { return System.DateTime.UtcNow; } }
}
namespace Units
{
    using System;
    public class Full : System.IO.Stream
    {
        public int Room;
        public bool Closes = true;
        public override bool CanRead { get { return false; } }
        public override bool CanSeek { get { return false; } }
        public override bool CanWrite { get { return true; } }
        public override long Length { get { return 0; } }
        public override long Position { get { return 0; } set { } }
        public override void Flush() { }
        public void Flush(bool disk) { }
        public override int Read(byte[] b, int o, int c) { return 0; }
        public override long Seek(long o, System.IO.SeekOrigin s) { return 0; }
        public override void SetLength(long l) { }
        public override void Write(byte[] b, int o, int c) { if (Room-- <= 0) throw new System.IO.IOException("There is not enough space on the disk."); }
        protected override void Dispose(bool d) { if (!Closes) throw new System.IO.IOException("can't be closed"); }
    }
    public class Configuration
    {
        public static int Saving;
        public string MUUrl { get { if (Throws) throw new UnauthorizedAccessException("no"); return Url; } set { Url = value; } }
        public int RedirectorChangeNumber { get; set; }
        public string LogFilePath { get { return @"C:\units"; } }
        public bool Throws;
        public string Url = "https://old";
        public string GetUpdateServerConfigurationState() { return Saving-- > 0 ? "ProcessingSave" : "Current"; }
        public void Save() { }
    }
    public class Entry { public int Id { get; set; } public DateTime StartTime { get { return new DateTime(2026, 1, 1 + Id); } } }
    public class Subscription
    {
        public static bool Broken;
        public string GetSynchronizationStatus() { return "NotProcessing"; }
        public object GetLastSynchronizationInfo() { if (Broken) throw new InvalidOperationException("last"); return new Entry(); }
        public Entry[] GetSynchronizationHistory(DateTime from, DateTime to)
        {
            Entry[] found = new Entry[7];
            for (int i = 0; i < 7; i++) found[i] = new Entry { Id = i * 3 % 7 };
            return found;
        }
    }
    public class Server
    {
        public Configuration Own = new Configuration();
        public bool Broken;
        public Configuration GetConfiguration() { if (Broken) throw new InvalidOperationException("broken"); return Own; }
        public Subscription GetSubscription() { return new Subscription(); }
        public object GetUpdate(Microsoft.UpdateServices.Administration.UpdateRevisionId id)
        {
            if (id.Id.ToString()[0] == '1') throw new Microsoft.UpdateServices.Administration.WsusObjectNotFoundException();
            if (id.Id.ToString()[0] == '2') throw new InvalidOperationException("no");
            return id;
        }
    }
}
'@

# A variable or a function of a module, replaced for one call.
function Use-Value {
    param($Module, $Name, $Value, $Action)
    $old = & (Get-Module -Name $Module) { param($n) Get-Variable -Name $n -ValueOnly -Scope Script } $Name
    & (Get-Module -Name $Module) { param($n, $v) Set-Variable -Name $n -Value $v -Scope Script } $Name $Value
    try { & $Action } finally { & (Get-Module -Name $Module) { param($n, $v) Set-Variable -Name $n -Value $v -Scope Script } $Name $old }
}

# Functions, of its own or others', that a module calls, replaced for one call.
function Use-Function {
    param($Module, $Replaced, $Action)
    # in a scope of the module that lasts for this call
    & (Get-Module -Name $Module) { param($r, $a) foreach ($n in $r.Keys) { Set-Item "function:local:$n" $r[$n] }; & $a } $Replaced $Action
}

$folder = Get-JournalFolder
$null = [System.IO.Directory]::CreateDirectory($folder)
$null = [System.IO.Directory]::CreateDirectory('C:\units')
$key = [Microsoft.Win32.Registry]::LocalMachine.CreateSubKey('SOFTWARE\Units')
$key.SetValue('x', 1)
$one = [ordered]@{ exists = $true; type = 'REG_DWORD'; data = 1 }
$two = [ordered]@{ exists = $true; type = 'REG_DWORD'; data = 2 }
$raw = @{ id = 'r.1'; kind = 'registry_value'; path = 'HKLM\SOFTWARE\Units'; name = 'x'; before = $one; after = $two }
$operation = ConvertTo-Operation -Raw $raw
$key.SetValue('Long', 'x' * 70000)
$server = [Units.Server]::new()
$connected = { @{ server = $server } }

function Get-Step {
    @{ operation = $operation; answer = @{ id = 'r.1'; status = 'pending' }; write = $true; found = $operation['before']; missing_keys = @() }
}

# What carrying out one operation gives; Full has room for so many records.
function Get-Written {
    param($Room = 9, $Replaced = @{})
    $key.SetValue('x', 1)
    $step = Get-Step
    $journal = @{ id = 'x'; path = 'C:\x'; lines = [System.Collections.Generic.List[object]]::new(); digits = ''; broken = $false; stream = [Units.Full]@{ Room = $Room } }
    $run = @{ steps = @($step); host = @{}; stage = 'journaled'; changed = $false; journal = $null; stopped = $null }
    Use-Function _Apply $Replaced { Write-AllStep -Run $run -Journal $journal }
    [ordered]@{ status = $step['answer']['status']; stopped = $run['stopped']; changed = $run['changed']; lines = $journal['lines'].Count }
}

function Get-Malformed {
    param($Change)
    $changed = $raw.Clone()
    foreach ($name in $Change.Keys) { $changed[$name] = $Change[$name] }
    try { ConvertTo-Operation -Raw $changed; 'taken' } catch { $_.Exception.Message }
}

$answers = [ordered]@{}
$old = [System.IO.File]::ReadAllBytes('C:\windows\win.ini')
$file = @{ exists = $true; sha256 = (Get-Sha256 -Content $old); size = $old.Length; content = [Convert]::ToBase64String($old) }
$cases = [ordered]@{
    no_id = { Get-Malformed @{ id = 'a b' } }
    no_kind = { Get-Malformed @{ kind = 'x' } }
    no_before = { Get-Malformed @{ before = 'x' } }
    no_name = { Get-Malformed @{ name = $null } }
    no_type = { Get-Malformed @{ after = @{ exists = $true; type = 'REG_LINK'; data = 'x' } } }
    no_number = { Get-Malformed @{ after = @{ exists = $true; type = 'REG_DWORD'; data = $null } } }
    long_number = { Get-Malformed @{ after = @{ exists = $true; type = 'REG_DWORD'; data = 4294967296L } } }
    no_list = { Get-Malformed @{ after = @{ exists = $true; type = 'REG_MULTI_SZ'; data = 'x' } } }
    no_hex = { Get-Malformed @{ after = @{ exists = $true; type = 'REG_BINARY'; data = '0' } } }
    no_text = { Get-Malformed @{ after = @{ exists = $true; type = 'REG_SZ'; data = 1 } } }
    no_digest = { Get-Malformed @{ kind = 'file'; path = 'C:\x'; before = @{ exists = $true; sha256 = 'x' } } }
    no_content = { Get-Malformed @{ kind = 'file'; path = 'C:\x'; before = @{}; after = @{ exists = $true; sha256 = 'a' * 64; size = 1; content = 'AA==' } } }
    long_content = { Use-Value _FileWrite MaximumFile 1 { Get-Malformed @{ kind = 'file'; path = 'C:\x'; before = @{}; after = $file } } }
    no_path = { Get-Malformed @{ kind = 'file'; path = 'C:\x:stream'; before = @{}; after = @{} } }
    written_out = {
        $raw = @{ id = 'f.1'; kind = 'file'; path = '%systemroot%\System32\x.config'; before = @{}; after = @{} }
        (ConvertTo-Operation -Raw $raw)['path']
    }
    no_root = { Get-Malformed @{ kind = 'file'; path = '%TEMP%\x'; before = @{}; after = @{} } }
    no_members = { Get-Malformed @{ kind = 'wsus_configuration'; before = @{ ProxyPassword = 'x' }; after = @{ MUUrl = 'x' } } }
    other_members = { Get-Malformed @{ kind = 'wsus_configuration'; before = @{ MUUrl = 'x' }; after = @{ RedirectorChangeNumber = 1 } } }
    written = { Get-Written }
    state_lost = { Get-Written -Replaced @{ 'Get-OperationState' = { New-RawError -Code access_denied -Message 'test' } } }
    already_there = { Get-Written -Replaced @{ 'Get-OperationState' = { $two } } }
    changed_since = { Get-Written -Replaced @{ 'Get-OperationState' = { [ordered]@{ exists = $false } } } }
    disk_full = { Get-Written -Room 0 }
    disk_full_later = { Get-Written -Room 1 }
    disk_full_at_end = { Get-Written -Room 2 }
    not_kept = { Get-Written -Replaced @{ 'Set-OperationState' = { } } }
    noticed = { Get-Written -Replaced @{ 'Set-OperationState' = { New-RawError -Code busy -Message 'test' } } }
    noticed_mismatch = { Get-Written -Replaced @{ 'Set-OperationState' = { New-RawError -Code mismatch -Message 'test' } } }
    no_before_images = {
        $run = @{ steps = @(Get-Step); host = @{}; stage = ''; changed = $false; journal = $null; stopped = $null }
        $full = { @{ id = 'x'; path = 'C:\units\gone.journal'; lines = [System.Collections.Generic.List[object]]::new(); digits = ''; broken = $false; stream = [Units.Full]::new() } }
        [System.IO.File]::WriteAllText('C:\units\gone.journal', 'x')
        $failure = Use-Function _Apply @{ 'New-Journal' = $full } { Start-Journal -Run $run -Option @{ id = 'x'; notes = $null } }
        @{ code = $failure['error']['code']; left = [System.IO.File]::Exists('C:\units\gone.journal') }
    }
    no_notes = {
        $run = @{ steps = @(Get-Step); host = @{} }
        $journal = @{ id = 'x'; lines = [System.Collections.Generic.List[object]]::new(); digits = ''; broken = $false; stream = [Units.Full]@{ Room = 9 } }
        Write-BeforeImage -Run $run -Journal $journal -Option @{ notes = $null }
        foreach ($line in $journal['lines']) { (ConvertFrom-Json -InputObject $line.Substring(65)).record }
    }
    no_missing_keys = {
        $run = @{ steps = @(Get-Step); stopped = $null }
        $key.SetValue('x', 1)
        Use-Function _Apply @{ 'Get-OperationMissingKey' = { throw [System.Security.SecurityException]::new('test') } } { Compare-Step -Run $run -Force @() -CheckMode $false }
        $run['stopped']['code']
    }
    no_guid = { Use-Function _Apply @{ 'Get-RawRegistryKey' = { New-RawError -Code access_denied -Message 'test' } } { (Get-HostIdentity)['machine_guid'] } }
    long_value = { Get-RegistryState -Path 'HKLM\SOFTWARE\Units' -Name Long }
    unknown_type = {
        $answer = { @{ values = @{ x = @{ type = 'REG_UNKNOWN'; data = $null } } } }
        Use-Function _RegistryWrite @{ 'Get-RawRegistryKey' = $answer } { Get-RegistryState -Path 'HKLM\SOFTWARE\Units' -Name x }
    }
    what_if = {
        Set-OperationState -Operation $operation -Found $one -WhatIf
        Set-RegistryState -Path 'HKLM\SOFTWARE\Units' -Name x -State $two -WhatIf
        Set-FileState -Path 'C:\units\what.txt' -Before @{} -After $file -WhatIf
        Restart-Iis -WhatIf
        @{ data = $key.GetValue('x'); file = [System.IO.File]::Exists('C:\units\what.txt') }
    }
    note_of_none = { Add-RestartNote -Journal @() -What iisreset }
    journal_stays = { Remove-Journal -Journal @{ path = "C:\x`0"; stream = [Units.Full]@{ Closes = $false } }; 'went on' }
    cut_journal = {
        [System.IO.File]::WriteAllText("$folder\20261125T000000000Z-00000001.journal", "x`ny")
        try { Open-Journal -Id '20261125T000000000Z-00000001' } catch { $_.Exception.Message }
    }
    long_journal = { Use-Value _JournalRead MaximumJournal 1 { Read-JournalLine -Path "$folder\20261125T000000000Z-00000001.journal" } }
    long_shown = { Use-Value _JournalRead MaximumShown 1 { (Get-RawJournal)['files'][0] } }
    many_journals = { Use-Value _JournalRead MaximumJournals 0 { Get-RawJournal } }
    bad_journal = { Read-JournalLine -Path "C:\units`0" }
    bad_lock = { Use-Function _JournalFolder @{ 'Get-JournalFolder' = { "C:\units`0\x" } } { Lock-Journal } }
    bad_file = { Get-FileHindrance -Path "C:\units`0" }
    bad_key = { try { Get-MissingKey -Path ('HKLM\' + 'x' * 300) } catch { 'thrown' } }
    lock_taken = {
        $held = Lock-Journal
        try { Use-Value _JournalFolder LockSeconds 0.5 { Lock-Journal } } finally { $held['stream'].Dispose() }
    }
    note_without_lock = { Use-Function _Restart @{ 'Lock-Journal' = { New-RawError -Code busy -Message 'test' } } { Add-RestartNote -Journal a -What iisreset } }
    guarded = {
        [System.IO.File]::WriteAllText('C:\units\guarded.txt', 'else')
        Set-FileState -Path 'C:\units\guarded.txt' -Before $file -After $file
    }
    moved_away = {
        # what Replace leaves where it fails halfway
        [System.IO.File]::WriteAllText('C:\units\moved.txt', 'old')
        $before = Get-FileState -Path 'C:\units\moved.txt'
        $fail = { param($Path, $Before, $Temporary, $Old) [System.IO.File]::Move($Path, $Old); throw 'halfway' }
        try { Use-Function _FileWrite @{ 'Edit-File' = $fail } { Set-FileState -Path 'C:\units\moved.txt' -Before $before -After $file } } catch { $null = $_ }
        @{ text = [System.IO.File]::ReadAllText('C:\units\moved.txt'); left = @([System.IO.Directory]::GetFiles('C:\units') -match 'tmp').Count }
    }
    saved = { [Units.Configuration]::Saving = 2; Wait-WsusSave -Server $server }
    saving = { [Units.Configuration]::Saving = 9; Use-Function _WsusConfiguration @{ 'Get-WsusConnection' = $connected } { Use-Value _WsusConfiguration SaveSeconds 0 { Set-WsusState -State @{ MUUrl = 'x' } } } }
    set_wsus = { [Units.Configuration]::Saving = 0; Use-Function _WsusConfiguration @{ 'Get-WsusConnection' = $connected } { Set-WsusState -State @{ MUUrl = 'https://new'; RedirectorChangeNumber = 4002L } }; $server.Own.Url }
    wsus_denied = { $server.Own.Throws = $true; try { Use-Function _WsusConfiguration @{ 'Get-WsusConnection' = $connected } { Get-WsusState -Name MUUrl } } finally { $server.Own.Throws = $false } }
    wsus_broken = { $server.Broken = $true; try { Use-Function _WsusConfiguration @{ 'Get-WsusConnection' = $connected } { Get-WsusState -Name MUUrl } } finally { $server.Broken = $false } }
    log_folder = { Use-Function _WsusLog @{ 'Get-WsusConnection' = $connected } { Get-WsusLogPath } }
    log_unknown = { $server.Broken = $true; try { Use-Function _WsusLog @{ 'Get-WsusConnection' = $connected } { Get-WsusLogPath } } finally { $server.Broken = $false } }
    log_missing = { Get-LogTail -Path 'C:\units\missing.log' -Offset 0 }
    start_while_saving = {
        [Units.Configuration]::Saving = 9
        try { Use-Value _WsusConfiguration SaveSeconds 0 { Start-Synchronization -Server $server -Subscription ([Units.Subscription]::new()) } } catch { $_.Exception.Message }
        [Units.Configuration]::Saving = 0
    }
    sync_broken = { [Units.Subscription]::Broken = $true; Use-Function _Synchronization @{ 'Get-WsusConnection' = $connected } { Invoke-Synchronization -WaitSeconds 0 } }
    start_broken = {
        try { Use-Function _Synchronization @{ 'Get-WsusConnection' = $connected } { Invoke-Synchronization -Start $true -WaitSeconds 0 } } finally { [Units.Subscription]::Broken = $false }
    }
    history = { Use-Function _Synchronization @{ 'Get-WsusConnection' = $connected } { Invoke-Synchronization -WaitSeconds 0 } }
    was_there = { Test-WsusUpdate -Server $server -Id '00000000-0000-0000-0000-000000000000' }
    was_not_there = { Test-WsusUpdate -Server $server -Id '10000000-0000-0000-0000-000000000000' }
    not_told = { Test-WsusUpdate -Server $server -Id '20000000-0000-0000-0000-000000000000' }
    program = { Invoke-Program -Path 'C:\windows\system32\cmd.exe' -Argument '/c echo told & exit 3' -Seconds 30 }
    program_ended = { Invoke-Program -Path 'C:\windows\system32\WindowsPowerShell\v1.0\powershell.exe' -Argument '-Command Start-Sleep 60' -Seconds 1 }
    iis_hangs = { Use-Function _Restart @{ 'Invoke-Program' = { @{ exit_code = $null; output = 'test' } } } { Invoke-Restart -Name iisreset } }
    iis_fails = { Use-Function _Restart @{ 'Invoke-Program' = { @{ exit_code = 5; output = 'test' } } } { Invoke-Restart -Name iisreset } }
    iis_stopped = { Use-Function _Restart @{ 'Invoke-Program' = { @{ exit_code = 0; output = 'test' } }; 'Get-ServiceState' = { 'Stopped' } } { Invoke-Restart -Name iisreset } }
}
# Packages: what only DISM, expand.exe or a full disk would lead to.
$packageFolder = Get-PackageFolder
$null = [System.IO.Directory]::CreateDirectory($packageFolder)
$copy = "$packageFolder\w.msu"
[System.IO.File]::WriteAllText($copy, 'MSCF')
$rawPackage = @{
    id = 'p.1'; kind = 'package'; path = $copy; name = 'w.msu'; kb = 'KB1'; build = 9600; number = 5; size = 4
    sha256 = (Get-FileSha256 -Path $copy).ToUpperInvariant(); before = @{ installed = $false }; after = @{ installed = $true }
}
function Test-Malformed {
    param($Name, $Value)
    $other = $rawPackage.Clone()
    $other[$Name] = $Value
    try { $null = ConvertTo-Operation -Raw $other; 'taken' } catch { $_.Exception.Message }
}
function Get-Installed {
    param($Rollup, $Kb, $State)
    $list = { [ordered]@{ exists = $true; rollups = @(@{ name = $Rollup; state = $State }); kbs = @(@{ name = $Kb; state = $State }) } }.GetNewClosure()
    (Use-Function _Package @{ 'Get-RawPackageList' = $list } { Get-PackageState -Package $package })['installed']
}
function Get-Installation {
    param($Code, $Running = $false)
    $ended = { @{ exit_code = $Code; running = $Running } }.GetNewClosure()
    try { Use-Function _Package @{ 'Expand-Package' = { 'C:\x.cab' }; 'Invoke-SeparateProgram' = $ended } { Install-Rollup -Package $package }; 'installed' } catch { $_.Exception.Message }
}
function Get-Expanded {
    param($Code, [string[]]$File)
    $program = {
        foreach ($one in $File) { [System.IO.File]::WriteAllText("$(Get-PackageFolder)\expanded\$one", 'x') }
        @{ exit_code = $Code; output = 'told' }
    }.GetNewClosure()
    try { Use-Function _Package @{ 'Invoke-Program' = $program } { Expand-Package -Path $copy } } catch { $_.Exception.Message }
    [System.IO.Directory]::Delete("$(Get-PackageFolder)\expanded", $true)
}
$package = ConvertTo-Operation -Raw $rawPackage
$fix = 'Package_for_RollupFix~31bf3856ad364e35~amd64~~'
$cases += [ordered]@{
    package_name = { Test-Malformed name '..\w.msu' }
    package_kb = { Test-Malformed kb '1' }
    package_digest = { Test-Malformed sha256 'x' }
    package_elsewhere = { Test-Malformed path 'C:\Windows\w.msu' }
    package_state = { Test-Malformed before @{} }
    package_removed = { Test-Malformed after @{ installed = $false } }
    package_unsent = { Test-Malformed path $null }
    package_older = { Get-Installed "${fix}9600.4.1.1" 'Package_for_KB2~' 0x70 }
    package_same = { Get-Installed "${fix}9600.5.1.1" 'Package_for_KB2~' 0x70 }
    package_other_build = { Get-Installed "${fix}9200.9.1.1" 'Package_for_KB2~' 0x70 }
    package_pending = { Get-Installed "${fix}9600.9.1.1" 'Package_for_KB2~' 0x60 }
    package_staged = { Get-Installed "${fix}9600.9.1.1" 'Package_for_KB1~' 0x40 }
    package_by_kb = { Get-Installed "${fix}9600.4.1.1" 'Package_for_KB1~31bf' 0x80 }
    package_unreadable = { Use-Function _Package @{ 'Get-RawPackageList' = { New-RawError -Code access_denied -Message 'test' } } { Get-PackageState -Package $package } }
    package_without_key = { Use-Function _Package @{ 'Get-RawPackageList' = { @{ exists = $false } } } { Get-PackageState -Package $package } }
    package_fits = { $null -eq (Use-Function _Package @{ 'Test-ProgramRuns' = { $false } } { Get-OperationHindrance -Operation $package }) }
    package_in_check_mode = { $null -eq (Get-OperationHindrance -Operation (ConvertTo-Operation -Raw ($rawPackage + @{ x = 1 })) -CheckMode $true) }
    package_busy = { Use-Function _Package @{ 'Test-ProgramRuns' = { $true } } { Get-PackageHindrance -Package $package } }
    package_other_size = { Get-PackageHindrance -Package (@{ path = $copy; name = 'w.msu'; size = 5; sha256 = $package['sha256'] }) }
    package_other_content = { Get-PackageHindrance -Package (@{ path = $copy; name = 'w.msu'; size = 4; sha256 = '0' * 64 }) }
    package_gone = { Get-PackageHindrance -Package (@{ path = "$packageFolder\gone.msu"; name = 'gone.msu' }) }
    package_hash_fails = { Use-Function _Package @{ 'Get-FileSha256' = { throw [System.UnauthorizedAccessException]::new('test') } } { Get-PackageHindrance -Package $package } }
    expand_fails = { Get-Expanded 1 }
    expand_none = { Get-Expanded 0 }
    expand_two = { Get-Expanded 0 a.cab, b.cab }
    expand_one = { Get-Expanded 0 a.cab }
    expand_cab = { Expand-Package -Path 'C:\x.CAB' }
    dism_good = { Get-Installation 0 }
    dism_restart = { Get-Installation 3010 }
    dism_at_once = { Get-Installation $null }
    dism_not_applicable = { Get-Installation ([int]::Parse("-2146498530")) }
    dism_hangs = { Get-Installation $null $true }
    dism_what_if = { Install-Rollup -Package $package -WhatIf; Remove-PackageCopy -WhatIf; [System.IO.File]::Exists($copy) }
    separate = { Invoke-SeparateProgram -CommandLine 'C:\windows\system32\cmd.exe /c "ping -n 2 127.0.0.1 >nul & exit 3010"' -Seconds 30 }
    separate_hangs = { (Invoke-SeparateProgram -CommandLine 'C:\windows\system32\cmd.exe /c "ping -n 4 127.0.0.1 >nul"' -Seconds 1)['running'] }
    separate_refused = { try { Use-Function _Program @{ 'Invoke-CimMethod' = { @{ ReturnValue = 9 } } } { Invoke-SeparateProgram -CommandLine x -Seconds 1 } } catch { $_.Exception.Message } }
    separate_gone = { (Use-Function _Program @{ 'Invoke-CimMethod' = { @{ ReturnValue = 0; ProcessId = 2147483000 } } } { Invoke-SeparateProgram -CommandLine x -Seconds 1 })['running'] }
    runs = { (Test-ProgramRuns -Name powershell), (Test-ProgramRuns -Name no-such-program) }
    stage_full = { Use-Value _Package SpaceFactor 1e15 { Invoke-StagePackage -Name 'w.msu' -Size 4 } }
    stage_locked = { Use-Function _Package @{ 'Lock-Journal' = { New-RawError -Code busy -Message 'test' } } { Invoke-StagePackage -Name 'w.msu' -Size 4 } }
    stage_untrusted = { Use-Function _Package @{ 'Initialize-ProtectedFolder' = { New-RawError -Code journal_untrusted -Message 'test' } } { Invoke-StagePackage -Name 'w.msu' -Size 4 } }
    stage_throws = { Use-Function _Package @{ 'Initialize-ProtectedFolder' = { throw 'test' } } { Invoke-StagePackage -Name 'w.msu' -Size 4 } }
    stage_while_dism_runs = { Use-Function _Package @{ 'Test-ProgramRuns' = { $true } } { Invoke-StagePackage -Name 'w.msu' -Size 4 } }
    stage_denied = { Use-Function _Package @{ 'Clear-PackageFolder' = { throw [System.UnauthorizedAccessException]::new('test') } } { Invoke-StagePackage -Name 'w.msu' -Size 4 } }
    stage = {
        $null = [System.IO.Directory]::CreateDirectory("$packageFolder\expanded\deep")
        [System.IO.File]::WriteAllText("$packageFolder\expanded\deep\x", 'x')
        $answer = Invoke-StagePackage -Name 'w.msu' -Size 4
        @{ path = $answer['path']; error = $answer['error']; left = @([System.IO.Directory]::GetFileSystemEntries($packageFolder)).Count }
    }
    stage_nothing = { (Invoke-StagePackage -Name '' -Size 0)['path'] }
}
foreach ($name in $cases.Keys) {
    $answers[$name] = try { & $cases[$name] } catch { "FAILED: $_" }
}
[Console]::Out.Write((ConvertTo-Json -InputObject $answers -Depth 6 -Compress))
