# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

# FOR INTERNAL COLLECTION USE ONLY
# The interfaces in this file are meant for use within this collection and may change in any release.

#AnsibleRequires -PowerShell ansible_collections.wsus.compliance.plugins.module_utils._File
#AnsibleRequires -PowerShell ansible_collections.wsus.compliance.plugins.module_utils._Hash
#AnsibleRequires -PowerShell ansible_collections.wsus.compliance.plugins.module_utils._JournalFolder
#AnsibleRequires -PowerShell ansible_collections.wsus.compliance.plugins.module_utils._JournalRead
#AnsibleRequires -PowerShell ansible_collections.wsus.compliance.plugins.module_utils._Outcome
#AnsibleRequires -PowerShell ansible_collections.wsus.compliance.plugins.module_utils._Program
#AnsibleRequires -PowerShell ansible_collections.wsus.compliance.plugins.module_utils._System

# Operations of kind package: an update of Windows, from its copy on this host into Component Based Servicing.

$ServicingKey = 'HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Component Based Servicing\Packages'
# install pending, installed, permanent
$InstalledState = 0x60, 0x70, 0x80
$RollupName = '^Package_for_RollupFix~[^~]*~[^~]*~[^~]*~([0-9]{1,6})\.([0-9]{1,6})\.'
$PackageName = [regex]'^[A-Za-z0-9][A-Za-z0-9._-]{0,150}\.(msu|cab)\z'
$ExpandSeconds = 1800
$InstallSeconds = 7200
# the copy, and what is expanded of it
$SpaceFactor = 2

function Get-PackageFolder {
    <#
    .SYNOPSIS
    The folder of the copies of packages, beside that of the journals.
    #>
    [CmdletBinding()]
    [OutputType([string])]
    param()
    '{0}\package' -f [System.IO.Path]::GetDirectoryName((Get-JournalFolder))
}

function Test-PackageName {
    <#
    .SYNOPSIS
    Whether it is the name of an .msu or .cab, and nothing more.
    .PARAMETER Name
    The name.
    #>
    [CmdletBinding()]
    [OutputType([bool])]
    param(
        [Parameter(Mandatory = $true)]
        [AllowEmptyString()]
        [string]$Name
    )
    $PackageName.IsMatch($Name)
}

function ConvertTo-Package {
    <#
    .SYNOPSIS
    The members of an operation that say which package, in their form. Throws where they are malformed.
    .PARAMETER Raw
    The operation as it came.
    #>
    [CmdletBinding()]
    [OutputType([System.Collections.Specialized.OrderedDictionary])]
    param(
        [Parameter(Mandatory = $true)]
        [System.Collections.IDictionary]$Raw
    )
    $result = [ordered]@{ path = $null; name = [string]$Raw['name']; kb = [string]$Raw['kb'] }
    if (-not (Test-PackageName -Name $result['name'])) {
        throw [System.ArgumentException]"'$($result['name'])' is no name of a package"
    }
    if ($result['kb'] -notmatch '^KB[0-9]{1,9}\z') {
        throw [System.ArgumentException]'kb is not KB and digits'
    }
    foreach ($name in 'build', 'number', 'size') {
        $result[$name] = [long]$Raw[$name]
    }
    $result['sha256'] = ([string]$Raw['sha256']).ToLowerInvariant()
    if ($result['sha256'] -notmatch '^[0-9a-f]{64}\z') {
        throw [System.ArgumentException]'sha256 is not 64 hex digits'
    }
    if ($null -ne $Raw['path']) {
        # nothing else may be installed, or removed afterwards
        if ([string]$Raw['path'] -ne "$(Get-PackageFolder)\$($result['name'])") {
            throw [System.ArgumentException]"its path is not that of the copy in $(Get-PackageFolder)"
        }
        $result['path'] = [string]$Raw['path']
    }
    $result
}

function ConvertTo-PackageState {
    <#
    .SYNOPSIS
    {"installed"} in the form in which states are compared. Throws where it is none.
    .PARAMETER State
    The state as it came.
    #>
    [CmdletBinding()]
    [OutputType([System.Collections.Specialized.OrderedDictionary])]
    param(
        [Parameter(Mandatory = $true)]
        [System.Collections.IDictionary]$State
    )
    if ($State['installed'] -isnot [bool]) {
        throw [System.ArgumentException]'it does not say whether the package is installed'
    }
    [ordered]@{ installed = $State['installed'] }
}

