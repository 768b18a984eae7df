# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

# FOR INTERNAL COLLECTION USE ONLY
# The interfaces in this file are meant for use within this collection and may change in any release.

#AnsibleRequires -PowerShell ansible_collections.wsus.compliance.plugins.module_utils._CaptureFrame
#AnsibleRequires -PowerShell ansible_collections.wsus.compliance.plugins.module_utils._CaptureTool
#AnsibleRequires -PowerShell ansible_collections.wsus.compliance.plugins.module_utils._File
#AnsibleRequires -PowerShell ansible_collections.wsus.compliance.plugins.module_utils._JournalFolder
#AnsibleRequires -PowerShell ansible_collections.wsus.compliance.plugins.module_utils._JournalRead
#AnsibleRequires -PowerShell ansible_collections.wsus.compliance.plugins.module_utils._LogFile
#AnsibleRequires -PowerShell ansible_collections.wsus.compliance.plugins.module_utils._Outcome
#AnsibleRequires -PowerShell ansible_collections.wsus.compliance.plugins.module_utils._System

# The one capture that this collection has on a host: docs/reference/capture_host.md. What is started is written down first.

$MaximumState = 4096
$RunningSeconds = 30
$MegaBytes = 1MB

function Get-CaptureFolder {
    <#
    .SYNOPSIS
    The folder of the capture. All in it is this collection's, and nothing else is.
    #>
    [CmdletBinding()]
    [OutputType([string])]
    param()
    "$(Get-EnvironmentFolder -Name ProgramData)\wsus.compliance\capture"
}

function Test-CaptureRunning {
    <#
    .SYNOPSIS
    Whether a trace is written to the folder of the capture. No text of a program is read for it: they are translated.
    #>
    [CmdletBinding()]
    [OutputType([bool])]
    param()
    foreach ($file in [System.IO.DirectoryInfo]::new((Get-CaptureFolder)).GetFileSystemInfos()) {
        if (-not $file.Name.EndsWith('.etl')) {
            continue
        }
        try {
            # refused while anyone has it open to write
            [System.IO.FileStream]::new($file.FullName, [System.IO.FileMode]::Open, [System.IO.FileAccess]::Read, [System.IO.FileShare]::Read).Dispose()
        } catch {
            if (Test-Busy -Exception $_.Exception) {
                return $true
            }
            throw
        }
    }
    $false
}

function Read-CaptureState {
    <#
    .SYNOPSIS
    {"capture": CAPTURE or null}; throws where the folder is not to be believed.
    #>
    [CmdletBinding()]
    [OutputType([System.Collections.Specialized.OrderedDictionary])]
    param()
    $folder = Get-CaptureFolder
    $trust = Get-JournalFolderTrust -Path $folder
    if (-not $trust['exists']) {
        return [ordered]@{ capture = $null }
    }
    if (-not $trust['trusted']) {
        return New-RawError -Code journal_untrusted -Message (
            "$folder is owned by $($trust['owner']), or is a reparse point: nothing that may have been put there is used; look at it and remove it")
    }
    $path = "$folder\capture.txt"
    if (-not (Test-RawPath -Path $path)) {
        return [ordered]@{ capture = $null }
    }
    $lines = [System.Text.Encoding]::UTF8.GetString((Read-FileContent -Path $path -MaximumLength $MaximumState)).Split([char]10)
    $ports = [System.Collections.Generic.List[object]]::new()
    for ($number = 3; $number -lt $lines.Length - 1; $number++) {
        $ports.Add([int]$lines[$number])
    }
    $trace = "$folder\trace.etl"
    $size = 0L
    if (Test-RawPath -Path $trace) {
        $size = [System.IO.FileInfo]::new($trace).Length
    }
    [ordered]@{
        capture = [ordered]@{
            tool = $lines[0]
            started = $lines[1]
            max_size = [int]$lines[2]
            ports = $ports
            file = $trace
            size = $size
            running = (Test-CaptureRunning)
        }
    }
}

