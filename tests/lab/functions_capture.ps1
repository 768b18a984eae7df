# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

# As functions.ps1, for the modules of wsus_capture: programs and a reader of events that the lab does not have are replaced.

$ErrorActionPreference = 'Stop'
foreach ($name in '_Outcome', '_File', '_System', '_JournalRead', '_JournalFolder', '_LogFile', '_Program', '_CaptureTool', '_CaptureFrame', '_Capture') {
    Import-Module -Name "C:\modules\$name.psm1" -Global -DisableNameChecking
}
Add-Type -TypeDefinition @'
namespace Units
{
    using System;
    using System.Collections.Generic;
    public class Property { public object Value { get; set; } }
    public class Record : IDisposable
    {
        public static int Open;
        public long? Keywords { get; set; }
        public DateTime? TimeCreated { get; set; }
        public List<Property> Properties { get; set; }
        public Record(long keywords, uint number, object bytes)
        {
            Open++;
            Keywords = keywords;
            TimeCreated = new DateTime(2026, 11, 25, 1, 2, 3, 456, DateTimeKind.Utc).AddTicks(7);
            Properties = new List<Property>();
            foreach (object value in new object[] { 3u, number, 0u, bytes }) Properties.Add(new Property { Value = value });
        }
        public void Dispose() { Open--; }
    }
    public class Reader : IDisposable
    {
        public static bool Closed;
        public Queue<Record> Records = new Queue<Record>();
        public Record ReadEvent() { return Records.Count > 0 ? Records.Dequeue() : null; }
        public void Dispose() { Closed = true; }
    }
}
'@

function Use-Function {
    param($Module, $Replaced, $Action)
    & (Get-Module -Name $Module) { param($r, $a) foreach ($n in $r.Keys) { Set-Item "function:local:$n" $r[$n] }; & $a } $Replaced $Action
}

# Bytes of a frame: Ethernet, tags, IPv4 or IPv6, ports.
function Get-FrameByte {
    param($From = 50000, $To = 443, $Protocol = 6, [switch]$V6, $Tags = @(), $Fragment = 0, $Options = 0, $Cut = 0)
    $ports = [byte[]](($From -shr 8), ($From -band 255), ($To -shr 8), ($To -band 255)) + [byte[]]::new(16)
    $tag = [byte[]]@()
    foreach ($one in $Tags) { $tag += [byte[]](($one -shr 8), ($one -band 255), 0, 5) }
    if ($V6) {
        $packet = [byte[]](0x86, 0xDD, 0x60, 0, 0, 0, 0, 20, $Protocol, 64) + [byte[]]::new(32)
    } else {
        $packet = [byte[]](8, 0, (0x45 + $Options), 0, 0, 40, 0, 1, ($Fragment -shr 8), ($Fragment -band 255), 64, $Protocol, 0, 0) + [byte[]]::new(8 + 4 * $Options)
    }
    $bytes = [byte[]]::new(12) + $tag + $packet + $ports
    , [byte[]]$bytes[0..($bytes.Length - 1 - $Cut)]
}

$start = 0x40000000L
$end = 2147483648L
$null = [System.IO.Directory]::CreateDirectory('C:\units')

# What Write-CaptureFrame makes of these records: its counts, and the lengths and interfaces in its file.
function Get-Written {
    param($Records)
    $reader = [Units.Reader]::new()
    foreach ($record in $Records) { $reader.Records.Enqueue($record) }
    [Units.Reader]::Closed = $false
    $counts = Use-Function _CaptureFrame @{ 'Open-CaptureReader' = { param($File) $reader }.GetNewClosure() } {
        Write-CaptureFrame -File 'C:\x.etl' -Path 'C:\units\frames' -Port @(443, 8080)
    }
    $bytes = [System.IO.File]::ReadAllBytes('C:\units\frames')
    $frames = @()
    $place = 0
    while ($place -lt $bytes.Length) {
        $length = [BitConverter]::ToUInt32($bytes, $place + 12)
        $frames += , @([BitConverter]::ToInt64($bytes, $place), [BitConverter]::ToUInt32($bytes, $place + 8), $length)
        $place += 16 + $length
    }
    @{ packets = $counts['packets']; left_out = $counts['left_out']; frames = $frames; closed = [Units.Reader]::Closed; open = [Units.Record]::Open }
}

