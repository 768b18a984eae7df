# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

# FOR INTERNAL COLLECTION USE ONLY
# The interfaces in this file are meant for use within this collection and may change in any release.

#AnsibleRequires -CSharpUtil ansible_collections.wsus.compliance.plugins.module_utils._PolicyFile
#AnsibleRequires -PowerShell ansible_collections.wsus.compliance.plugins.module_utils._Cim
#AnsibleRequires -PowerShell ansible_collections.wsus.compliance.plugins.module_utils._File
#AnsibleRequires -PowerShell ansible_collections.wsus.compliance.plugins.module_utils._Outcome

# What Group Policy says about the values that matter here, never their data: such files may hold other products' secrets.

$MaximumSettings = 2000
$MaximumFile = 4MB

# Matched against "key LF value name".
$Relevant = [regex]::new('^\\?(?:HKLM\\|HKEY_LOCAL_MACHINE\\|MACHINE\\)?(?:' +
    'SOFTWARE\\Policies\\Microsoft\\Cryptography\\Configuration\\SSL\\00010002|' +
    'SYSTEM\\CurrentControlSet\\Control\\SecurityProviders\\SCHANNEL|' +
    'SYSTEM\\CurrentControlSet\\Control\\Cryptography\\Configuration\\Local\\SSL\\00010002|' +
    'SYSTEM\\CurrentControlSet\\Control\\Lsa(?:\\FipsAlgorithmPolicy[\\\n]|\n(?:\*\*del\.)?FIPSAlgorithmPolicy\z)|' +
    'SOFTWARE\\(?:Wow6432Node\\)?Microsoft\\(?:\.NETFramework|Windows\\CurrentVersion\\Internet Settings\\WinHttp))',
    'IgnoreCase, CultureInvariant')

function Test-RawPolicyTarget {
    <#
    .SYNOPSIS
    Whether a policy's target is relevant in the contract's sense.
    .PARAMETER Key
    Registry key, with or without its hive.
    .PARAMETER ValueName
    Name of the value.
    #>
    [CmdletBinding()]
    [OutputType([bool])]
    param(
        [AllowNull()]
        [AllowEmptyString()]
        [string]$Key,

        [AllowNull()]
        [AllowEmptyString()]
        [string]$ValueName
    )
    $Relevant.IsMatch($Key + "`n" + $ValueName)
}

function Get-RawRsop {
    <#
    .SYNOPSIS
    Registry settings and GPOs of the last policy refresh that was logged (RSOP); or ERROR.
    #>
    [CmdletBinding()]
    [OutputType([System.Collections.Specialized.OrderedDictionary])]
    param()
    $namespace = 'root\rsop\computer'
    $answer = Get-RawCimInstance -Namespace $namespace -ClassName RSOP_RegistryPolicySetting -Property (
        'registryKey', 'valueName', 'valueType', 'deleted', 'precedence', 'GPOID')
    if ($answer.Contains('error')) {
        return $answer
    }
    $gpoAnswer = Get-RawCimInstance -Namespace $namespace -ClassName RSOP_GPO -Property id, name, guidName
    if ($gpoAnswer.Contains('error')) {
        return $gpoAnswer
    }
    $settings = [System.Collections.Generic.List[object]]::new()
    foreach ($row in $answer['rows']) {
        # filtered here: WQL wants doubled backslashes, and knows no alternatives
        if ($settings.Count -lt $MaximumSettings -and $Relevant.IsMatch([string]$row.registryKey + "`n" + [string]$row.valueName)) {
            $settings.Add([ordered]@{
                    key = (ConvertTo-RawText -Text $row.registryKey)
                    value_name = (ConvertTo-RawText -Text $row.valueName)
                    value_type = [long]$row.valueType
                    deleted = [bool]$row.deleted
                    precedence = [long]$row.precedence
                    gpo_id = (ConvertTo-RawText -Text $row.GPOID)
                })
        }
    }
    $gpos = [System.Collections.Generic.List[object]]::new()
    foreach ($row in $gpoAnswer['rows']) {
        $gpos.Add([ordered]@{
                id = (ConvertTo-RawText -Text $row.id)
                name = (ConvertTo-RawText -Text $row.name)
                guid = (ConvertTo-RawText -Text $row.guidName)
            })
    }
    [ordered]@{ settings = $settings; gpos = $gpos }
}

