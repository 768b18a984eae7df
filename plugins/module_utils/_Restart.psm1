# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

# FOR INTERNAL COLLECTION USE ONLY
# The interfaces in this file are meant for use within this collection and may change in any release.

#AnsibleRequires -PowerShell ansible_collections.wsus.compliance.plugins.module_utils._File
#AnsibleRequires -PowerShell ansible_collections.wsus.compliance.plugins.module_utils._Journal
#AnsibleRequires -PowerShell ansible_collections.wsus.compliance.plugins.module_utils._JournalFolder
#AnsibleRequires -PowerShell ansible_collections.wsus.compliance.plugins.module_utils._Outcome
#AnsibleRequires -PowerShell ansible_collections.wsus.compliance.plugins.module_utils._Program
#AnsibleRequires -PowerShell ansible_collections.wsus.compliance.plugins.module_utils._Service

# Restarts IIS and the WSUS service, and notes restarts in the journals of the changes that they make effective.

$RestartSeconds = 180

function Restart-Iis {
    <#
    .SYNOPSIS
    Restarts IIS; returns what there is to say. Throws where it does not run afterwards.
    #>
    [CmdletBinding(SupportsShouldProcess = $true)]
    [OutputType([string])]
    param()
    $path = Get-System32Path -Child 'iisreset.exe'
    if (-not $PSCmdlet.ShouldProcess('IIS')) {
        return
    }
    $ended = Invoke-Program -Path (Get-OpenablePath -Path $path) -Argument '/restart' -Seconds $RestartSeconds
    if ($null -eq $ended['exit_code']) {
        throw [System.TimeoutException]"$path did not end within $RestartSeconds seconds: $($ended['output'])"
    }
    if ($ended['exit_code'] -ne 0) {
        throw [System.InvalidOperationException]"$path ended with exit code $($ended['exit_code']): $($ended['output'])"
    }
    $state = Get-ServiceState -Name W3SVC
    if ($state -ne 'Running') {
        throw [System.InvalidOperationException]"W3SVC is '$state' after ${path}: $($ended['output'])"
    }
    $ended['output']
}

function Restart-WsusService {
    <#
    .SYNOPSIS
    Restarts the WSUS service; whether it ran. Throws where it does not run again.
    #>
    [CmdletBinding(SupportsShouldProcess = $true)]
    [OutputType([bool])]
    param()
    $clock = [System.Diagnostics.Stopwatch]::StartNew()
    $controller = [System.ServiceProcess.ServiceController]::new('WsusService')
    try {
        if ([string]$controller.get_Status() -in 'Stopped', 'StopPending') {
            return $false
        }
        if ($PSCmdlet.ShouldProcess('WsusService')) {
            # one that is just starting may have read old values, and can't be stopped yet
            if ([string]$controller.get_Status() -eq 'StartPending') {
                $controller.WaitForStatus('Running', [timespan]::FromSeconds($RestartSeconds))
            }
            $controller.Stop()
            $controller.WaitForStatus('Stopped', [timespan]::FromSeconds([Math]::Max(1, $RestartSeconds - $clock.Elapsed.TotalSeconds)))
            $controller.Start()
            $controller.WaitForStatus('Running', [timespan]::FromSeconds([Math]::Max(1, $RestartSeconds - $clock.Elapsed.TotalSeconds)))
        }
        $true
    } finally {
        $controller.Dispose()
    }
}

function Add-RestartNote {
    <#
    .SYNOPSIS
    Notes a restart in journals; returns why it could not, where it could not.
    .PARAMETER Journal
    Their ids.
    .PARAMETER What
    What was restarted.
    #>
    [CmdletBinding()]
    [OutputType([string])]
    param(
        [AllowEmptyCollection()]
        [string[]]$Journal,

        [Parameter(Mandatory = $true)]
        [string]$What
    )
    if ($Journal.Length -eq 0) {
        return
    }
    $lock = Lock-Journal
    if ($lock.Contains('error')) {
        return "it could not be noted: $($lock['error']['message'])"
    }
    try {
        foreach ($id in $Journal) {
            try {
                $open = Open-Journal -Id $id
                try {
                    Add-JournalStep -Journal $open -Step restart -Member @{ what = $What }
                } finally {
                    Close-Journal -Journal $open
                }
            } catch {
                "it could not be noted in ${id}: $((ConvertTo-RawError -Exception $_.Exception)['error']['message'])"
            }
        }
    } finally {
        $lock['stream'].Dispose()
    }
}

function Invoke-OneRestart {
    [CmdletBinding()]
    param($Name, $Answer)
    $Answer['status'] = 'done'
    if ($Name -eq 'reboot_note') {
        return
    }
    $Answer['started'] = ConvertTo-RawTime -Time ([datetime]::UtcNow)
    $clock = [System.Diagnostics.Stopwatch]::StartNew()
    try {
        if ($Name -eq 'iisreset') {
            $Answer['message'] = ConvertTo-RawText -Text (Restart-Iis) -MaximumLength 2000
        } elseif (-not (Restart-WsusService)) {
            $Answer['status'] = 'not_running'
            $Answer['started'] = $null
        }
    } catch {
        $Answer['status'] = 'failed'
        $Answer['message'] = (ConvertTo-RawError -Exception $_.Exception)['error']['message']
    }
    $Answer['seconds'] = [Math]::Round($clock.Elapsed.TotalSeconds, 1)
}

function Invoke-Restart {
    <#
    .SYNOPSIS
    {"changed", "restarts"} of action restart.
    .PARAMETER Name
    iisreset, WsusService, reboot_note, in the order in which they are done.
    .PARAMETER Journal
    Ids of the journals in which they are noted.
    #>
    [CmdletBinding()]
    [OutputType([System.Collections.Specialized.OrderedDictionary])]
    param(
        [AllowEmptyCollection()]
        [string[]]$Name,

        [AllowEmptyCollection()]
        [string[]]$Journal
    )
    $answers = [System.Collections.Generic.List[object]]::new()
    $changed = $false
    $status = 'done'
    foreach ($one in $Name) {
        $answer = [ordered]@{ what = $one; status = 'not_reached'; message = ''; seconds = 0; started = $null }
        $answers.Add($answer)
        if ($status -eq 'failed') {
            continue
        }
        Invoke-OneRestart -Name $one -Answer $answer
        $status = $answer['status']
        if ($status -eq 'done') {
            $what = if ($one -eq 'reboot_note') { 'reboot' } else { $one }
            foreach ($text in (Add-RestartNote -Journal $Journal -What $what)) {
                $answer['message'] = ($answer['message'], $text -ne '') -join '; '
            }
        }
        $changed = $changed -or $status -in 'done', 'failed'
    }
    [ordered]@{ changed = $changed; restarts = $answers }
}

Export-ModuleMember -Function Invoke-Restart