# What a tool was told, program by program; answers: exit codes by program and first words.
function Get-Told {
    param($Answers, $Action)
    $told = [System.Collections.Generic.List[string]]::new()
    $program = {
        param($Path, $Argument, $Seconds)
        $call = "$([System.IO.Path]::GetFileName($Path)) $Argument"
        $told.Add($call)
        foreach ($known in $Answers.Keys) {
            if ($call.StartsWith($known)) { return $Answers[$known] }
        }
        @{ exit_code = 0; output = '' }
    }.GetNewClosure()
    $result = Use-Function _CaptureTool @{ 'Invoke-Program' = $program; 'Get-System32Path' = { param($Child) "C:\units\$Child" } } $Action
    @{ told = $told; code = $(if ($null -ne $result) { $result['error']['code'] }); message = $(if ($null -ne $result) { $result['error']['message'] }) }
}
foreach ($name in 'netsh.exe', 'pktmon.exe', 'logman.exe') { [System.IO.File]::WriteAllText("C:\units\$name", '') }
$free = @{ 'logman.exe' = @{ exit_code = -2144337918; output = 'x' } }
# the class that protects a folder is not among the modules
$make = { param($Path) $null = [System.IO.Directory]::CreateDirectory($Path) }
$ours = @{ exit_code = 0; output = "    # Name`r`n    - ----`r`n    1 wsus-compliance-443`r`n   12 wsus-compliance-dns" }
$wanted = { param($Frame) Test-WantedFrame -Frame $Frame -Port @(443, 8080) }

