// Copyright (c) 2026 wsus.compliance contributors
// GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

// FOR INTERNAL COLLECTION USE ONLY
// The interfaces in this file are meant for use within this collection and may change in any release.

using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Threading.Tasks;

//TypeAccelerator -Name WsusCompliance.TlsConnection -TypeName TlsConnection

// The members of SslStream that tell of algorithms are marked as obsolete in newer .NET than Windows ships.
//NoWarn -Name SYSLIB0058 -CLR Core

namespace ansible_collections.wsus.compliance.plugins.module_utils._TlsConnection
{
    /// <summary>Hands everything on to a connection, counts it, and keeps the first bytes that came: they tell
    /// an alert, or the suite that the server chose, which SslStream of .NET Framework does not.</summary>
    internal sealed class RecordedStream : Stream
    {
        // More than what a ServerHello has up to its cipher suite: 5 + 4 + 2 + 32 + 1 + 32 + 2.
        private const int Kept = 96;
        private readonly NetworkStream inner;
        private readonly StringBuilder first = new StringBuilder();
        public long Sent;
        public long Received;

        public RecordedStream(NetworkStream inner)
        {
            this.inner = inner;
        }

        public override bool CanRead { get { return true; } }

        public override bool CanSeek { get { return false; } }

        public override bool CanWrite { get { return true; } }

        public override long Length { get { throw new NotSupportedException(); } }

        public override long Position { get { throw new NotSupportedException(); } set { throw new NotSupportedException(); } }

        public string First()
        {
            return first.ToString();
        }

        public override void Flush()
        {
            inner.Flush();
        }

        public override int Read(byte[] buffer, int offset, int count)
        {
            int got = inner.Read(buffer, offset, count);
            for (int index = 0; index < got && Received + index < Kept; index += 1)
            {
                byte one = buffer[offset + index];
                first.Append(one.ToString("x2"));
            }
            Received += got;
            return got;
        }

        public override void Write(byte[] buffer, int offset, int count)
        {
            inner.Write(buffer, offset, count);
            Sent += count;
        }

        public override long Seek(long offset, SeekOrigin origin)
        {
            throw new NotSupportedException();
        }

        public override void SetLength(long length)
        {
            throw new NotSupportedException();
        }
    }

    /// <summary>A certificate of the server's chain as this host built it; status: flags of X509ChainStatusFlags.</summary>
    public sealed class ChainCertificate
    {
        public string Subject;
        public string Issuer;
        public DateTime NotBefore;
        public DateTime NotAfter;
        public string Thumbprint;
        public int Status;
    }

    /// <summary>What SslStream tells of a handshake that was completed: numbers of its enumerations, and bits.</summary>
    public sealed class Negotiated
    {
        public int Protocol;
        public int Cipher;
        public int CipherStrength;
        public int Hash;
        public int HashStrength;
        public int KeyExchange;
        public int KeyExchangeStrength;
    }

    /// <summary>
    /// One connection, step by step. A step says whether it ended well within its time, and leaves in Failure what was
    /// thrown; TimedOut where it did not end. Each step runs on a thread of its own, as only some of them have timeouts.
    /// </summary>
    public sealed class TlsConnection
    {
        private const int MaxHead = 8192;
        private const int MaxStatusLine = 512;
        private const int MaxCertificates = 16;
        private readonly int milliseconds;
        private readonly string name;
        private readonly int port;
        private TcpClient client;
        private IPAddress address;
        private int addressPort;
        private int protocols;
        private IPAddress[] found;
        private RecordedStream stream;
        private string statusLine;
        private Negotiated negotiated;

        public Exception Failure;
        public bool TimedOut;
        public long Elapsed;
        // null as long as the server's certificate was not looked at: then the two numbers below mean nothing.
        public List<ChainCertificate> Certificates;
        public int PolicyErrors;
        public int ChainStatus;

        /// <summary>A connection to a server, whose name the handshake and a proxy are told.</summary>
        public TlsConnection(string name, int port, int milliseconds)
        {
            this.name = name;
            this.port = port;
            this.milliseconds = milliseconds;
        }

        /// <summary>The addresses of the server; null where the step failed.</summary>
        public IPAddress[] Resolve()
        {
            return Run(new Action(this.Look)) ? found : null;
        }

        /// <summary>Connects to the server or to a proxy.</summary>
        public bool Connect(IPAddress address, int port)
        {
            this.address = address;
            addressPort = port;
            return Run(new Action(this.Open));
        }

        /// <summary>Asks the proxy for the server, without credentials; the status line of its answer, or null.</summary>
        public string Tunnel()
        {
            return Run(new Action(this.Ask)) ? statusLine : null;
        }

