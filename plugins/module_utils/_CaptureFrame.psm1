# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

# FOR INTERNAL COLLECTION USE ONLY
# The interfaces in this file are meant for use within this collection and may change in any release.

# The frames of a trace that netsh wrote, as events of the provider NDIS-PacketCapture. Only frames of the wanted ports get out of the
# host: a trace has all that went over its network.

$Query = "*[System[Provider[@Name='Microsoft-Windows-NDIS-PacketCapture'] and EventID=1001]]"
# keywords of the provider: a frame is one event, or begins and ends with one
$PacketStart = 1073741824L
$PacketEnd = 2147483648L
# wireless LAN and WAN: no Ethernet frames
$OtherMedia = 66048L
$MaximumFrame = 262144
$EpochTicks = 621355968000000000L
$DnsPort = 53

function Open-CaptureReader {
    <#
    .SYNOPSIS
    Reader of the frames' events, oldest first: as Get-WinEvent -Path -Oldest, but one at a time.
    .PARAMETER File
    The trace.
    #>
    [CmdletBinding()]
    param(
        [Parameter(Mandatory = $true)]
        [string]$File
    )
    $wanted = [System.Diagnostics.Eventing.Reader.EventLogQuery]::new($File, [System.Diagnostics.Eventing.Reader.PathType]::FilePath, $Query)
    [System.Diagnostics.Eventing.Reader.EventLogReader]::new($wanted)
}

function Test-WantedFrame {
    <#
    .SYNOPSIS
    Whether an Ethernet frame is IP and of a wanted TCP port, or DNS. What can't be told is not.
    .PARAMETER Frame
    Its bytes.
    .PARAMETER Port
    The TCP ports.
    #>
    [CmdletBinding()]
    [OutputType([bool])]
    param(
        [Parameter(Mandatory = $true)]
        [AllowEmptyCollection()]
        [byte[]]$Frame,

        [Parameter(Mandatory = $true)]
        [object[]]$Port
    )
    $length = $Frame.Length
    $place = 12
    # tags of virtual LANs
    while ($length -ge $place + 6 -and (256 * $Frame[$place] + $Frame[$place + 1]) -in 0x8100, 0x88A8) {
        $place += 4
    }
    if ($length -lt $place + 30) {
        return $false
    }
    $type = 256 * $Frame[$place] + $Frame[$place + 1]
    $place += 2
    if ($type -eq 0x0800) {
        # the later parts of a packet in parts have no ports
        if (256 * ($Frame[$place + 6] -band 31) + $Frame[$place + 7]) {
            return $false
        }
        $protocol = $Frame[$place + 9]
        $place += 4 * ($Frame[$place] -band 15)
    } elseif ($type -eq 0x86DD) {
        $protocol = $Frame[$place + 6]
        $place += 40
    } else {
        return $false
    }
    if ($length -lt $place + 4) {
        return $false
    }
    $ends = (256 * $Frame[$place] + $Frame[$place + 1]), (256 * $Frame[$place + 2] + $Frame[$place + 3])
    if ($protocol -eq 6) {
        return $ends[0] -in $Port -or $ends[1] -in $Port
    }
    $protocol -eq 17 -and $ends -contains $DnsPort
}

function Write-Frame {
    [CmdletBinding()]
    param([System.IO.Stream]$Stream, $Time, [long]$Interface, [byte[]]$Frame)
    $Stream.Write([BitConverter]::GetBytes([long]($Time.ToUniversalTime().Ticks - $EpochTicks)), 0, 8)
    $Stream.Write([BitConverter]::GetBytes([uint32]$Interface), 0, 4)
    $Stream.Write([BitConverter]::GetBytes([uint32]$Frame.Length), 0, 4)
    $Stream.Write($Frame, 0, $Frame.Length)
}

function Write-CaptureFrame {
    <#
    .SYNOPSIS
    Writes the wanted frames of a trace as docs/reference/capture_host.md has them. {"packets", "left_out"}.
    .PARAMETER File
    The trace.
    .PARAMETER Path
    The file to write.
    .PARAMETER Port
    The TCP ports.
    #>
    [CmdletBinding()]
    [OutputType([System.Collections.Specialized.OrderedDictionary])]
    param(
        [Parameter(Mandatory = $true)]
        [string]$File,

        [Parameter(Mandatory = $true)]
        [string]$Path,

        [Parameter(Mandatory = $true)]
        [object[]]$Port
    )
    $packets = 0L
    $leftOut = 0L
    $frame = $null
    $stream = [System.IO.FileStream]::new($Path, [System.IO.FileMode]::Create, [System.IO.FileAccess]::Write, [System.IO.FileShare]::None)
    $reader = $null
    try {
        $reader = Open-CaptureReader -File $File
        $record = $reader.ReadEvent()
        while ($null -ne $record) {
            $keywords = [long]$record.Keywords
            $values = $record.Properties
            $part = $values[3].Value
            $begins = 0 -ne ($keywords -band $PacketStart)
            if ($begins) {
                if ($null -ne $frame) {
                    # its end is missing
                    $leftOut += 1
                }
                $frame = [System.IO.MemoryStream]::new()
            }
            if ($null -ne $frame -and $part -is [byte[]] -and $frame.Length + $part.Length -le $MaximumFrame) {
                $frame.Write($part, 0, $part.Length)
                if (0 -ne ($keywords -band $PacketEnd)) {
                    $whole = $frame.ToArray()
                    $frame = $null
                    if (0 -eq ($keywords -band $OtherMedia) -and (Test-WantedFrame -Frame $whole -Port $Port)) {
                        Write-Frame -Stream $stream -Time $record.TimeCreated -Interface $values[1].Value -Frame $whole
                        $packets += 1
                    } else {
                        $leftOut += 1
                    }
                }
            } else {
                # no begin, no bytes, or too many
                $frame = $null
                $leftOut += 1
            }
            $record.Dispose()
            $record = $reader.ReadEvent()
        }
    } finally {
        if ($null -ne $reader) {
            $reader.Dispose()
        }
        $stream.Dispose()
    }
    if ($null -ne $frame) {
        $leftOut += 1
    }
    [ordered]@{ packets = $packets; left_out = $leftOut }
}

Export-ModuleMember -Function Write-CaptureFrame
