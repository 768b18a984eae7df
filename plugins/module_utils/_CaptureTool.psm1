# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

# FOR INTERNAL COLLECTION USE ONLY
# The interfaces in this file are meant for use within this collection and may change in any release.

#AnsibleRequires -PowerShell ansible_collections.wsus.compliance.plugins.module_utils._File
#AnsibleRequires -PowerShell ansible_collections.wsus.compliance.plugins.module_utils._Outcome
#AnsibleRequires -PowerShell ansible_collections.wsus.compliance.plugins.module_utils._Program

# netsh trace and pktmon. What they print is translated: their exit codes count, and what they print is only passed on.

$StartSeconds = 120
# netsh merges what it has, and may make a report
$StopSeconds = 600
# Windows Server 2022: the pktmon of 2019 has other arguments until updates bring it these
$PktmonBuild = 20348

function Invoke-Tool {
    <#
    .SYNOPSIS
    Null where a program of System32 ended with exit code 0, else ERROR.
    #>
    [CmdletBinding()]
    param([string]$Name, [string]$Argument, [int]$Seconds = $StartSeconds)
    $path = Get-OpenablePath -Path (Get-System32Path -Child $Name)
    if (-not [System.IO.File]::Exists($path)) {
        return New-RawError -Code not_found -Message "this Windows has no $Name"
    }
    $ended = Invoke-Program -Path $path -Argument $Argument -Seconds $Seconds
    if ($null -eq $ended['exit_code']) {
        return New-RawError -Code write_failed -Message "$Name $Argument did not end within $Seconds seconds: $($ended['output'])"
    }
    if ($ended['exit_code'] -ne 0) {
        New-RawError -Code write_failed -Message "$Name $Argument ended with exit code $($ended['exit_code']): $($ended['output'])"
    }
}

function Select-CaptureTool {
    <#
    .SYNOPSIS
    netsh or pktmon.
    .PARAMETER Tool
    What is wanted; auto: pktmon where this Windows is known to have one that converts, else netsh.
    #>
    [CmdletBinding()]
    [OutputType([string])]
    param(
        [Parameter(Mandatory = $true)]
        [string]$Tool
    )
    if ($Tool -ne 'auto') {
        return $Tool
    }
    $pktmon = [System.IO.File]::Exists((Get-OpenablePath -Path (Get-System32Path -Child 'pktmon.exe')))
    if ($pktmon -and [Environment]::OSVersion.Version.Build -ge $PktmonBuild) {
        return 'pktmon'
    }
    'netsh'
}

function Get-ToolHindrance {
    <#
    .SYNOPSIS
    ERROR where pktmon captures already or has filters, which are one set for all who use it; else null. netsh itself refuses a second trace.
    .PARAMETER Tool
    netsh or pktmon.
    #>
    [CmdletBinding()]
    param(
        [Parameter(Mandatory = $true)]
        [string]$Tool
    )
    if ($Tool -ne 'pktmon') {
        return
    }
    $path = Get-OpenablePath -Path (Get-System32Path -Child 'pktmon.exe')
    if (-not [System.IO.File]::Exists($path)) {
        return New-RawError -Code not_found -Message 'this Windows has no pktmon.exe: capture with netsh'
    }
    # PktMon is the name of the session that pktmon writes with
    if ($null -eq (Invoke-Tool -Name 'logman.exe' -Argument 'query PktMon -ets')) {
        return New-RawError -Code busy -Message (
            'pktmon captures already, for somebody else: it is left alone. See "pktmon status"; capture when it has ended, or with netsh')
    }
    $listed = Invoke-Program -Path $path -Argument 'filter list' -Seconds $StartSeconds
    if ($listed['exit_code'] -ne 0) {
        return New-RawError -Code write_failed -Message "pktmon.exe filter list ended with exit code $($listed['exit_code']): $($listed['output'])"
    }
    # each filter has a row, which begins with its number and its name; ours may be left of a capture that somebody else ended
    if ($listed['output'] -match '(?m)^\s*[0-9]+\s+(?!wsus-compliance-)') {
        New-RawError -Code busy -Message (
            'pktmon has filters of somebody else, who may need them: they are left alone. See "pktmon filter list"; remove them, or capture with netsh')
    }
}

function Start-Netsh {
    [CmdletBinding(SupportsShouldProcess = $true)]
    param($File, $MaximumSize)
    if (-not $PSCmdlet.ShouldProcess($File)) {
        return
    }
    $common = "trace start capture=yes persistent=no overwrite=yes correlation=no maxSize=$MaximumSize fileMode=circular traceFile=`"$File`""
    # a report takes minutes. Where netsh does not know this word it starts nothing
    $first = Invoke-Tool -Name 'netsh.exe' -Argument "$common report=disabled"
    if ($null -eq $first) {
        return
    }
    $second = Invoke-Tool -Name 'netsh.exe' -Argument "$common report=no"
    if ($null -ne $second) {
        New-RawError -Code $second['error']['code'] -Message (
            "no trace was started. If one of somebody else runs it is left alone: see `"netsh trace show status`". $($second['error']['message'])")
    }
}