        /// <summary>Shakes hands by these SslProtocols; null where the step failed. Nothing is sent afterwards.</summary>
        public Negotiated Handshake(int protocols)
        {
            this.protocols = protocols;
            return Run(new Action(this.Authenticate)) ? negotiated : null;
        }

        /// <summary>Bytes of the handshake that were sent.</summary>
        public long Sent()
        {
            return stream.Sent;
        }

        /// <summary>Bytes of the handshake that came.</summary>
        public long Received()
        {
            return stream.Received;
        }

        /// <summary>The first bytes that came, as hex.</summary>
        public string FirstReceived()
        {
            return stream.First();
        }

        /// <summary>Ends the connection, and with it a step that still runs.</summary>
        public void Close()
        {
            if (client != null)
                client.Close();
        }

        private bool Run(Action step)
        {
            Stopwatch clock = Stopwatch.StartNew();
            Task work = Task.Run(step);
            Task<Task> either = Task.WhenAny(work, Task.Delay(milliseconds));
            either.Wait();
            Elapsed = clock.ElapsedMilliseconds;
            TimedOut = !work.IsCompleted;
            AggregateException thrown = work.Exception;
            Failure = thrown == null ? null : thrown.InnerException;
            return !TimedOut && Failure == null;
        }

        private void Look()
        {
            found = Dns.GetHostAddresses(name);
        }

        private void Open()
        {
            client = new TcpClient(address.AddressFamily);
            client.Connect(address, addressPort);
            stream = new RecordedStream(client.GetStream());
        }

        private void Ask()
        {
            string server = (name.Contains(":") ? "[" + name + "]" : name) + ":" + port;
            Encoding ascii = Encoding.ASCII;
            byte[] request = ascii.GetBytes("CONNECT " + server + " HTTP/1.1\r\nHost: " + server + "\r\n\r\n");
            NetworkStream plain = client.GetStream();
            plain.Write(request, 0, request.Length);
            StringBuilder head = new StringBuilder();
            // Byte by byte: what follows the empty line is not the proxy's any more.
            bool lineIsEmpty = false;
            while (head.Length < MaxHead)
            {
                int next = plain.ReadByte();
                if (next < 0 || (next == '\n' && lineIsEmpty))
                    break;
                lineIsEmpty = next == '\n' || (next == '\r' && lineIsEmpty);
                head.Append((char)next);
            }
            string line = head.ToString();
            if (line.Length == 0)
                throw new EndOfStreamException();
            int lineEnd = line.IndexOf('\n');
            line = lineEnd < 0 ? line : line.Substring(0, lineEnd);
            line = line.Length > MaxStatusLine ? line.Substring(0, MaxStatusLine) : line;
            statusLine = line.Trim();
        }

        private void Authenticate()
        {
            SslStream secure = new SslStream(stream, true, new RemoteCertificateValidationCallback(this.Remember));
            secure.AuthenticateAsClient(name, new X509CertificateCollection(), (SslProtocols)protocols, false);
            Negotiated told = new Negotiated();
            told.Protocol = (int)secure.SslProtocol;
            told.Cipher = (int)secure.CipherAlgorithm;
            told.CipherStrength = secure.CipherStrength;
            told.Hash = (int)secure.HashAlgorithm;
            told.HashStrength = secure.HashStrength;
            told.KeyExchange = (int)secure.KeyExchangeAlgorithm;
            told.KeyExchangeStrength = secure.KeyExchangeStrength;
            negotiated = told;
        }

        // Takes every certificate, so that the rest of the handshake can be seen: nothing is sent that a server could misuse.
        private bool Remember(object sender, X509Certificate certificate, X509Chain chain, SslPolicyErrors errors)
        {
            List<ChainCertificate> seen = new List<ChainCertificate>();
            if (chain != null)
            {
                ChainStatus = Flags(chain.ChainStatus);
                X509ChainElementCollection elements = chain.ChainElements;
                for (int index = 0; index < elements.Count && index < MaxCertificates; index += 1)
                {
                    X509ChainElement element = elements[index];
                    X509Certificate2 held = element.Certificate;
                    ChainCertificate kept = new ChainCertificate();
                    kept.Subject = held.Subject;
                    kept.Issuer = held.Issuer;
                    kept.NotBefore = held.NotBefore;
                    kept.NotAfter = held.NotAfter;
                    kept.Thumbprint = held.Thumbprint;
                    kept.Status = Flags(element.ChainElementStatus);
                    seen.Add(kept);
                }
            }
            PolicyErrors = (int)errors;
            Certificates = seen;
            return true;
        }

        private static int Flags(X509ChainStatus[] states)
        {
            int flags = 0;
            for (int index = 0; index < states.Length; index += 1)
            {
                X509ChainStatus state = states[index];
                flags = flags | (int)state.Status;
            }
            return flags;
        }
    }
}
