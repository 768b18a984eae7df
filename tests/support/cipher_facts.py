# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The facts of subset ciphers, made of a few raw values."""

from __future__ import annotations

from ansible_collections.wsus.compliance.plugins.plugin_utils.facts import build_facts
from support.raw_state import answer, ciphers_raw, key, os_raw, reg, schannel_raw

E256G, E128G = "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384", "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"
E256C, E128C = "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384", "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256"
SWS = [E256G, E128G, E256C, E128C]
OLD = [f"{name}_{curve}" for name in (E256C, E128C) for curve in ("P256", "P384")]
NEW_OS = ["2016", "2019", "2022", "2025"]
OLD_OS = ["2012", "2012R2"]
RSA = "TLS_RSA_WITH_AES_256_CBC_SHA256"
FIPS_ON = key(r"HKLM\SYSTEM\CurrentControlSet\Control\Lsa\FipsAlgorithmPolicy", Enabled=1)


def facts(os_id, policy=None, local=None, *, schannel="default", accepted=None):
    subsets = {"os": os_raw(os_id), "ciphers": ciphers_raw(policy, local)}
    if schannel is not None:
        subsets["schannel"] = schannel_raw() if schannel == "default" else schannel
    return build_facts(answer(**subsets), accepted=accepted)["ciphers"]


def functions(*names, **kwargs):
    return {"Functions": reg(",".join(names), **kwargs)}
