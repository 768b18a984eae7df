# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

# FOR INTERNAL COLLECTION USE ONLY
# The interfaces in this file are meant for use within this collection and may change in any release.

#AnsibleRequires -CSharpUtil ansible_collections.wsus.compliance.plugins.module_utils._ProtectedFolder
#AnsibleRequires -PowerShell ansible_collections.wsus.compliance.plugins.module_utils._File
#AnsibleRequires -PowerShell ansible_collections.wsus.compliance.plugins.module_utils._JournalRead
#AnsibleRequires -PowerShell ansible_collections.wsus.compliance.plugins.module_utils._Outcome

# Folders of the collection: nobody but administrators may write there. In that of the journals one process at a time does.

$LockSeconds = 30
$SharingViolation = 0x80070020
$FolderAccess = 'O:BAD:P(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)'
# rights to add, change, remove or take over; generic ones too
$WriteRights = 0x500D0156

function Test-OthersWrite {
    <#
    .SYNOPSIS
    Whether a folder's access list lets anyone write who is not a trusted owner.
    .PARAMETER Path
    The folder.
    #>
    [CmdletBinding()]
    [OutputType([bool])]
    param(
        [Parameter(Mandatory = $true)]
        [string]$Path
    )
    $access = Get-Acl -LiteralPath $Path -ErrorAction Stop
    foreach ($rule in $access.GetAccessRules($true, $true, [System.Security.Principal.SecurityIdentifier])) {
        if ([string]$rule.AccessControlType -eq 'Allow' -and ([int]$rule.FileSystemRights -band $WriteRights) -and
            -not (Test-TrustedOwner -Sid $rule.IdentityReference.Value)) {
            return $true
        }
    }
    $false
}

function Set-FolderAccess {
    <#
    .SYNOPSIS
    Gives a folder the access list that it would have been made with.
    .PARAMETER Path
    The folder.
    #>
    [CmdletBinding(SupportsShouldProcess = $true)]
    param(
        [Parameter(Mandatory = $true)]
        [string]$Path
    )
    if ($PSCmdlet.ShouldProcess($Path)) {
        $access = [System.Security.AccessControl.DirectorySecurity]::new()
        # the access list only: the owner is a trusted one
        $access.SetSecurityDescriptorSddlForm($FolderAccess, 'Access')
        Set-Acl -LiteralPath $Path -AclObject $access -ErrorAction Stop
    }
}

function Initialize-ProtectedFolder {
    <#
    .SYNOPSIS
    Makes a folder and the one that it lies in, or finds them fit; ERROR where they are neither.
    .PARAMETER Path
    That of the journals, or one beside it.
    #>
    [CmdletBinding()]
    param(
        [Parameter(Mandatory = $true)]
        [string]$Path
    )
    try {
        # from the outside in: who owns the outer one may replace the inner one
        foreach ($folder in [System.IO.Path]::GetDirectoryName($Path), $Path) {
            if (-not (Test-RawPath -Path $folder)) {
                [WsusCompliance.ProtectedFolder]::Make($folder, $FolderAccess)
                continue
            }
            $trust = Get-Trust -Path $folder
            if (-not $trust['folder']) {
                return New-RawError -Code journal_failed -Message "$folder is not a folder"
            }
            if (-not $trust['trusted']) {
                return New-RawError -Code journal_untrusted -Message (
                    "$folder is owned by $($trust['owner']), or is a reparse point: nothing that may have been put there is used; look at it and remove it")
            }
            if (Test-OthersWrite -Path $folder) {
                Set-FolderAccess -Path $folder
            }
        }
    } catch {
        ConvertTo-RawError -Exception $_.Exception -Code journal_failed
    }
}

function Test-Busy {
    <#
    .SYNOPSIS
    Whether something was thrown because another process has the file open.
    .PARAMETER Exception
    What was thrown.
    #>
    [CmdletBinding()]
    [OutputType([bool])]
    param(
        [Parameter(Mandatory = $true)]
        [System.Exception]$Exception
    )
    foreach ($link in (Get-ExceptionChain -Exception $Exception)) {
        if ($link -is [System.IO.IOException] -and $link.HResult -eq $SharingViolation) {
            return $true
        }
    }
    $false
}

function Lock-Journal {
    <#
    .SYNOPSIS
    {"stream"}, to be disposed, while this process alone may write journals and what they tell of; or ERROR.
    #>
    [CmdletBinding()]
    [OutputType([System.Collections.IDictionary])]
    param()
    $failure = Initialize-ProtectedFolder -Path (Get-JournalFolder)
    if ($null -ne $failure) {
        return $failure
    }
    $path = "$(Get-JournalFolder)\lock"
    $clock = [System.Diagnostics.Stopwatch]::StartNew()
    while ($true) {
        try {
            # the system closes it when the process dies
            return @{ stream = [System.IO.FileStream]::new(
                    $path, [System.IO.FileMode]::OpenOrCreate, [System.IO.FileAccess]::ReadWrite, [System.IO.FileShare]::None) }
        } catch {
            if (-not (Test-Busy -Exception $_.Exception)) {
                return ConvertTo-RawError -Exception $_.Exception -Code journal_failed
            }
        }
        if ($clock.Elapsed.TotalSeconds -ge $LockSeconds) {
            return New-RawError -Code busy -Message "another run has held $path for $LockSeconds seconds"
        }
        Start-Sleep -Milliseconds 250
    }
}

Export-ModuleMember -Function Initialize-ProtectedFolder, Test-Busy, Lock-Journal
