// Copyright (c) 2026 wsus.compliance contributors
// GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

// FOR INTERNAL COLLECTION USE ONLY
// The interfaces in this file are meant for use within this collection and may change in any release.

using System;
using System.ComponentModel;
using System.Runtime.InteropServices;

//TypeAccelerator -Name WsusCompliance.ProtectedFolder -TypeName ProtectedFolder

namespace ansible_collections.wsus.compliance.plugins.module_utils._ProtectedFolder
{
    [StructLayout(LayoutKind.Sequential)]
    internal sealed class SecurityAttributes
    {
        public int Length;
        public IntPtr Descriptor;
        public int InheritHandle;
    }

    internal static class NativeMethods
    {
        [DllImport("advapi32.dll", CharSet = CharSet.Unicode, ExactSpelling = true, SetLastError = true)]
        public static extern bool ConvertStringSecurityDescriptorToSecurityDescriptorW(
            string text,
            int revision,
            out IntPtr descriptor,
            IntPtr size);

        [DllImport("kernel32.dll", CharSet = CharSet.Unicode, ExactSpelling = true, SetLastError = true)]
        public static extern bool CreateDirectoryW(string path, SecurityAttributes attributes);

        [DllImport("kernel32.dll", CharSet = CharSet.Unicode, ExactSpelling = true)]
        public static extern IntPtr LocalFree(IntPtr memory);
    }

    /// <summary>A folder that nobody else can write to, from its first moment on. .NET Framework and .NET have no common way to make one.</summary>
    public static class ProtectedFolder
    {
        private const int SddlRevision1 = 1;

        /// <summary>Makes the folder; one that is there already is an error.</summary>
        public static void Make(string path, string sddl)
        {
            SecurityAttributes attributes = new SecurityAttributes();
            if (!NativeMethods.ConvertStringSecurityDescriptorToSecurityDescriptorW(sddl, SddlRevision1, out attributes.Descriptor, IntPtr.Zero))
                throw new Win32Exception(Marshal.GetLastWin32Error());
            attributes.Length = Marshal.SizeOf(attributes);
            attributes.InheritHandle = 0;
            bool made = NativeMethods.CreateDirectoryW(path, attributes);
            int error = Marshal.GetLastWin32Error();
            NativeMethods.LocalFree(attributes.Descriptor);
            if (!made)
                throw new Win32Exception(error);
        }
    }
}
