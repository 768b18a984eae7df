$ErrorActionPreference = 'Stop'
$schannel = 'HKLM:\SYSTEM\CurrentControlSet\Control\SecurityProviders\SCHANNEL'
$policy = 'HKLM:\SOFTWARE\Policies\Microsoft\Cryptography\Configuration\SSL\00010002'
$accepted = @(
    'TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384', 'TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256'
    'TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384', 'TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256'
)
$url, $number = 'https://sws.update.microsoft.com', 4002

function Open-Key($Path, $Write) {
    $root = [Microsoft.Win32.RegistryKey]::OpenBaseKey('LocalMachine', 'Registry64')
    $below = $Path.Substring(6)
    if ($Write) { $root.CreateSubKey($below) } else { $root.OpenSubKey($below) }
}
function Read-Value($Path, $Name) {
    $key = Open-Key $Path $false
    if ($null -ne $key) {
        try { $key.GetValue($Name) } finally { $key.Dispose() }
    }
}
$wanted = [System.Collections.Generic.List[object]]::new()
function Add-Wanted($Path, $Name, $Kind, $Data, $Before) {
    $wanted.Add([ordered]@{ path = $Path; name = $Name; kind = $Kind; data = $Data; before = $Before })
}

# Read, and what differs.
foreach ($software in 'HKLM:\SOFTWARE', 'HKLM:\SOFTWARE\Wow6432Node') {
    foreach ($version in 'v4.0.30319', 'v2.0.50727') {
        foreach ($name in 'SystemDefaultTlsVersions', 'SchUseStrongCrypto') {
            $path = "$software\Microsoft\.NETFramework\$version"
            $before = Read-Value $path $name
            if ($before -isnot [int] -or $before -ne 1) { Add-Wanted $path $name 'DWord' 1 $before }
        }
    }
}
foreach ($pair in @(, ('Enabled', 1)) + @(, ('DisabledByDefault', 0))) {
    $path = "$schannel\Protocols\TLS 1.2\Client"
    $before = Read-Value $path $pair[0]
    if ($null -ne $before -and ($before -ne 0) -ne ($pair[1] -ne 0)) { Add-Wanted $path $pair[0] 'DWord' $pair[1] $before }
}
foreach ($algorithm in 'Ciphers\AES 128/128', 'Ciphers\AES 256/256', 'Hashes\SHA256', 'Hashes\SHA384', 'KeyExchangeAlgorithms\ECDH', 'KeyExchangeAlgorithms\PKCS') {
    $before = Read-Value "$schannel\$algorithm" 'Enabled'
    if ($null -ne $before -and $before -eq 0) { Add-Wanted "$schannel\$algorithm" 'Enabled' 'DWord' -1 $before }
}
$before = Read-Value $policy 'Functions'
$listed = @("$before".Split(',') | Where-Object { $_ })
if ($listed.Count -gt 0 -and -not ($listed | Where-Object { $_ -in $accepted })) {
    Add-Wanted $policy 'Functions' 'String' (($accepted + $listed) -join ',') $before
}
$null = [System.Reflection.Assembly]::LoadWithPartialName('Microsoft.UpdateServices.Administration')
$server = [Microsoft.UpdateServices.Administration.AdminProxy]::GetUpdateServer()
$configuration = $server.GetConfiguration()
$endpoint = $configuration.SyncFromMicrosoftUpdate -and ($configuration.MUUrl -cne $url -or $configuration.RedirectorChangeNumber -ne $number)
$Ansible.Changed = $wanted.Count -gt 0 -or $endpoint
if (-not $Ansible.Changed) {
    return
}

# What Group Policy owns.
$owned = @(Get-CimInstance -Namespace root\rsop\computer -ClassName RSOP_RegistryPolicySetting -ErrorAction SilentlyContinue |
        ForEach-Object { "HKLM:\$($_.registryKey)\$($_.valueName)" })
$files = Get-ChildItem -Recurse -Include Registry.xml, Registry.pol -ErrorAction SilentlyContinue -LiteralPath @(
    "$env:ProgramData\Microsoft\Group Policy\History", "$env:SystemRoot\System32\GroupPolicy")
$pattern = '(?i)\[(?<key>[^;\0]+)\0;(?<name>[^;\0]*)\0;|key="(?<key>[^"]+)"[^>]*\sname="(?<name>[^"]*)"'
foreach ($file in $files) {
    $encoding = if ($file.Extension -eq '.pol') { [System.Text.Encoding]::Unicode } else { [System.Text.Encoding]::UTF8 }
    $text = $encoding.GetString([System.IO.File]::ReadAllBytes($file.FullName))
    $owned += @([regex]::Matches($text, $pattern) | ForEach-Object { "HKLM:\$($_.Groups['key'].Value)\$($_.Groups['name'].Value)" })
}
foreach ($value in $wanted) {
    if ("$($value.path)\$($value.name)" -in $owned) {
        throw "Group Policy owns $($value.path)\$($value.name)"
    }
}

# The values as they were.
$folder = New-Item -ItemType Directory -Force -Path "$env:ProgramData\script_enforce"
$kept = @{ values = $wanted; url = $configuration.MUUrl; number = $configuration.RedirectorChangeNumber }
[System.IO.File]::WriteAllText("$($folder.FullName)\$([datetime]::UtcNow.ToString('yyyyMMddTHHmmss')).json", (ConvertTo-Json -Depth 5 -InputObject $kept))

# Written, and read back.
foreach ($value in $wanted) {
    $key = Open-Key $value.path $true
    try { $key.SetValue($value.name, $value.data, $value.kind) } finally { $key.Dispose() }
    if ((Read-Value $value.path $value.name) -cne $value.data) {
        throw "$($value.path)\$($value.name) is not what was written"
    }
}
if ($endpoint) {
    $configuration.MUUrl = $url
    $configuration.RedirectorChangeNumber = $number
    $configuration.Save()
    $now = $server.GetConfiguration()
    if ($now.MUUrl -cne $url -or $now.RedirectorChangeNumber -ne $number) {
        throw 'the endpoint is not what was written'
    }
}
$kept