$answers = [ordered]@{}
$cases = [ordered]@{
    one_frame = { Get-Written @([Units.Record]::new($start + $end, 12, (Get-FrameByte))) }
    parts = { Get-Written @([Units.Record]::new($start, 12, [byte[]](Get-FrameByte)[0..29]), [Units.Record]::new($end, 12, [byte[]](Get-FrameByte)[30..53])) }
    broken = {
        Get-Written @(
            [Units.Record]::new($end, 1, (Get-FrameByte)), [Units.Record]::new($start, 1, (Get-FrameByte)),
            [Units.Record]::new($start + $end, 2, 'no bytes'), [Units.Record]::new($start + $end + 0x10000, 3, (Get-FrameByte)),
            [Units.Record]::new($start + $end, 4, (Get-FrameByte -To 445)), [Units.Record]::new($start + $end, 5, [byte[]]::new(0)),
            [Units.Record]::new($start + $end, 5, [byte[]]::new(262145)), [Units.Record]::new($start, 6, (Get-FrameByte)))
    }
    wanted = {
        $frames = [ordered]@{
            answer = (Get-FrameByte -From 443 -To 50000); proxy = (Get-FrameByte -To 8080); dns = (Get-FrameByte -From 53 -Protocol 17)
            v6 = (Get-FrameByte -V6); tag = (Get-FrameByte -Tags 0x8100); tags = (Get-FrameByte -Tags 0x88A8, 0x8100); options = (Get-FrameByte -Options 3)
            first_part = (Get-FrameByte -Fragment 0x2000); v6_dns = (Get-FrameByte -V6 -To 53 -Protocol 17)
        }
        @(foreach ($name in $frames.Keys) { if (& $wanted $frames[$name]) { $name } })
    }
    not_wanted = {
        $frames = [ordered]@{
            port = (Get-FrameByte -To 8530); dns_of_tcp = (Get-FrameByte -To 53); udp = (Get-FrameByte -Protocol 17); icmp = (Get-FrameByte -Protocol 1)
            later_part = (Get-FrameByte -Fragment 5); arp = ([byte[]]::new(12) + [byte[]](8, 6) + [byte[]]::new(40)); empty = [byte[]]::new(0)
            cut = (Get-FrameByte -V6 -Cut 18); only_tags = ([byte[]]::new(12) + [byte[]](0x81, 0, 0, 1, 0x81, 0, 0, 1)); high = (Get-FrameByte -From 65535 -To 444)
        }
        @(foreach ($name in $frames.Keys) { if (-not (& $wanted $frames[$name])) { $name } })
    }
    netsh = { Get-Told @{} { Start-CaptureTool -Tool netsh -File 'C:\t.etl' -MaximumSize 64 -Port @(443) } }
    netsh_older = {
        $script:calls = 0
        $program = { param($Path, $Argument, $Seconds) if ($Argument -match 'report=disabled') { @{ exit_code = 1; output = 'wort unbekannt' } } else { @{ exit_code = 0; output = '' } } }
        $null -eq (Use-Function _CaptureTool @{ 'Invoke-Program' = $program } { Start-CaptureTool -Tool netsh -File 'C:\t.etl' -MaximumSize 64 -Port @(443) })
    }
    netsh_taken = { Get-Told @{ 'netsh.exe trace start' = @{ exit_code = 1; output = 'laeuft schon' } } { Start-CaptureTool -Tool netsh -File 'C:\t.etl' -MaximumSize 64 -Port @(443) } }
    netsh_hangs = { Get-Told @{ 'netsh.exe trace stop' = @{ exit_code = $null; output = '' } } { Stop-CaptureTool -Tool netsh } }
    pktmon = { Get-Told @{} { Start-CaptureTool -Tool pktmon -File 'C:\t.etl' -MaximumSize 64 -Port @(443, 8080) } }
    pktmon_refuses = { Get-Told @{ 'pktmon.exe start' = @{ exit_code = 87; output = 'nein' } } { Start-CaptureTool -Tool pktmon -File 'C:\t.etl' -MaximumSize 64 -Port @(443) } }
    pktmon_stop = { Get-Told @{} { Stop-CaptureTool -Tool pktmon } }
    pktmon_free = { Get-Told $free { Get-ToolHindrance -Tool pktmon } }
    pktmon_taken = { Get-Told @{} { Get-ToolHindrance -Tool pktmon } }
    pktmon_filters = {
        $listed = @{ exit_code = 0; output = "Paketfilter:`r`n    # Name  Port`r`n    - ----  ----`r`n    1 ihrer 80" }
        Get-Told ($free + @{ 'pktmon.exe filter list' = $listed }) { Get-ToolHindrance -Tool pktmon }
    }
    pktmon_ours = { Get-Told ($free + @{ 'pktmon.exe filter list' = $ours }) { Get-ToolHindrance -Tool pktmon } }
    pktmon_clear = { Get-Told ($free + @{ 'pktmon.exe filter list' = $ours }) { Clear-CaptureTool -Tool pktmon } }
    pktmon_clear_others = { Get-Told ($free + @{ 'pktmon.exe filter list' = @{ exit_code = 0; output = " 1 wsus-compliance-443`r`n 2 ihrer" } }) { Clear-CaptureTool -Tool pktmon } }
    netsh_clear = { Get-Told @{} { Clear-CaptureTool -Tool netsh } }
    pktmon_broken = { Get-Told ($free + @{ 'pktmon.exe filter list' = @{ exit_code = 5; output = '' } }) { Get-ToolHindrance -Tool pktmon } }
    pktmon_missing = { Use-Function _CaptureTool @{ 'Get-System32Path' = { param($Child) "C:\none\$Child" } } { (Get-ToolHindrance -Tool pktmon)['error']['code']; Select-CaptureTool -Tool auto; (Invoke-Tool -Name 'netsh.exe' -Argument 'x')['error']['code'] } }
    netsh_is_free = { $null -eq (Get-ToolHindrance -Tool netsh) }
    pcapng_missing = { Get-Told @{} { ConvertTo-Pcapng -File 'C:\t.etl' -Path 'C:\units\none.pcapng' } }
    no_space = { (Use-Function _Capture @{ 'Get-CaptureFolder' = { 'C:\x\y' } } { Get-SpaceHindrance -MaximumSize 2000000000 })['error']['code'] }
    untrusted = {
        Use-Function _Capture @{ 'Read-CaptureState' = { New-RawError -Code journal_untrusted -Message 'test' } } {
            @((Start-Capture -Tool netsh -MaximumSize 16 -Port @(443)), (Stop-Capture), (Remove-Capture), (Convert-Capture), (Read-CapturePart -Offset 0 -Length 1)) |
                ForEach-Object { $_['error']['code'] }
        }
    }
    other_owner = {
        Use-Function _Capture @{ 'Get-JournalFolderTrust' = { @{ exists = $true; trusted = $false; owner = 'S-1-5-21-1' } } } { (Read-CaptureState)['error']['message'] }
    }
    not_written = {
        $tool = @{ 'Initialize-ProtectedFolder' = $make; 'Start-CaptureTool' = { }; 'Stop-CaptureTool' = { [System.IO.File]::WriteAllText('C:\units\stopped', '') }; 'Wait-CaptureRunning' = { $false } }
        $failure = Use-Function _Capture $tool { Start-Capture -Tool netsh -MaximumSize 16 -Port @(443) }
        @{ message = $failure['error']['message']; stopped = [System.IO.File]::Exists('C:\units\stopped'); left = [System.IO.Directory]::Exists((Get-CaptureFolder)) }
    }
    start_throws = {
        $failure = Use-Function _Capture @{ 'Initialize-ProtectedFolder' = $make; 'Start-CaptureTool' = { throw [System.IO.IOException]::new('test') } } { Start-Capture -Tool netsh -MaximumSize 16 -Port @(443) }
        @{ code = $failure['error']['code']; left = [System.IO.Directory]::Exists((Get-CaptureFolder)) }
    }
    waits = {
        $script:asked = 0
        & (Get-Module -Name _Capture) { Set-Variable -Name RunningSeconds -Value 0.4 -Scope Script }
        Use-Function _Capture @{ 'Test-CaptureRunning' = { $script:asked++; $false } } { Wait-CaptureRunning }
    }
    no_trace = {
        $state = { [ordered]@{ capture = @{ tool = 'netsh'; file = 'C:\none.etl'; running = $false } } }
        (Use-Function _Capture @{ 'Read-CaptureState' = $state } { Convert-Capture })['error']['code']
    }
    counts = {
        $state = { [ordered]@{ capture = @{ tool = 'netsh'; file = 'C:\units\netsh.exe'; running = $false; ports = @(443) } } }
        $write = { param($File, $Path, $Port) [System.IO.File]::WriteAllText($Path, 'frames'); @{ packets = 7; left_out = 8 } }
        $found = Use-Function _Capture @{ 'Read-CaptureState' = $state; 'Write-CaptureFrame' = $write; 'Get-CaptureFolder' = { 'C:\units' } } { Convert-Capture }
        @($found['format'], $found['size'], $found['packets'], $found['left_out'])
    }
    no_pcapng = {
        $state = { [ordered]@{ capture = @{ tool = 'pktmon'; file = 'C:\units\netsh.exe'; running = $false } } }
        (Use-Function _Capture @{ 'Read-CaptureState' = $state; 'ConvertTo-Pcapng' = { New-RawError -Code write_failed -Message 'test' } } { Convert-Capture })['error']['code']
    }
    stop_fails = {
        $state = { [ordered]@{ capture = @{ tool = 'netsh'; file = 'x'; running = $true } } }
        (Use-Function _Capture @{ 'Read-CaptureState' = $state; 'Stop-CaptureTool' = { New-RawError -Code write_failed -Message 'test' } } { Remove-Capture })['error']['code']
    }
    what_if = {
        Remove-CaptureFolder -WhatIf
        Start-Netsh -File 'x' -MaximumSize 16 -WhatIf
        Start-Pktmon -File 'x' -MaximumSize 16 -Port @(443) -WhatIf
        Start-CaptureTool -Tool netsh -File 'C:\t.etl' -MaximumSize 64 -Port @(443) -WhatIf
        Stop-CaptureTool -Tool netsh -WhatIf
        'nothing'
    }
}
foreach ($name in $cases.Keys) {
    $answers[$name] = try { & $cases[$name] } catch { "FAILED: $_" }
}
[Console]::Out.Write((ConvertTo-Json -InputObject $answers -Depth 6 -Compress))
