# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

# FOR INTERNAL COLLECTION USE ONLY
# The interfaces in this file are meant for use within this collection and may change in any release.

#AnsibleRequires -PowerShell ansible_collections.wsus.compliance.plugins.module_utils._Outcome

# The WSUS administration API: reaches the server, and reads named properties of its objects one by one.

function Get-WsusApiErrorCode {
    <#
    .SYNOPSIS
    The contract's code for what the API threw.
    .PARAMETER Exception
    What was caught.
    #>
    [CmdletBinding()]
    [OutputType([string])]
    param(
        [Parameter(Mandatory = $true)]
        [System.Exception]$Exception
    )
    $code = 'unreadable'
    foreach ($link in (Get-ExceptionChain -Exception $Exception)) {
        $name = $link.GetType().Name
        if ($name -eq 'WebException') {
            $status = if ($null -ne $link.Response) { [int]$link.Response.StatusCode } else { 0 }
            if ($status -eq 503 -or $link.Message -match '\b503\b') {
                return 'service_unavailable'
            }
            $code = if ($status -in 401, 403 -or $link.Message -match '\b40[13]\b') { 'access_denied' } else { 'connection_failed' }
        } elseif ($link -is [System.UnauthorizedAccessException] -or $link -is [System.Security.SecurityException]) {
            return 'access_denied'
        } elseif ($name -in 'WsusInvalidServerException', 'SocketException', 'AuthenticationException') {
            if ($code -eq 'unreadable') {
                $code = 'connection_failed'
            }
        } elseif ($link -is [System.TypeLoadException] -or $link -is [System.BadImageFormatException] -or
            $link -is [System.IO.FileLoadException] -or $link -is [System.IO.FileNotFoundException] -or $link -is [System.MissingMethodException]) {
            $code = 'api_unavailable'
        }
    }
    $code
}

function ConvertTo-WsusApiError {
    <#
    .SYNOPSIS
    ERROR of the contract for what the API threw.
    .PARAMETER Exception
    What was caught.
    #>
    [CmdletBinding()]
    [OutputType([System.Collections.Specialized.OrderedDictionary])]
    param(
        [Parameter(Mandatory = $true)]
        [System.Exception]$Exception
    )
    ConvertTo-RawError -Exception $Exception -Code (Get-WsusApiErrorCode -Exception $Exception)
}

function Get-FullHostName {
    [CmdletBinding()]
    param()
    # by configuration, not by DNS
    try {
        $network = [System.Net.NetworkInformation.IPGlobalProperties]::GetIPGlobalProperties()
        [string]::Join('.', @(@($network.HostName, $network.DomainName) -ne ''))
    } catch {
        $null
    }
}

function Connect-ByAssembly {
    [CmdletBinding()]
    param($Proxy, $CertificateName, $Port)
    $failure = $null
    try {
        return @{ server = $Proxy::GetUpdateServer() }
    } catch {
        $failure = ConvertTo-WsusApiError -Exception $_.Exception
    }
    # A server that speaks only HTTPS answers to the name in its certificate.
    if ($failure['error']['code'] -eq 'connection_failed' -and $Port) {
        $protocols = [int][System.Net.ServicePointManager]::SecurityProtocol
        if ($protocols -ne 0) {
            # 0xC00: TLS 1.2 too, in this process: without strong crypto .NET offers only what a hardened server refuses
            [System.Net.ServicePointManager]::SecurityProtocol = $protocols -bor 0xC00
        }
        $names = [System.Collections.Generic.List[string]]::new()
        foreach ($name in $CertificateName, (Get-FullHostName)) {
            if ($name -and -not $names.Contains($name)) {
                $names.Add($name)
            }
        }
        foreach ($name in $names) {
            try {
                return @{ server = $Proxy::GetUpdateServer($name, $true, $Port) }
            } catch {
                $another = ConvertTo-WsusApiError -Exception $_.Exception
                if ($failure['error']['code'] -eq 'connection_failed') {
                    $failure = $another
                }
            }
        }
    }
    $failure
}

