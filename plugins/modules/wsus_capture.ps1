#!powershell

# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

#AnsibleRequires -CSharpUtil Ansible.Basic
#AnsibleRequires -PowerShell ansible_collections.wsus.compliance.plugins.module_utils._Capture
#AnsibleRequires -PowerShell ansible_collections.wsus.compliance.plugins.module_utils._Outcome

# Captures what goes over the network, for a time. What it takes and returns is written down in docs/reference/capture_host.md.

$spec = @{
    options = @{
        action = @{ type = 'str'; required = $true; choices = @('start', 'stop', 'status', 'convert', 'read_file', 'remove') }
        tool = @{ type = 'str'; default = 'auto'; choices = @('auto', 'netsh', 'pktmon') }
        max_size = @{ type = 'int'; default = 128 }
        ports = @{ type = 'list'; elements = 'int'; default = @(443) }
        offset = @{ type = 'int'; default = 0 }
        length = @{ type = 'int'; default = 8388608 }
    }
    supports_check_mode = $true
}
$module = [Ansible.Basic.AnsibleModule]::Create($args, $spec)

if ($PSVersionTable.PSVersion -lt [version]'5.1') {
    $module.FailJson("powershell_too_old: PowerShell is $($PSVersionTable.PSVersion), this needs 5.1: install Windows Management Framework (WMF) 5.1")
}

$option = $module.Params
if ($option['max_size'] -lt 16 -or $option['max_size'] -gt 1024) {
    $module.FailJson('malformed option max_size: it may be 16 to 1024')
}
if ($option['ports'].Count -lt 1 -or $option['ports'].Count -gt 16) {
    $module.FailJson('malformed option ports: 1 to 16 of them')
}
foreach ($number in $option['ports']) {
    if ($number -lt 1 -or $number -gt 65535) {
        $module.FailJson("malformed option ports: $number is no port")
    }
}
if ($option['offset'] -lt 0 -or $option['length'] -lt 1 -or $option['length'] -gt 16777216) {
    $module.FailJson('malformed option offset or length: not negative, and 1 to 16777216')
}

function Invoke-CaptureAction {
    [CmdletBinding()]
    param()
    $check = $module.CheckMode
    switch ($option['action']) {
        'start' { Start-Capture -Tool $option['tool'] -MaximumSize $option['max_size'] -Port $option['ports'] -CheckMode $check }
        'stop' { Stop-Capture -CheckMode $check }
        'status' { Read-CaptureState }
        'convert' {
            if ($check) {
                Get-StoppedCapture
            } else {
                Convert-Capture
            }
        }
        'read_file' { Read-CapturePart -Offset $option['offset'] -Length $option['length'] }
        'remove' { Remove-Capture -CheckMode $check }
    }
}

$answer = Invoke-RawRead -Action { Invoke-CaptureAction }
$result = [ordered]@{ changed = $false; contract = 1; error = $null }
foreach ($name in $answer.Keys) {
    $result[$name] = $answer[$name]
}
foreach ($name in $result.Keys) {
    $module.Result[$name] = $result[$name]
}
$module.ExitJson()
