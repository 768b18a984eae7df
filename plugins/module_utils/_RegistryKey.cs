// Copyright (c) 2026 wsus.compliance contributors
// GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

// FOR INTERNAL COLLECTION USE ONLY
// The interfaces in this file are meant for use within this collection and may change in any release.

using Microsoft.Win32;
using Microsoft.Win32.SafeHandles;
using System;
using System.ComponentModel;
using System.Runtime.InteropServices;

//TypeAccelerator -Name WsusCompliance.RegistryKeyInfo -TypeName RegistryKeyInfo

namespace ansible_collections.wsus.compliance.plugins.module_utils._RegistryKey
{
    internal static class NativeMethods
    {
        [DllImport("advapi32.dll", CharSet = CharSet.Unicode, ExactSpelling = true)]
        public static extern int RegQueryInfoKeyW(
            SafeRegistryHandle hKey,
            IntPtr lpClass,
            IntPtr lpcchClass,
            IntPtr lpReserved,
            IntPtr lpcSubKeys,
            IntPtr lpcbMaxSubKeyLen,
            IntPtr lpcbMaxClassLen,
            IntPtr lpcValues,
            IntPtr lpcbMaxValueNameLen,
            IntPtr lpcbMaxValueLen,
            IntPtr lpcbSecurityDescriptor,
            out long lpftLastWriteTime);
    }

    /// <summary>What .NET's RegistryKey does not tell about a key.</summary>
    public static class RegistryKeyInfo
    {
        /// <summary>Time of the last change of the key itself or of one of its values, UTC.</summary>
        public static DateTime GetLastWriteTime(RegistryKey key)
        {
            long fileTime;
            int result = NativeMethods.RegQueryInfoKeyW(key.Handle, IntPtr.Zero, IntPtr.Zero, IntPtr.Zero, IntPtr.Zero, IntPtr.Zero,
                IntPtr.Zero, IntPtr.Zero, IntPtr.Zero, IntPtr.Zero, IntPtr.Zero, out fileTime);
            if (result != 0)
                throw new Win32Exception(result);
            return DateTime.FromFileTimeUtc(fileTime);
        }
    }
}