function Connect-WsusApi {
    <#
    .SYNOPSIS
    {"server", "reached_by"}, or ERROR.
    .PARAMETER CertificateName
    ServerCertificateName of WSUS' setup.
    .PARAMETER SslPort
    PortNumber of WSUS' setup where it says UsingSSL; else 0.
    #>
    [CmdletBinding()]
    [OutputType([System.Collections.IDictionary])]
    param(
        [AllowNull()]
        [AllowEmptyString()]
        [string]$CertificateName,

        [int]$SslPort = 0
    )
    if ($PSVersionTable.PSEdition -eq 'Core') {
        return New-RawError -Code api_unavailable -Message (
            'the WSUS administration API needs Windows PowerShell 5.1, this is PowerShell {0}' -f $PSVersionTable.PSVersion)
    }
    $proxy = 'Microsoft.UpdateServices.Administration.AdminProxy' -as [type]
    if ($null -eq $proxy) {
        try {
            $null = [System.Reflection.Assembly]::LoadWithPartialName('Microsoft.UpdateServices.Administration')
            $proxy = 'Microsoft.UpdateServices.Administration.AdminProxy' -as [type]
        } catch {
            # the module may still know where the assembly is
            $proxy = $null
        }
    }
    if ($null -ne $proxy) {
        $answer = Connect-ByAssembly -Proxy $proxy -CertificateName $CertificateName -Port $SslPort
        if ($answer.Contains('server')) {
            $answer['reached_by'] = 'assembly'
        }
        return $answer
    }
    try {
        Import-Module -Name UpdateServices -ErrorAction Stop -WarningAction SilentlyContinue -Verbose:$false
    } catch {
        return New-RawError -Code api_unavailable -Message (
            'neither the assembly Microsoft.UpdateServices.Administration nor the module UpdateServices can be loaded: {0}' -f $_.Exception.Message)
    }
    try {
        @{ server = (Get-WsusServer -ErrorAction Stop); reached_by = 'module' }
    } catch {
        ConvertTo-WsusApiError -Exception $_.Exception
    }
}

function ConvertTo-RawProperty {
    <#
    .SYNOPSIS
    A property's value as the contract writes it: enumerations, GUIDs and versions as text, times TIME, TimeSpans seconds.
    .PARAMETER Value
    What the property holds.
    .PARAMETER MaximumLength
    Text is cut after so many characters; 0: text beyond 65,536 characters is ERROR.
    #>
    [CmdletBinding()]
    param(
        [AllowNull()]
        [object]$Value,

        [int]$MaximumLength = 0
    )
    if ($null -eq $Value -or $Value -is [bool]) {
        return $Value
    }
    if ($Value -is [datetime]) {
        return ConvertTo-RawTime -Time $Value
    }
    if ($Value -is [timespan]) {
        return $Value.TotalSeconds
    }
    if ($Value -isnot [enum] -and $Value.GetType().IsPrimitive -and $Value -isnot [char]) {
        return $Value
    }
    $text = $Value.ToString()
    if ($MaximumLength -eq 0 -and $text.Length -gt 65536) {
        return New-RawError -Code too_big -Message "$($text.Length) characters"
    }
    ConvertTo-RawText -Text $text -MaximumLength $MaximumLength
}

function Find-ApiProperty {
    <#
    .SYNOPSIS
    A property of an API object, its own or one of an interface; null where it has none of this name.
    .PARAMETER InputObject
    The object.
    .PARAMETER Name
    Name of the property.
    #>
    [CmdletBinding()]
    [OutputType([System.Reflection.PropertyInfo])]
    param(
        [Parameter(Mandatory = $true)]
        [object]$InputObject,

        [Parameter(Mandatory = $true)]
        [string]$Name
    )
    $type = $InputObject.GetType()
    $property = $type.GetProperty($Name)
    if ($null -eq $property) {
        foreach ($interface in $type.GetInterfaces()) {
            $property = $interface.GetProperty($Name)
            if ($null -ne $property) {
                break
            }
        }
    }
    $property
}

function Get-RawProperty {
    <#
    .SYNOPSIS
    {NAME: value or ERROR} of named properties of an API object.
    .DESCRIPTION
    By reflection: PowerShell's own member access answers null where a property throws.
    .PARAMETER InputObject
    The object.
    .PARAMETER Name
    Names of its properties.
    .PARAMETER MaximumLength
    See ConvertTo-RawProperty.
    #>
    [CmdletBinding()]
    [OutputType([System.Collections.Specialized.OrderedDictionary])]
    param(
        [Parameter(Mandatory = $true)]
        [object]$InputObject,

        [Parameter(Mandatory = $true)]
        [string[]]$Name,

        [int]$MaximumLength = 0
    )
    $result = [ordered]@{}
    foreach ($one in $Name) {
        try {
            $property = Find-ApiProperty -InputObject $InputObject -Name $one
            $result[$one] = if ($null -eq $property) {
                New-RawError -Code not_found -Message "this version of the API has no property $one"
            } else {
                ConvertTo-RawProperty -Value $property.GetValue($InputObject, $null) -MaximumLength $MaximumLength
            }
        } catch {
            $result[$one] = ConvertTo-WsusApiError -Exception $_.Exception
        }
    }
    $result
}