function Write-CaptureFile {
    [CmdletBinding()]
    param($Name, [object[]]$Line)
    $text = (@($Line) + '') -join [string][char]10
    $content = [System.Text.Encoding]::UTF8.GetBytes($text)
    # fails where there is one: of two runs at a time one starts
    $stream = [System.IO.FileStream]::new(
        "$(Get-CaptureFolder)\$Name", [System.IO.FileMode]::CreateNew, [System.IO.FileAccess]::Write, [System.IO.FileShare]::None)
    try {
        $stream.Write($content, 0, $content.Length)
        $stream.Flush($true)
    } finally {
        $stream.Dispose()
    }
}

function Remove-CaptureFolder {
    <#
    .SYNOPSIS
    Removes all files of a capture that does not run, and the folders, as far as they are empty.
    #>
    [CmdletBinding(SupportsShouldProcess = $true)]
    param()
    $folder = Get-CaptureFolder
    if (-not $PSCmdlet.ShouldProcess($folder)) {
        return
    }
    $state = "$folder\capture.txt"
    foreach ($file in [System.IO.DirectoryInfo]::new($folder).GetFileSystemInfos()) {
        if ($file.FullName -ne $state) {
            # a folder is nothing of ours, and stays
            [System.IO.File]::Delete($file.FullName)
        }
    }
    # last: as long as it is there, the rest is known to be ours
    [System.IO.File]::Delete($state)
    [System.IO.Directory]::Delete($folder)
    $above = [System.IO.Path]::GetDirectoryName($folder)
    if ([System.IO.DirectoryInfo]::new($above).GetFileSystemInfos().Length -eq 0) {
        [System.IO.Directory]::Delete($above)
    }
}

function Get-SpaceHindrance {
    [CmdletBinding()]
    param($MaximumSize)
    $folder = Get-CaptureFolder
    # the trace, what is made of it, and as much left over
    $needed = 3L * $MaximumSize
    $free = [long]([System.IO.DriveInfo]::new([System.IO.Path]::GetPathRoot($folder)).AvailableFreeSpace / $MegaBytes)
    if ($free -lt $needed) {
        New-RawError -Code too_big -Message "the drive of $folder has $free MB left; a capture of $MaximumSize MB is begun only where it has $needed MB"
    }
}

function Wait-CaptureRunning {
    [CmdletBinding()]
    [OutputType([bool])]
    param()
    $clock = [System.Diagnostics.Stopwatch]::StartNew()
    while (-not (Test-CaptureRunning)) {
        if ($clock.Elapsed.TotalSeconds -ge $RunningSeconds) {
            return $false
        }
        Start-Sleep -Milliseconds 250
    }
    $true
}

