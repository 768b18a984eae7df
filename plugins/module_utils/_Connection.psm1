# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

# FOR INTERNAL COLLECTION USE ONLY
# The interfaces in this file are meant for use within this collection and may change in any release.

#AnsibleRequires -CSharpUtil ansible_collections.wsus.compliance.plugins.module_utils._TlsConnection
#AnsibleRequires -PowerShell ansible_collections.wsus.compliance.plugins.module_utils._Outcome
#AnsibleRequires -PowerShell ansible_collections.wsus.compliance.plugins.module_utils._Registry
#AnsibleRequires -PowerShell ansible_collections.wsus.compliance.plugins.module_utils._WsusApi

# Connects to a server step by step, directly or through a proxy, and tells how each step ended (docs/reference/connection.md).

# Numbers of SslProtocols: older versions of .NET Framework have no name for some.
$Protocols = @{
    'default' = 0
    'SSL 3.0' = 48
    'TLS 1.0' = 192
    'TLS 1.1' = 768
    'TLS 1.2' = 3072
    'TLS 1.3' = 12288
}
$MaximumAddresses = 16
$MaximumTried = 4

function Get-RawFailure {
    <#
    .SYNOPSIS
    FAILURE of the contract of a connection's last step; null where it went well.
    .PARAMETER Connection
    The connection.
    #>
    [CmdletBinding()]
    [OutputType([System.Collections.Specialized.OrderedDictionary])]
    param(
        [Parameter(Mandatory = $true)]
        [object]$Connection
    )
    if ($null -eq $Connection.Failure -and -not $Connection.TimedOut) {
        return $null
    }
    $exceptions = [System.Collections.Generic.List[object]]::new()
    if ($null -ne $Connection.Failure) {
        foreach ($link in (Get-ExceptionChain -Exception $Connection.Failure)) {
            $native = $link.NativeErrorCode
            $exceptions.Add([ordered]@{
                    type = $link.GetType().FullName
                    hresult = $link.HResult -band 0xFFFFFFFFL
                    native_code = if ($native -is [int]) { $native -band 0xFFFFFFFFL } else { $null }
                    message = ConvertTo-RawText -Text $link.Message -MaximumLength 500
                })
        }
    }
    [ordered]@{ timed_out = $Connection.TimedOut; exceptions = $exceptions }
}

function Get-RawWsusProxy {
    <#
    .SYNOPSIS
    What WSUS' configuration says of its proxy, by the API's names; or ERROR. Never a password.
    #>
    [CmdletBinding()]
    [OutputType([System.Collections.IDictionary])]
    param()
    $connection = Connect-LocalWsus -Setup (Get-RawRegistryKey -Path 'HKLM\SOFTWARE\Microsoft\Update Services\Server\Setup' -Name @(
            'PortNumber', 'UsingSSL', 'ServerCertificateName'))
    if ($connection.Contains('error')) {
        return $connection
    }
    try {
        Get-RawProperty -InputObject $connection['server'].GetConfiguration() -Name @(
            'UseProxy', 'ProxyName', 'ProxyServerPort', 'UseSeparateProxyForSsl', 'SslProxyName', 'SslProxyServerPort', 'AnonymousProxyAccess',
            'HasProxyPassword')
    } catch {
        ConvertTo-WsusApiError -Exception $_.Exception
    }
}

function Get-ProxyAddress {
    <#
    .SYNOPSIS
    {"host", "port"} of the proxy that WSUS uses for HTTPS; null where it uses none, or none that can be told.
    .PARAMETER Configuration
    What Get-RawWsusProxy answers.
    #>
    [CmdletBinding()]
    [OutputType([System.Collections.IDictionary])]
    param(
        [Parameter(Mandatory = $true)]
        [System.Collections.IDictionary]$Configuration
    )
    if ($Configuration['UseProxy'] -ne $true) {
        return $null
    }
    $name, $port = if ($Configuration['UseSeparateProxyForSsl'] -eq $true) { 'SslProxyName', 'SslProxyServerPort' } else { 'ProxyName', 'ProxyServerPort' }
    $server, $number = $Configuration[$name], $Configuration[$port]
    if ($server -isnot [string] -or $server -eq '' -or $number -isnot [int]) {
        return $null
    }
    @{ host = $server; port = $number }
}

