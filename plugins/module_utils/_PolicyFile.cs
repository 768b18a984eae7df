// Copyright (c) 2026 wsus.compliance contributors
// GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

// FOR INTERNAL COLLECTION USE ONLY
// The interfaces in this file are meant for use within this collection and may change in any release.

using System.Collections.Generic;
using System.IO;
using System.Text;
using System.Text.RegularExpressions;

//TypeAccelerator -Name WsusCompliance.PolicyFile -TypeName PolicyFile

namespace ansible_collections.wsus.compliance.plugins.module_utils._PolicyFile
{
    /// <summary>Names one value of a Registry.pol file; its data is never kept.</summary>
    public sealed class PolicyEntry
    {
        public string Key;
        public string ValueName;
        public long Type;
    }

    /// <summary>
    /// Reader of Registry.pol: "PReg", version 1, then records [key;value;type;size;data] in UTF-16LE.
    /// Every length in the file is distrusted: what does not fit is an InvalidDataException, never a partial answer.
    /// </summary>
    public sealed class PolicyFile
    {
        private const int MaxTextLength = 32767;
        private readonly byte[] content;
        private int position;

        private PolicyFile(byte[] content)
        {
            this.content = content;
        }

        /// <summary>The entries whose "key LF value name" matches; throws InvalidDataException for a damaged file.</summary>
        public static List<PolicyEntry> Parse(byte[] content, Regex relevant)
        {
            return new PolicyFile(content).ReadEntries(relevant);
        }

        private List<PolicyEntry> ReadEntries(Regex relevant)
        {
            if (ReadNumber() != 0x67655250)
                throw Damaged("no PReg signature");
            if (ReadNumber() != 1)
                throw Damaged("unknown version");

            List<PolicyEntry> entries = new List<PolicyEntry>();
            while (position < content.Length)
            {
                PolicyEntry entry = ReadEntry();
                if (relevant.IsMatch(entry.Key + "\n" + entry.ValueName))
                    entries.Add(entry);
            }
            return entries;
        }

        private PolicyEntry ReadEntry()
        {
            PolicyEntry entry = new PolicyEntry();
            Expect('[');
            entry.Key = ReadText();
            Expect(';');
            entry.ValueName = ReadText();
            Expect(';');
            entry.Type = ReadNumber();
            Expect(';');
            long size = ReadNumber();
            Expect(';');
            if (size > content.Length - position)
                throw Damaged("data longer than the file");
            position += (int)size;
            Expect(']');
            return entry;
        }

        private void Expect(char wanted)
        {
            if (ReadChar() != wanted)
                throw Damaged("'" + wanted + "' expected");
        }

        private char ReadChar()
        {
            Require(2);
            char value = (char)(content[position] | content[position + 1] << 8);
            position += 2;
            return value;
        }

        private long ReadNumber()
        {
            Require(4);
            uint value = (uint)(content[position] | content[position + 1] << 8 | content[position + 2] << 16 | content[position + 3] << 24);
            position += 4;
            return value;
        }

        private string ReadText()
        {
            StringBuilder text = new StringBuilder();
            for (char next = ReadChar(); next != '\0'; next = ReadChar())
            {
                if (text.Length == MaxTextLength)
                    throw Damaged("text without end");
                text.Append(next);
            }
            return text.ToString();
        }

        private void Require(int count)
        {
            if (count > content.Length - position)
                throw Damaged("unexpected end");
        }

        private InvalidDataException Damaged(string what)
        {
            return new InvalidDataException("Registry.pol is damaged at byte " + position + ": " + what);
        }
    }
}