function Get-PackageState {
    <#
    .SYNOPSIS
    {"installed"}: whether the package, or a later rollup, is installed or waits for a restart of Windows to be; or ERROR.
    .PARAMETER Package
    What ConvertTo-Package made.
    #>
    [CmdletBinding()]
    [OutputType([System.Collections.Specialized.OrderedDictionary])]
    param(
        [Parameter(Mandatory = $true)]
        [System.Collections.IDictionary]$Package
    )
    $known = Get-RawPackageList -Path $ServicingKey
    if ($known.Contains('error')) {
        return $known
    }
    if (-not $known['exists']) {
        return New-RawError -Code unreadable -Message "$ServicingKey is not there"
    }
    $installed = $false
    foreach ($one in $known['rollups']) {
        $match = [regex]::Match($one['name'], $RollupName)
        if ($match.Success -and [long]$match.Groups[1].Value -eq $Package['build'] -and [long]$match.Groups[2].Value -ge $Package['number'] -and
            $one['state'] -in $InstalledState) {
            $installed = $true
        }
    }
    foreach ($one in $known['kbs']) {
        if ($one['name'].StartsWith("Package_for_$($Package['kb'])~", [System.StringComparison]::OrdinalIgnoreCase) -and
            $one['state'] -in $InstalledState) {
            $installed = $true
        }
    }
    [ordered]@{ installed = $installed }
}

function Get-PackageHindrance {
    <#
    .SYNOPSIS
    ERROR where it is clear beforehand that the package can't be installed: no copy, another file, or DISM is at work; else null.
    .PARAMETER Package
    What ConvertTo-Package made.
    #>
    [CmdletBinding()]
    param(
        [Parameter(Mandatory = $true)]
        [System.Collections.IDictionary]$Package
    )
    try {
        $path = $Package['path']
        if (-not [System.IO.File]::Exists($path)) {
            return New-RawError -Code not_found -Message "there is no copy of $($Package['name']) on this host"
        }
        $size = [System.IO.FileInfo]::new($path).Length
        if ($size -ne $Package['size'] -or (Get-FileSha256 -Path $path) -ne $Package['sha256']) {
            return New-RawError -Code package_corrupt -Message "$path ($size bytes) is not the file of the controller ($($Package['size']) bytes)"
        }
        if (Test-ProgramRuns -Name dism) {
            New-RawError -Code busy -Message 'DISM installs something already'
        }
    } catch {
        ConvertTo-RawError -Exception $_.Exception
    }
}

function Expand-Package {
    <#
    .SYNOPSIS
    The path of the cabinet that DISM takes: that within an .msu. Throws where there is not exactly one.
    .PARAMETER Path
    The .msu or .cab.
    #>
    [CmdletBinding()]
    [OutputType([string])]
    param(
        [Parameter(Mandatory = $true)]
        [string]$Path
    )
    if ($Path -notmatch '\.msu\z') {
        return $Path
    }
    $folder = "$(Get-PackageFolder)\expanded"
    $null = [System.IO.Directory]::CreateDirectory($folder)
    $program = Get-System32Path -Child 'expand.exe'
    # DISM takes an .msu only for an image that is not running; WSUSSCAN.cab, which lies beside the package, is none
    $ended = Invoke-Program -Path (Get-OpenablePath -Path $program) -Argument "`"$Path`" -F:Windows*.cab `"$folder`"" -Seconds $ExpandSeconds
    if ($ended['exit_code'] -ne 0) {
        throw [System.InvalidOperationException]"$program ended with exit code $($ended['exit_code']): $($ended['output'])"
    }
    $found = [System.IO.Directory]::GetFiles($folder)
    if ($found.Length -ne 1) {
        throw [System.InvalidOperationException]"$Path holds $($found.Length) packages, not one"
    }
    $found[0]
}

