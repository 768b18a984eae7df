#!powershell

# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

#AnsibleRequires -CSharpUtil Ansible.Basic
#AnsibleRequires -PowerShell ansible_collections.wsus.compliance.plugins.module_utils._Connection
#AnsibleRequires -PowerShell ansible_collections.wsus.compliance.plugins.module_utils._Outcome

# Connects to a server and tells how that went, nothing else. What it returns is written down in docs/reference/connection.md.

$spec = @{
    options = @{
        target = @{ type = 'str'; required = $true }
        port = @{ type = 'int'; default = 443 }
        proxy_from = @{ type = 'str'; default = 'wsus'; choices = @('wsus', 'given', 'none') }
        proxy_name = @{ type = 'str' }
        proxy_port = @{ type = 'int' }
        protocols = @{
            type = 'list'
            elements = 'str'
            default = @('default', 'TLS 1.0', 'TLS 1.1', 'TLS 1.2')
            choices = @('default', 'SSL 3.0', 'TLS 1.0', 'TLS 1.1', 'TLS 1.2', 'TLS 1.3')
        }
        timeout = @{ type = 'int'; default = 10 }
    }
    supports_check_mode = $true
}
$module = [Ansible.Basic.AnsibleModule]::Create($args, $spec)

if ($PSVersionTable.PSVersion -lt [version]'5.1') {
    $module.FailJson("powershell_too_old: PowerShell is $($PSVersionTable.PSVersion), this needs 5.1: install Windows Management Framework (WMF) 5.1")
}
$wanted = $module.Params
# What stands in a request to a proxy may hold nothing that ends a line.
foreach ($name in 'target', 'proxy_name') {
    if ($null -ne $wanted[$name] -and $wanted[$name] -notmatch '\A[A-Za-z0-9._:-]{1,255}\z') {
        $module.FailJson("$name must be a host name or an address")
    }
}
foreach ($name in 'port', 'proxy_port') {
    if ($null -ne $wanted[$name] -and ($wanted[$name] -lt 1 -or $wanted[$name] -gt 65535)) {
        $module.FailJson("$name must be 1 to 65535")
    }
}
if ($wanted.timeout -lt 1 -or $wanted.timeout -gt 60) {
    $module.FailJson('timeout must be 1 to 60 seconds')
}
if ($wanted.proxy_from -eq 'given' -and ($null -eq $wanted.proxy_name -or $null -eq $wanted.proxy_port)) {
    $module.FailJson('proxy_from is given, so proxy_name and proxy_port are needed')
}

$module.Result.changed = $false
$module.Result.contract = 1
$module.Result.collected_at = ConvertTo-RawTime -Time ([datetime]::UtcNow)
$about = @{ Target = $wanted.target; Port = $wanted.port; ProxyFrom = $wanted.proxy_from; Seconds = $wanted.timeout }
if ($wanted.proxy_from -eq 'given') {
    $about['ProxyName'] = $wanted.proxy_name
    $about['ProxyPort'] = $wanted.proxy_port
}
$module.Result.raw = Get-RawConnection @about -Protocol $wanted.protocols
$module.ExitJson()