function Connect-LocalWsus {
    <#
    .SYNOPSIS
    {"server", "reached_by"} of the local server; or ERROR.
    .PARAMETER Setup
    KEY of WSUS' setup: without the role nothing is loaded or called.
    #>
    [CmdletBinding()]
    [OutputType([System.Collections.IDictionary])]
    param(
        [Parameter(Mandatory = $true)]
        [System.Collections.IDictionary]$Setup
    )
    if ($Setup['exists'] -eq $false) {
        return New-RawError -Code role_absent -Message 'the WSUS role is not installed'
    }
    $setting = @{}
    foreach ($name in 'UsingSSL', 'PortNumber', 'ServerCertificateName') {
        if ($Setup.Contains('values') -and $Setup['values'].Contains($name)) {
            $setting[$name] = $Setup['values'][$name]['data']
        }
    }
    $port = if ($setting['UsingSSL'] -eq 1) { $setting['PortNumber'] -as [int] } else { 0 }
    Connect-WsusApi -CertificateName $setting['ServerCertificateName'] -SslPort $port
}

function Get-RawWsusApi {
    <#
    .SYNOPSIS
    What the API tells of the local server; or ERROR.
    .PARAMETER Setup
    KEY of WSUS' setup.
    #>
    [CmdletBinding()]
    [OutputType([System.Collections.Specialized.OrderedDictionary])]
    param(
        [Parameter(Mandatory = $true)]
        [System.Collections.IDictionary]$Setup
    )
    $connection = Connect-LocalWsus -Setup $Setup
    if ($connection.Contains('error')) {
        return $connection
    }
    $server = $connection['server']
    $result = [ordered]@{ reached_by = $connection['reached_by'] }
    $result['server'] = Get-RawProperty -InputObject $server -Name Name, Version, PortNumber, UseSecureConnection, IsConnectionSecureForApiRemoting
    try {
        # never ProxyPassword
        $result['configuration'] = Get-RawProperty -InputObject $server.GetConfiguration() -Name @(
            'MUUrl', 'RedirectorChangeNumber', 'SyncFromMicrosoftUpdate', 'IsReplicaServer', 'UpstreamWsusServerName', 'UpstreamWsusServerPortNumber',
            'UpstreamWsusServerUseSsl', 'UseProxy', 'ProxyName', 'ProxyServerPort', 'ProxyUserName', 'ProxyUserDomain', 'HasProxyPassword',
            'AnonymousProxyAccess', 'AllowProxyCredentialsOverNonSsl', 'UseSeparateProxyForSsl', 'SslProxyName', 'SslProxyServerPort', 'ServerId',
            'OobeInitialized', 'LogFilePath', 'LogLevel', 'LastConfigChange')
    } catch {
        $result['configuration'] = ConvertTo-WsusApiError -Exception $_.Exception
    }
    try {
        $subscription = $server.GetSubscription()
        $result['subscription'] = Get-RawProperty -InputObject $subscription -Name SynchronizeAutomatically
        $result['subscription']['Status'] = try {
            ConvertTo-RawProperty -Value $subscription.GetSynchronizationStatus()
        } catch {
            ConvertTo-WsusApiError -Exception $_.Exception
        }
        $result['last_synchronization'] = try {
            Get-RawProperty -InputObject $subscription.GetLastSynchronizationInfo() -MaximumLength 4000 -Name @(
                'Id', 'StartTime', 'EndTime', 'Result', 'Error', 'ErrorText', 'StartedManually')
        } catch {
            ConvertTo-WsusApiError -Exception $_.Exception
        }
    } catch {
        $failure = ConvertTo-WsusApiError -Exception $_.Exception
        $result['subscription'] = $failure
        $result['last_synchronization'] = $failure
    }
    $result
}

Export-ModuleMember -Function @(
    'ConvertTo-WsusApiError', 'Connect-WsusApi', 'Connect-LocalWsus', 'ConvertTo-RawProperty', 'Find-ApiProperty', 'Get-RawProperty',
    'Get-RawWsusApi')
