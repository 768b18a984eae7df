# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The frames of a pcap file, of either byte order, with micro- or nanoseconds.

Source of the format: draft-ietf-opsawg-pcap; the "modified" one with longer headers: Wireshark's libpcap.c.
"""

from __future__ import annotations

from collections.abc import Iterator
from struct import Struct

from .frame import CaptureError, Frame, Skip
from .trouble import Trouble
from .window import Window

# First four bytes -> (byte order, nanoseconds in a unit of the second time field, size of a record's header).
MAGIC = {
    b"\xd4\xc3\xb2\xa1": ("<", 1000, 16),
    b"\xa1\xb2\xc3\xd4": (">", 1000, 16),
    b"\x4d\x3c\xb2\xa1": ("<", 1, 16),
    b"\xa1\xb2\x3c\x4d": (">", 1, 16),
    b"\x34\xcd\xb2\xa1": ("<", 1000, 24),
    b"\xa1\xb2\xcd\x34": (">", 1000, 24),
}
FILE_HEADER = 24
MAX_FRAME = 1024 * 1024
"""No frame is longer; Wireshark's bound is 256 KiB for what networks carry."""


def frames(window: Window, skip: Skip, trouble: Trouble) -> Iterator[Frame]:
    """The frames that ``skip`` does not let out.

    Raises:
        CaptureError: the header of the file is cut off.
    """
    if window.end < FILE_HEADER:
        raise CaptureError(f"is cut off: it has {window.end} bytes, and the header of a pcap file has {FILE_HEADER}")
    order, unit, head = MAGIC[window.data[:4]]
    link = Struct(f"{order}I").unpack_from(window.data, 20)[0] & 0xFFFF
    record = Struct(f"{order}IIII").unpack_from
    offset = FILE_HEADER
    last = -1
    number = 0
    while True:
        data, end = window.data, window.end
        compiled, need = skip.compiled(f"{order}8xI", head)
        safe = end - max(need, head) if not window.eof else end - head
        known = len(skip.layouts)
        want = head
        while offset <= safe:
            for struct, keys, mask in compiled:
                size, key, flags = struct.unpack_from(data, offset)
                if key in keys and not flags & mask:
                    number += 1
                    last = offset
                    offset += head + size
                    break
            else:
                seconds, fraction, size, wire = record(data, offset)
                if size > MAX_FRAME:
                    trouble.cut(f"at byte {window.base + offset} a frame of {size} bytes begins, which can't be")
                    return
                stop = offset + head + size
                if stop > end:
                    want = stop - offset
                    break
                number += 1
                last = offset
                trouble.frames = number
                time = seconds * 1_000_000_000 + fraction * unit
                trouble.saw(time)
                yield Frame(number, time, link, data, offset + head, stop, wire)
                offset = stop
                if len(skip.layouts) != known:
                    break
        trouble.frames = number
        if last >= 0:
            seconds, fraction, _size, _wire = record(data, last)
            trouble.saw(seconds * 1_000_000_000 + fraction * unit)
            last = -1
        if len(skip.layouts) != known:
            continue
        if window.eof:
            if offset != end or window.short:
                trouble.cut(f"the file ends within a frame, after frame {number}")
            return
        offset = window.more(offset, want)