function Install-Rollup {
    <#
    .SYNOPSIS
    Installs a package through DISM. Throws where DISM does not say that it has.
    .PARAMETER Package
    What ConvertTo-Package made.
    #>
    [CmdletBinding(SupportsShouldProcess = $true)]
    param(
        [Parameter(Mandatory = $true)]
        [System.Collections.IDictionary]$Package
    )
    if (-not $PSCmdlet.ShouldProcess($Package['name'])) {
        return
    }
    $cabinet = Expand-Package -Path $Package['path']
    # Windows lies in a folder without blanks
    $program = Get-System32Path -Child 'dism.exe'
    $ended = Invoke-SeparateProgram -Seconds $InstallSeconds -CommandLine "$program /Online /Add-Package /PackagePath:`"$cabinet`" /Quiet /NoRestart"
    if ($ended['running']) {
        throw [System.TimeoutException]"$program still runs after $InstallSeconds seconds"
    }
    # 3010: Windows must be restarted; null: it ended at once, and what is installed now tells
    if ($ended['exit_code'] -notin 0, 3010, $null) {
        throw [System.InvalidOperationException]('{0} ended with exit code {1} (0x{1:x8})' -f $program, $ended['exit_code'])
    }
}

function Clear-PackageFolder {
    <#
    .SYNOPSIS
    Removes what the folder of packages holds.
    #>
    [CmdletBinding()]
    param()
    $folder = Get-PackageFolder
    $expanded = "$folder\expanded"
    if ([System.IO.Directory]::Exists($expanded)) {
        [System.IO.Directory]::Delete($expanded, $true)
    }
    if ([System.IO.Directory]::Exists($folder)) {
        foreach ($file in [System.IO.Directory]::GetFiles($folder)) {
            [System.IO.File]::Delete($file)
        }
    }
}

function Remove-PackageCopy {
    <#
    .SYNOPSIS
    Removes the copies of packages, unless DISM reads them: then the next run does. ERROR where it can't.
    #>
    [CmdletBinding(SupportsShouldProcess = $true)]
    param()
    if (-not $PSCmdlet.ShouldProcess((Get-PackageFolder))) {
        return
    }
    try {
        if (Test-ProgramRuns -Name dism) {
            return New-RawError -Code busy -Message 'DISM is at work'
        }
        Clear-PackageFolder
    } catch {
        ConvertTo-RawError -Exception $_.Exception
    }
}

function Initialize-PackageCopy {
    [CmdletBinding()]
    param($Name, $Size)
    $folder = Get-PackageFolder
    $failure = Initialize-ProtectedFolder -Path $folder
    if ($null -eq $failure) {
        $failure = Remove-PackageCopy
    }
    if ($null -ne $failure -or -not $Name) {
        return $failure
    }
    $free = [System.IO.DriveInfo]::new([System.IO.Path]::GetPathRoot($folder)).AvailableFreeSpace
    if ($free -lt $SpaceFactor * $Size) {
        New-RawError -Code disk_full -Message "$folder needs $($SpaceFactor * $Size) bytes for $Name, and $free are free"
    }
}

function Invoke-StagePackage {
    <#
    .SYNOPSIS
    {"changed", "path", "error"} of action stage_package: where a package is to be copied to, after older copies are gone.
    .PARAMETER Name
    Name of the file; empty: copies are only removed.
    .PARAMETER Size
    Its size in bytes.
    #>
    [CmdletBinding()]
    [OutputType([System.Collections.Specialized.OrderedDictionary])]
    param(
        [AllowNull()]
        [AllowEmptyString()]
        [string]$Name,

        [long]$Size
    )
    $lock = Lock-Journal
    $failure = $lock
    if (-not $lock.Contains('error')) {
        try {
            $failure = Initialize-PackageCopy -Name $Name -Size $Size
        } catch {
            $failure = ConvertTo-RawError -Exception $_.Exception
        } finally {
            $lock['stream'].Dispose()
        }
    }
    $path = if ($null -eq $failure -and $Name) { "$(Get-PackageFolder)\$Name" } else { $null }
    [ordered]@{ changed = $null -ne $path; path = $path; error = $(if ($null -ne $failure) { $failure['error'] } else { $null }) }
}

Export-ModuleMember -Function @(
    'Test-PackageName', 'ConvertTo-Package', 'ConvertTo-PackageState', 'Get-PackageState', 'Get-PackageHindrance', 'Install-Rollup', 'Remove-PackageCopy',
    'Invoke-StagePackage')