function Get-RawAddressList {
    <#
    .SYNOPSIS
    DNS of the contract: the addresses of a name as this host resolves it.
    .PARAMETER Name
    A host name or an address.
    .PARAMETER Seconds
    How long it may take.
    #>
    [CmdletBinding()]
    [OutputType([System.Collections.Specialized.OrderedDictionary])]
    param(
        [Parameter(Mandatory = $true)]
        [string]$Name,

        [Parameter(Mandatory = $true)]
        [int]$Seconds
    )
    $connection = [WsusCompliance.TlsConnection]::new($Name, 0, 1000 * $Seconds)
    $addresses = [System.Collections.Generic.List[object]]::new()
    foreach ($address in $connection.Resolve()) {
        if ($null -ne $address -and $addresses.Count -lt $MaximumAddresses) {
            $addresses.Add($address.ToString())
        }
    }
    [ordered]@{
        host = $Name
        addresses = $addresses
        milliseconds = $connection.Elapsed
        failure = Get-RawFailure -Connection $connection
    }
}

function Get-RawTcp {
    <#
    .SYNOPSIS
    TCP of the contract: whether an address can be connected to.
    .PARAMETER Address
    The address.
    .PARAMETER Port
    The port.
    .PARAMETER Seconds
    How long it may take.
    #>
    [CmdletBinding()]
    [OutputType([System.Collections.Specialized.OrderedDictionary])]
    param(
        [Parameter(Mandatory = $true)]
        [string]$Address,

        [Parameter(Mandatory = $true)]
        [int]$Port,

        [Parameter(Mandatory = $true)]
        [int]$Seconds
    )
    $connection = [WsusCompliance.TlsConnection]::new($Address, $Port, 1000 * $Seconds)
    try {
        $null = $connection.Connect([System.Net.IPAddress]::Parse($Address), $Port)
        [ordered]@{
            address = $Address
            port = $Port
            milliseconds = $connection.Elapsed
            failure = Get-RawFailure -Connection $connection
        }
    } finally {
        $connection.Close()
    }
}

function ConvertTo-RawHandshake {
    <#
    .SYNOPSIS
    HANDSHAKE of the contract.
    .PARAMETER Connection
    The connection, after its handshake.
    .PARAMETER Negotiated
    What the handshake answered.
    #>
    [CmdletBinding()]
    [OutputType([System.Collections.Specialized.OrderedDictionary])]
    param(
        [Parameter(Mandatory = $true)]
        [object]$Connection,

        [AllowNull()]
        [object]$Negotiated
    )
    $certificates = $null
    if ($null -ne $Connection.Certificates) {
        $certificates = [System.Collections.Generic.List[object]]::new()
        foreach ($certificate in $Connection.Certificates) {
            $certificates.Add([ordered]@{
                    subject = ConvertTo-RawText -Text $certificate.Subject -MaximumLength 1000
                    issuer = ConvertTo-RawText -Text $certificate.Issuer -MaximumLength 1000
                    not_before = ConvertTo-RawTime -Time $certificate.NotBefore
                    not_after = ConvertTo-RawTime -Time $certificate.NotAfter
                    thumbprint = $certificate.Thumbprint
                    status = $certificate.Status
                })
        }
    }
    $told = $null
    if ($null -ne $Negotiated) {
        $told = [ordered]@{
            protocol = $Negotiated.Protocol
            cipher = $Negotiated.Cipher
            cipher_strength = $Negotiated.CipherStrength
            hash = $Negotiated.Hash
            hash_strength = $Negotiated.HashStrength
            key_exchange = $Negotiated.KeyExchange
            key_exchange_strength = $Negotiated.KeyExchangeStrength
        }
    }
    [ordered]@{
        milliseconds = $Connection.Elapsed
        sent = $Connection.Sent()
        received = $Connection.Received()
        first_received = $Connection.FirstReceived()
        negotiated = $told
        policy_errors = if ($null -ne $certificates) { $Connection.PolicyErrors } else { $null }
        chain_status = if ($null -ne $certificates) { $Connection.ChainStatus } else { $null }
        certificates = $certificates
        failure = Get-RawFailure -Connection $Connection
    }
}