function Start-Capture {
    <#
    .SYNOPSIS
    {"changed", "capture"} of action start, or ERROR; a capture of ours that runs is left as it is.
    .PARAMETER Tool
    auto, netsh or pktmon.
    .PARAMETER MaximumSize
    Megabytes of the trace.
    .PARAMETER Port
    TCP ports whose frames are wanted.
    .PARAMETER CheckMode
    Whether nothing is done.
    #>
    [CmdletBinding(SupportsShouldProcess = $true)]
    [OutputType([System.Collections.Specialized.OrderedDictionary])]
    param(
        [Parameter(Mandatory = $true)]
        [string]$Tool,

        [Parameter(Mandatory = $true)]
        [int]$MaximumSize,

        [Parameter(Mandatory = $true)]
        [object[]]$Port,

        [bool]$CheckMode
    )
    $known = Read-CaptureState
    if ($known.Contains('error')) {
        return $known
    }
    if ($null -ne $known['capture']) {
        if ($known['capture']['running']) {
            return [ordered]@{ changed = $false; capture = $known['capture'] }
        }
        return New-RawError -Code busy -Message (
            "$(Get-CaptureFolder) has a capture of $($known['capture']['started']) that does not run any more: fetch it, or have it removed")
    }
    $name = Select-CaptureTool -Tool $Tool
    $failure = Get-SpaceHindrance -MaximumSize $MaximumSize
    if ($null -eq $failure) {
        $failure = Get-ToolHindrance -Tool $name
    }
    if ($null -ne $failure) {
        return $failure
    }
    if ($CheckMode -or -not $PSCmdlet.ShouldProcess($name)) {
        $planned = [ordered]@{
            tool = $name
            started = $null
            max_size = $MaximumSize
            ports = $Port
            file = "$(Get-CaptureFolder)\trace.etl"
            size = 0L
            running = $false
        }
        return [ordered]@{ changed = $true; capture = $planned }
    }
    $failure = Initialize-ProtectedFolder -Path (Get-CaptureFolder)
    if ($null -ne $failure) {
        return $failure
    }
    Write-CaptureFile -Name capture.txt -Line (@($name, (ConvertTo-RawTime -Time ([datetime]::UtcNow)), $MaximumSize) + $Port)
    try {
        $failure = Start-CaptureTool -Tool $name -File "$(Get-CaptureFolder)\trace.etl" -MaximumSize $MaximumSize -Port $Port
        if ($null -eq $failure -and -not (Wait-CaptureRunning)) {
            # it has just told that it started ours
            $null = Stop-CaptureTool -Tool $name
            $failure = New-RawError -Code write_failed -Message "$name told that it captures, and wrote to no file in $(Get-CaptureFolder): it was stopped"
        }
    } catch {
        $failure = ConvertTo-RawError -Exception $_.Exception -Code write_failed
    }
    if ($null -ne $failure) {
        if (-not (Test-CaptureRunning)) {
            Remove-CaptureFolder
        }
        return $failure
    }
    [ordered]@{ changed = $true; capture = (Read-CaptureState)['capture'] }
}

function Stop-Capture {
    <#
    .SYNOPSIS
    {"changed", "capture", "ended_early"} of action stop, or ERROR. What runs and does not write to our folder is another's.
    .PARAMETER CheckMode
    Whether nothing is done.
    #>
    [CmdletBinding(SupportsShouldProcess = $true)]
    [OutputType([System.Collections.Specialized.OrderedDictionary])]
    param([bool]$CheckMode)
    $known = Read-CaptureState
    if ($known.Contains('error')) {
        return $known
    }
    $capture = $known['capture']
    if ($null -eq $capture -or -not $capture['running']) {
        $stopped = $null -ne $capture -and [System.IO.File]::Exists("$(Get-CaptureFolder)\stopped.txt")
        return [ordered]@{ changed = $false; capture = $capture; ended_early = $null -ne $capture -and -not $stopped }
    }
    if (-not $CheckMode -and $PSCmdlet.ShouldProcess($capture['file'])) {
        $failure = Stop-CaptureTool -Tool $capture['tool']
        if ($null -ne $failure) {
            return $failure
        }
        # that it did not end by itself
        Write-CaptureFile -Name stopped.txt -Line (ConvertTo-RawTime -Time ([datetime]::UtcNow))
        $capture = (Read-CaptureState)['capture']
    }
    [ordered]@{ changed = $true; capture = $capture; ended_early = $false }
}

function Remove-Capture {
    <#
    .SYNOPSIS
    {"changed", "capture"} of action remove, or ERROR: stops a capture of ours that runs, and removes all that there is of it.
    .PARAMETER CheckMode
    Whether nothing is done.
    #>
    [CmdletBinding(SupportsShouldProcess = $true)]
    [OutputType([System.Collections.Specialized.OrderedDictionary])]
    param([bool]$CheckMode)
    $known = Stop-Capture -CheckMode $CheckMode
    if ($known.Contains('error')) {
        return $known
    }
    $there = [System.IO.Directory]::Exists((Get-CaptureFolder))
    if ($there -and -not $CheckMode -and $PSCmdlet.ShouldProcess((Get-CaptureFolder))) {
        if ($known['ended_early']) {
            $failure = Clear-CaptureTool -Tool $known['capture']['tool']
            if ($null -ne $failure) {
                return $failure
            }
        }
        Remove-CaptureFolder
        $known['capture'] = $null
    }
    [ordered]@{ changed = $there; capture = $known['capture'] }
}

