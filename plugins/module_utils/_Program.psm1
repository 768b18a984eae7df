# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

# FOR INTERNAL COLLECTION USE ONLY
# The interfaces in this file are meant for use within this collection and may change in any release.

# Runs programs of Windows to their end.

function Invoke-Program {
    <#
    .SYNOPSIS
    {"exit_code", "output"} of a program; an exit code of null: it was ended after its time.
    .PARAMETER Path
    Full path of the program.
    .PARAMETER Argument
    Its arguments.
    .PARAMETER Seconds
    Its time.
    #>
    [CmdletBinding()]
    [OutputType([hashtable])]
    param(
        [Parameter(Mandatory = $true)]
        [string]$Path,

        [Parameter(Mandatory = $true)]
        [string]$Argument,

        [Parameter(Mandatory = $true)]
        [int]$Seconds
    )
    $start = [System.Diagnostics.ProcessStartInfo]::new($Path, $Argument)
    $start.UseShellExecute = $false
    $start.CreateNoWindow = $true
    $start.RedirectStandardOutput = $true
    $start.RedirectStandardError = $true
    $process = [System.Diagnostics.Process]::Start($start)
    try {
        # both at once: a program that fills one pipe would wait for ever
        $readers = $process.StandardOutput.ReadToEndAsync(), $process.StandardError.ReadToEndAsync()
        $code = $null
        if ($process.WaitForExit(1000 * $Seconds)) {
            $code = $process.ExitCode
        } else {
            $process.Kill()
        }
        # a child of it may hold the pipes
        $texts = foreach ($reader in $readers) {
            if ($reader.Wait(5000)) { $reader.Result }
        }
        @{ exit_code = $code; output = ($texts -join ' ').Trim() }
    } finally {
        $process.Dispose()
    }
}

function Invoke-SeparateProgram {
    <#
    .SYNOPSIS
    {"exit_code", "running"} of a program that goes on whatever becomes of this process.
    .DESCRIPTION
    CIM starts it, outside of the job of the remote shell, which ends all that it has started when the connection does. The exit code is null
    where the program has ended before it could be watched, or still runs after its time: it is never ended.
    .PARAMETER CommandLine
    Full path of the program, in quotes where it has blanks, and its arguments.
    .PARAMETER Seconds
    How long to wait for its end.
    #>
    [CmdletBinding()]
    [OutputType([hashtable])]
    param(
        [Parameter(Mandatory = $true)]
        [string]$CommandLine,

        [Parameter(Mandatory = $true)]
        [int]$Seconds
    )
    $started = Invoke-CimMethod -ClassName Win32_Process -MethodName Create -Arguments @{ CommandLine = $CommandLine } -ErrorAction Stop
    if ($started.ReturnValue -ne 0) {
        throw [System.InvalidOperationException]"Win32_Process.Create answered $($started.ReturnValue) for $CommandLine"
    }
    try {
        $process = [System.Diagnostics.Process]::GetProcessById($started.ProcessId)
    } catch [System.ArgumentException] {
        return @{ exit_code = $null; running = $false }
    }
    try {
        # without its handle, .NET does not tell the exit code of a process that something else has started
        $null = $process.Handle
        if ($process.WaitForExit(1000 * $Seconds)) {
            return @{ exit_code = $process.ExitCode; running = $false }
        }
        @{ exit_code = $null; running = $true }
    } finally {
        $process.Dispose()
    }
}

function Test-ProgramRuns {
    <#
    .SYNOPSIS
    Whether a program runs, whoever has started it.
    .PARAMETER Name
    Name of its file without .exe.
    #>
    [CmdletBinding()]
    [OutputType([bool])]
    param(
        [Parameter(Mandatory = $true)]
        [string]$Name
    )
    @([System.Diagnostics.Process]::GetProcessesByName($Name)).Count -gt 0
}

Export-ModuleMember -Function Invoke-Program, Invoke-SeparateProgram, Test-ProgramRuns
