# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which restarts a change calls for."""

from __future__ import annotations

import pytest
from ansible_collections.wsus.compliance.plugins.plugin_utils.facts.restart_table import (
    CONFIGURATION,
    PACKAGE,
    restarts_of,
)

S = r"HKLM\SYSTEM\CurrentControlSet\Control\SecurityProviders\SCHANNEL"
POLICY = r"HKLM\SOFTWARE\Policies\Microsoft\Cryptography\Configuration\SSL\00010002"
NET = r"HKLM\SOFTWARE\Microsoft\.NETFramework\v4.0.30319"


@pytest.mark.parametrize(
    ("path", "names", "expected"),
    [
        (NET, ["schusestrongcrypto"], {"iisreset": "required", "reboot": "recommended"}),
        (NET, ["Other"], {}),
        (NET.replace("v4.0.30319", "v2.0.50727"), ["SchUseStrongCrypto"], {"reboot": "recommended"}),
        (NET.replace("Microsoft", "Wow6432Node\\Microsoft"), ["SchUseStrongCrypto"], {"reboot": "recommended"}),
        (r"%SystemRoot%\System32\inetsrv\w3wp.exe.config", None, {"iisreset": "required"}),
        (r"C:\Windows\System32\inetsrv\W3WP.exe.config", None, {"iisreset": "required"}),
        (r"C:\Apps\svc.exe.config", None, {}),
        (rf"{S}\Protocols\TLS 1.2\Client", ["Enabled"],
         {"iisreset": "required", "WsusService": "required", "reboot": "recommended"}),
        (rf"{S}\Protocols\TLS 1.2\Server", ["Enabled"], {"iisreset": "required", "reboot": "recommended"}),
        (rf"{S}\Ciphers\AES 128/128", ["Enabled"], {"iisreset": "recommended", "WsusService": "recommended"}),
        (rf"{S}\KeyExchangeAlgorithms\ECDH", ["Enabled"], {"iisreset": "recommended", "WsusService": "recommended"}),
        (POLICY, ["Functions"], {"reboot": "required"}),
        (CONFIGURATION, None, {"iisreset": "required", "WsusService": "required"}),
        (PACKAGE, None, {"reboot": "required"}),
        ("HKLM\\x", ["y"], {}),
    ],
)  # fmt: skip
def test_restarts(path, names, expected):
    found = restarts_of(path, names)
    assert {need.what: need.need for need in found} == expected
    assert [need.what for need in found] == [name for name in ("iisreset", "WsusService", "reboot") if name in expected]
    assert all(need.reason for need in found)