function Start-Pktmon {
    [CmdletBinding(SupportsShouldProcess = $true)]
    param($File, $MaximumSize, $Port)
    if (-not $PSCmdlet.ShouldProcess($File)) {
        return
    }
    $arguments = [System.Collections.Generic.List[string]]::new()
    $arguments.Add('filter remove')
    foreach ($number in $Port) {
        $arguments.Add("filter add wsus-compliance-$number -t TCP -p $number")
    }
    $arguments.Add('filter add wsus-compliance-dns -t UDP -p 53')
    $arguments.Add("start --capture --comp nics --pkt-size 0 --file-name `"$File`" --file-size $MaximumSize --log-mode circular")
    foreach ($argument in $arguments) {
        $failure = Invoke-Tool -Name 'pktmon.exe' -Argument $argument
        if ($null -ne $failure) {
            # there were none but ours before
            $left = Invoke-Tool -Name 'pktmon.exe' -Argument 'filter remove'
            $more = if ($null -ne $left) { " Filters may be left: $($left['error']['message'])" }
            return New-RawError -Code $failure['error']['code'] -Message "no capture was started; netsh may do. $($failure['error']['message'])$more"
        }
    }
}

function Start-CaptureTool {
    <#
    .SYNOPSIS
    Starts a capture; ERROR where it could not.
    .PARAMETER Tool
    netsh or pktmon.
    .PARAMETER File
    The trace.
    .PARAMETER MaximumSize
    Megabytes of it; older frames are written over.
    .PARAMETER Port
    TCP ports. netsh captures all and has no filter for them.
    #>
    [CmdletBinding(SupportsShouldProcess = $true)]
    param(
        [Parameter(Mandatory = $true)]
        [string]$Tool,

        [Parameter(Mandatory = $true)]
        [string]$File,

        [Parameter(Mandatory = $true)]
        [int]$MaximumSize,

        [Parameter(Mandatory = $true)]
        [object[]]$Port
    )
    if (-not $PSCmdlet.ShouldProcess($File)) {
        return
    }
    if ($Tool -eq 'pktmon') {
        return Start-Pktmon -File $File -MaximumSize $MaximumSize -Port $Port
    }
    Start-Netsh -File $File -MaximumSize $MaximumSize
}

function Stop-CaptureTool {
    <#
    .SYNOPSIS
    Stops the capture that runs, which the caller knows to be ours; ERROR where it could not.
    .PARAMETER Tool
    netsh or pktmon.
    #>
    [CmdletBinding(SupportsShouldProcess = $true)]
    param(
        [Parameter(Mandatory = $true)]
        [string]$Tool
    )
    if (-not $PSCmdlet.ShouldProcess($Tool)) {
        return
    }
    if ($Tool -ne 'pktmon') {
        return Invoke-Tool -Name 'netsh.exe' -Argument 'trace stop' -Seconds $StopSeconds
    }
    $failure = Invoke-Tool -Name 'pktmon.exe' -Argument 'stop' -Seconds $StopSeconds
    $left = Invoke-Tool -Name 'pktmon.exe' -Argument 'filter remove'
    if ($null -ne $failure) {
        return $failure
    }
    $left
}

function Clear-CaptureTool {
    <#
    .SYNOPSIS
    Takes away what a capture of ours that was ended by somebody else has left of settings; ERROR where it could not.
    .PARAMETER Tool
    netsh or pktmon.
    #>
    [CmdletBinding(SupportsShouldProcess = $true)]
    param(
        [Parameter(Mandatory = $true)]
        [string]$Tool
    )
    # where others use pktmon by now, its filters are theirs
    if ($Tool -eq 'pktmon' -and $null -eq (Get-ToolHindrance -Tool $Tool) -and $PSCmdlet.ShouldProcess($Tool)) {
        Invoke-Tool -Name 'pktmon.exe' -Argument 'filter remove'
    }
}

function ConvertTo-Pcapng {
    <#
    .SYNOPSIS
    Has pktmon make a pcapng of its trace; ERROR where it could not.
    .PARAMETER File
    The trace.
    .PARAMETER Path
    The pcapng.
    #>
    [CmdletBinding()]
    param(
        [Parameter(Mandatory = $true)]
        [string]$File,

        [Parameter(Mandatory = $true)]
        [string]$Path
    )
    # what an earlier attempt left
    [System.IO.File]::Delete($Path)
    $failure = Invoke-Tool -Name 'pktmon.exe' -Argument "etl2pcap `"$File`" --out `"$Path`"" -Seconds $StopSeconds
    if ($null -eq $failure -and -not [System.IO.File]::Exists($Path)) {
        return New-RawError -Code write_failed -Message "pktmon.exe etl2pcap left no $Path"
    }
    $failure
}

Export-ModuleMember -Function Select-CaptureTool, Get-ToolHindrance, Start-CaptureTool, Stop-CaptureTool, Clear-CaptureTool, ConvertTo-Pcapng