function Read-PreferenceFile {
    [CmdletBinding()]
    param($Path)
    $reader = $null
    try {
        $content = Read-FileContent -Path $Path -MaximumLength $MaximumFile
        if ($null -eq $content) {
            return New-RawError -Code too_big -Path $Path -Message "longer than $MaximumFile bytes"
        }
        $options = [System.Xml.XmlReaderSettings]::new()
        $options.DtdProcessing = [System.Xml.DtdProcessing]::Prohibit
        $options.XmlResolver = $null
        $options.MaxCharactersInDocument = $MaximumFile
        $reader = [System.Xml.XmlReader]::Create([System.IO.MemoryStream]::new($content), $options)
        $items = [System.Collections.Generic.List[object]]::new()
        $uid = $null
        while ($reader.Read()) {
            if ($reader.NodeType -ne [System.Xml.XmlNodeType]::Element) {
                continue
            }
            if ($reader.LocalName -eq 'Registry') {
                $uid = $reader.GetAttribute('uid')
            } elseif ($reader.LocalName -eq 'Properties') {
                $key = $reader.GetAttribute('key')
                $name = $reader.GetAttribute('name')
                if ($Relevant.IsMatch($key + "`n" + $name)) {
                    $items.Add([ordered]@{
                            uid = $uid
                            hive = $reader.GetAttribute('hive')
                            key = $key
                            name = $name
                            type = $reader.GetAttribute('type')
                            action = $reader.GetAttribute('action')
                        })
                }
            }
        }
        [ordered]@{
            path = $Path
            last_write = (ConvertTo-RawTime -Time ([System.IO.File]::GetLastWriteTimeUtc($Path)))
            items = $items
        }
    } catch {
        ConvertTo-RawError -Path $Path -Exception $_.Exception
    } finally {
        if ($null -ne $reader) {
            $reader.Close()
        }
    }
}

function Get-RawPreference {
    <#
    .SYNOPSIS
    Registry items of Group Policy Preferences by their history on this host.
    .PARAMETER Path
    The history folder.
    #>
    [CmdletBinding()]
    [OutputType([System.Collections.Specialized.OrderedDictionary])]
    param(
        [Parameter(Mandatory = $true)]
        [string]$Path
    )
    try {
        $files = [System.Collections.Generic.List[object]]::new()
        $result = [ordered]@{ path = $Path; exists = (Test-RawPath -Path $Path); files = $files }
        if ($result['exists']) {
            $found = Find-RawFile -Path $Path -Name 'Registry.xml' -Pattern '(?i)^[^\\]+\\(?:.*\\)?Machine\\Preferences\\Registry\\Registry\.xml$'
            foreach ($file in $found['files']) {
                $files.Add((Read-PreferenceFile -Path $file))
            }
            $files.AddRange($found['errors'])
        }
        $result
    } catch {
        ConvertTo-RawError -Path $Path -Exception $_.Exception
    }
}

function Get-RawPolicyFile {
    <#
    .SYNOPSIS
    POL of the contract.
    .PARAMETER Path
    A Registry.pol, as results name it.
    #>
    [CmdletBinding()]
    [OutputType([System.Collections.Specialized.OrderedDictionary])]
    param(
        [Parameter(Mandatory = $true)]
        [string]$Path
    )
    try {
        $openable = Get-OpenablePath -Path $Path
        $entries = [System.Collections.Generic.List[object]]::new()
        $result = [ordered]@{ path = $Path; exists = (Test-RawPath -Path $openable); last_write = $null; entries = $entries }
        if ($result['exists']) {
            $result['last_write'] = ConvertTo-RawTime -Time ([System.IO.File]::GetLastWriteTimeUtc($openable))
            $content = Read-FileContent -Path $openable -MaximumLength $MaximumFile
            if ($null -eq $content) {
                return New-RawError -Code too_big -Path $Path -Message "longer than $MaximumFile bytes"
            }
            foreach ($entry in [WsusCompliance.PolicyFile]::Parse($content, $Relevant)) {
                $entries.Add([ordered]@{
                        key = (ConvertTo-RawText -Text $entry.Key)
                        value_name = (ConvertTo-RawText -Text $entry.ValueName)
                        type = $entry.Type
                    })
            }
        }
        $result
    } catch {
        ConvertTo-RawError -Path $Path -Exception $_.Exception
    }
}

function Get-RawDomainPolicy {
    <#
    .SYNOPSIS
    POL of each cached Registry.pol of the domain's GPOs.
    .PARAMETER Path
    The DataStore folder, as results name it.
    #>
    [CmdletBinding()]
    [OutputType([System.Collections.Specialized.OrderedDictionary])]
    param(
        [Parameter(Mandatory = $true)]
        [string]$Path
    )
    try {
        $files = [System.Collections.Generic.List[object]]::new()
        $result = [ordered]@{ path = $Path; exists = (Test-RawPath -Path (Get-OpenablePath -Path $Path)); files = $files }
        if ($result['exists']) {
            $found = Find-RawFile -Path $Path -Name 'Registry.pol' -Pattern '(?i)(?:^|\\)Machine\\Registry\.pol$'
            foreach ($file in $found['files']) {
                $files.Add((Get-RawPolicyFile -Path $file))
            }
            $files.AddRange($found['errors'])
        }
        $result
    } catch {
        ConvertTo-RawError -Path $Path -Exception $_.Exception
    }
}

Export-ModuleMember -Function Test-RawPolicyTarget, Get-RawRsop, Get-RawPreference, Get-RawPolicyFile, Get-RawDomainPolicy
