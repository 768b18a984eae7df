#!powershell

# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

#AnsibleRequires -CSharpUtil Ansible.Basic
#AnsibleRequires -PowerShell ansible_collections.wsus.compliance.plugins.module_utils._EventLog
#AnsibleRequires -PowerShell ansible_collections.wsus.compliance.plugins.module_utils._LogFile
#AnsibleRequires -PowerShell ansible_collections.wsus.compliance.plugins.module_utils._Outcome
#AnsibleRequires -PowerShell ansible_collections.wsus.compliance.plugins.module_utils._WsusLog

# Reads logs as they are. What it returns is written down in docs/reference/logs.md.

$spec = @{
    options = @{
        src = @{ type = 'list'; elements = 'str'; default = @() }
        known = @{ type = 'list'; elements = 'dict'; default = @() }
        maximum = @{ type = 'int'; default = 67108864 }
        answer = @{ type = 'int'; default = 16777216 }
        windows_events = @{
            type = 'dict'
            options = @{
                after = @{ type = 'int'; default = 0 }
                maximum = @{ type = 'int'; default = 1000 }
            }
        }
    }
    supports_check_mode = $true
}
$module = [Ansible.Basic.AnsibleModule]::Create($args, $spec)

if ($PSVersionTable.PSVersion -lt [version]'5.1') {
    $module.FailJson("powershell_too_old: PowerShell is $($PSVersionTable.PSVersion), this needs 5.1: install Windows Management Framework (WMF) 5.1")
}

$option = $module.Params
if ($option['maximum'] -lt 65536 -or $option['maximum'] -gt 268435456) {
    $module.FailJson('malformed option maximum: it may be 65536 to 268435456')
}
if ($option['answer'] -lt 65536 -or $option['answer'] -gt 33554432) {
    $module.FailJson('malformed option answer: it may be 65536 to 33554432')
}
$files = [System.Collections.Generic.List[object]]::new()
$paths = [System.Collections.Generic.List[string]]::new()
$state = @{ room = $option['answer'] }

function Get-WsusLogFile {
    [CmdletBinding()]
    param()
    $main = Get-WsusLogPath
    if (-not $main) {
        $files.Add((New-RawError -Code not_found -Path 'SoftwareDistribution.log' -Message 'neither WSUS nor its setup tells where its log is'))
        return
    }
    # the main log must be there; the others are made when there is something to write
    $main
    foreach ($path in "$main.old", [System.IO.Path]::Combine([System.IO.Path]::GetDirectoryName($main), 'Change.log')) {
        if ([System.IO.File]::Exists($path)) {
            $path
        }
    }
}

function Add-LogFile {
    [CmdletBinding()]
    param([string]$Path, [bool]$OnlyKnown)
    $file = Get-LogFile -Path $Path -Known $option['known'] -Maximum $option['maximum'] -AnswerLength $state['room'] -OnlyKnown $OnlyKnown
    if ($null -eq $file) {
        return
    }
    $files.Add($file)
    if (-not $file.Contains('known')) {
        return
    }
    $state['room'] = $state['room'] - ([string]$file['content']).Length
    if ($null -ne $file['known'] -or $OnlyKnown) {
        return
    }
    foreach ($entry in $option['known']) {
        if ($entry['path'] -eq $Path) {
            # it is another file than it was: the one that it was may lie beside it
            return Get-RolledPath -Path $Path
        }
    }
}

$beside = [System.Collections.Generic.List[string]]::new()
foreach ($wanted in $(if ($option['src'].Count -gt 0) { $option['src'] } else { Get-WsusLogFile })) {
    try {
        $resolved = @(Resolve-LogPath -Path $wanted)
    } catch {
        $files.Add((ConvertTo-RawError -Path $wanted -Exception $_.Exception))
        continue
    }
    if ($resolved.Count -eq 0) {
        $files.Add((New-RawError -Code not_found -Path $wanted -Message 'no file has such a name'))
    }
    foreach ($path in $resolved) {
        if ($paths -notcontains $path) {
            $paths.Add($path)
            foreach ($other in Add-LogFile -Path $path -OnlyKnown $false) {
                $beside.Add($other)
            }
        }
    }
}
foreach ($path in $beside) {
    if ($paths -notcontains $path) {
        $paths.Add($path)
        Add-LogFile -Path $path -OnlyKnown $true
    }
}

$answer = [ordered]@{
    changed = $false
    contract = 1
    collected_at = ConvertTo-RawTime -Time ([datetime]::UtcNow)
    files = $files
    windows_events = $null
}
$wanted = $option['windows_events']
if ($null -ne $wanted) {
    if ($wanted['maximum'] -lt 1 -or $wanted['maximum'] -gt 10000) {
        $module.FailJson('malformed option windows_events: its maximum may be 1 to 10000')
    }
    $answer['windows_events'] = Invoke-RawRead -Action { Get-WsusEvent -After $wanted['after'] -Maximum $wanted['maximum'] }
}
foreach ($name in $answer.Keys) {
    $module.Result[$name] = $answer[$name]
}
$module.ExitJson()