function Get-RawAttempt {
    <#
    .SYNOPSIS
    ATTEMPT of the contract: a connection of its own, by one protocol version.
    .PARAMETER Target
    Name of the server.
    .PARAMETER TargetPort
    Its port.
    .PARAMETER Address
    The address to connect to: of the server, or of the proxy.
    .PARAMETER Port
    The port to connect to.
    .PARAMETER Proxied
    Whether that is a proxy.
    .PARAMETER Protocol
    One of the contract's names.
    .PARAMETER Seconds
    How long each step may take.
    #>
    [CmdletBinding()]
    [OutputType([System.Collections.Specialized.OrderedDictionary])]
    param(
        [Parameter(Mandatory = $true)]
        [string]$Target,

        [Parameter(Mandatory = $true)]
        [int]$TargetPort,

        [Parameter(Mandatory = $true)]
        [string]$Address,

        [Parameter(Mandatory = $true)]
        [int]$Port,

        [bool]$Proxied,

        [Parameter(Mandatory = $true)]
        [string]$Protocol,

        [Parameter(Mandatory = $true)]
        [int]$Seconds
    )
    $attempt = [ordered]@{ protocol = $Protocol; address = $Address; tcp = $null; connect = $null; handshake = $null }
    $connection = [WsusCompliance.TlsConnection]::new($Target, $TargetPort, 1000 * $Seconds)
    try {
        if (-not $connection.Connect([System.Net.IPAddress]::Parse($Address), $Port)) {
            $attempt['tcp'] = Get-RawFailure -Connection $connection
            return $attempt
        }
        if ($Proxied) {
            $line = $connection.Tunnel()
            $attempt['connect'] = [ordered]@{
                status_line = if ($null -ne $line) { ConvertTo-RawText -Text $line } else { $null }
                milliseconds = $connection.Elapsed
                failure = Get-RawFailure -Connection $connection
            }
            if ($line -notmatch '^HTTP/1\.[01] 2[0-9]{2}( |$)') {
                return $attempt
            }
        }
        $negotiated = $connection.Handshake($Protocols[$Protocol])
        $attempt['handshake'] = ConvertTo-RawHandshake -Connection $connection -Negotiated $negotiated
        $attempt
    } finally {
        $connection.Close()
    }
}

function Get-RawConnection {
    <#
    .SYNOPSIS
    The member raw of the contract.
    .PARAMETER Target
    Name of the server.
    .PARAMETER Port
    Its port.
    .PARAMETER ProxyFrom
    wsus: what WSUS has configured; given: ProxyName and ProxyPort; none.
    .PARAMETER ProxyName
    Name of the proxy.
    .PARAMETER ProxyPort
    Its port.
    .PARAMETER Protocol
    The contract's names of the versions to try.
    .PARAMETER Seconds
    How long each step may take.
    #>
    [CmdletBinding()]
    [OutputType([System.Collections.Specialized.OrderedDictionary])]
    param(
        [Parameter(Mandatory = $true)]
        [string]$Target,

        [Parameter(Mandatory = $true)]
        [int]$Port,

        [Parameter(Mandatory = $true)]
        [string]$ProxyFrom,

        [AllowEmptyString()]
        [string]$ProxyName,

        [int]$ProxyPort,

        [Parameter(Mandatory = $true)]
        [string[]]$Protocol,

        [Parameter(Mandatory = $true)]
        [int]$Seconds
    )
    $configuration = if ($ProxyFrom -eq 'wsus') { Get-RawWsusProxy } else { $null }
    $proxy = if ($ProxyFrom -eq 'given') {
        @{ host = $ProxyName; port = $ProxyPort }
    } elseif ($null -ne $configuration) {
        Get-ProxyAddress -Configuration $configuration
    }
    $raw = [ordered]@{
        target = [ordered]@{ host = $Target; port = $Port }
        timeout = $Seconds
        proxy = [ordered]@{ from = $ProxyFrom; used = $null -ne $proxy; host = $null; port = $null; dns = $null; configuration = $configuration }
        dns = Get-RawAddressList -Name $Target -Seconds $Seconds
        tcp = [System.Collections.Generic.List[object]]::new()
        attempts = [System.Collections.Generic.List[object]]::new()
    }
    $way = $raw['dns']
    $wayPort = $Port
    if ($null -ne $proxy) {
        $way = Get-RawAddressList -Name $proxy['host'] -Seconds $Seconds
        $wayPort = $proxy['port']
        $raw['proxy']['host'] = ConvertTo-RawText -Text $proxy['host'] -MaximumLength 1000
        $raw['proxy']['port'] = $wayPort
        $raw['proxy']['dns'] = $way
    }
    $reached = $null
    foreach ($address in $way['addresses']) {
        if ($raw['tcp'].Count -eq $MaximumTried) {
            break
        }
        $tcp = Get-RawTcp -Address $address -Port $wayPort -Seconds $Seconds
        $raw['tcp'].Add($tcp)
        if ($null -eq $reached -and $null -eq $tcp['failure']) {
            $reached = $address
        }
    }
    if ($null -ne $reached) {
        foreach ($one in $Protocol) {
            $about = @{ Target = $Target; TargetPort = $Port; Address = $reached; Port = $wayPort; Proxied = $null -ne $proxy }
            $raw['attempts'].Add((Get-RawAttempt @about -Protocol $one -Seconds $Seconds))
        }
    }
    $raw
}

Export-ModuleMember -Function @(
    'Get-RawFailure', 'Get-RawWsusProxy', 'Get-ProxyAddress', 'Get-RawAddressList', 'Get-RawTcp', 'ConvertTo-RawHandshake', 'Get-RawAttempt',
    'Get-RawConnection')