function Get-StoppedCapture {
    <#
    .SYNOPSIS
    {"capture": CAPTURE} of one that was stopped, else ERROR.
    #>
    [CmdletBinding()]
    [OutputType([System.Collections.Specialized.OrderedDictionary])]
    param()
    $known = Read-CaptureState
    if ($known.Contains('error')) {
        return $known
    }
    if ($null -eq $known['capture']) {
        return New-RawError -Code not_found -Message 'there is no capture of this collection on the host'
    }
    if ($known['capture']['running']) {
        return New-RawError -Code busy -Message 'the capture still runs: stop it first'
    }
    $known
}

function Convert-Capture {
    <#
    .SYNOPSIS
    {"changed", "capture", "format", "size", "packets", "left_out"} of action convert, or ERROR.
    #>
    [CmdletBinding()]
    [OutputType([System.Collections.Specialized.OrderedDictionary])]
    param()
    $known = Get-StoppedCapture
    if ($known.Contains('error')) {
        return $known
    }
    $capture = $known['capture']
    if (-not [System.IO.File]::Exists($capture['file'])) {
        return New-RawError -Code not_found -Message "$($capture['tool']) left no $($capture['file'])"
    }
    $folder = Get-CaptureFolder
    $answer = [ordered]@{ changed = $true; capture = $capture; format = 'frames'; size = $null; packets = $null; left_out = $null }
    if ($capture['tool'] -eq 'pktmon') {
        $path = "$folder\trace.pcapng"
        $failure = ConvertTo-Pcapng -File $capture['file'] -Path $path
        if ($null -ne $failure) {
            return $failure
        }
        $answer['format'] = 'pcapng'
    } else {
        $path = "$folder\trace.frames"
        $counts = Write-CaptureFrame -File $capture['file'] -Path $path -Port $capture['ports']
        $answer['packets'] = $counts['packets']
        $answer['left_out'] = $counts['left_out']
    }
    $answer['size'] = [System.IO.FileInfo]::new($path).Length
    $answer
}

function Read-CapturePart {
    <#
    .SYNOPSIS
    {"changed", "offset", "length", "content"} of action read_file, or ERROR.
    .PARAMETER Offset
    Where it begins.
    .PARAMETER Length
    How many bytes; fewer at the end.
    #>
    [CmdletBinding()]
    [OutputType([System.Collections.Specialized.OrderedDictionary])]
    param(
        [Parameter(Mandatory = $true)]
        [long]$Offset,

        [Parameter(Mandatory = $true)]
        [int]$Length
    )
    $known = Get-StoppedCapture
    if ($known.Contains('error')) {
        return $known
    }
    $name = if ($known['capture']['tool'] -eq 'pktmon') { 'trace.pcapng' } else { 'trace.frames' }
    $stream = [System.IO.FileStream]::new(
        "$(Get-CaptureFolder)\$name", [System.IO.FileMode]::Open, [System.IO.FileAccess]::Read, [System.IO.FileShare]::Read)
    try {
        $stream.Position = $Offset
        # what can't be made smaller becomes a little longer
        $range = Compress-Range -Stream $stream -Length $Length -Maximum (2L * $Length + 65536)
        [ordered]@{ changed = $false; offset = $Offset; length = $range['read']; content = [Convert]::ToBase64String($range['content']) }
    } finally {
        $stream.Dispose()
    }
}

Export-ModuleMember -Function Read-CaptureState, Get-StoppedCapture, Start-Capture, Stop-Capture, Remove-Capture, Convert-Capture, Read-CapturePart
