import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, connect } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createServer, type TLSSocket } from 'node:tls';
import { type GenerateResult, generate } from 'selfsigned';

/** A TLS front before a plain server. It asks every caller for a certificate of its own authority. */
export interface TlsFront {
  readonly address: string;
  /** PEM files: the authority, a caller's certificate and key, and an authority that signed nothing here. */
  readonly files: {
    readonly ca: string;
    readonly cert: string;
    readonly key: string;
    readonly otherCa: string;
  };
  close(): Promise<void>;
}

const AUTHORITY = {
  keyType: 'ec',
  algorithm: 'sha256',
  extensions: [
    { name: 'basicConstraints', cA: true, critical: true },
    { name: 'keyUsage', keyCertSign: true, critical: true },
  ],
} as const;

function named(commonName: string) {
  return [{ name: 'commonName', value: commonName }];
}

/** Starts a TLS front on a free port. `target` is the port of the plain server on this machine. */
export async function startTlsFront(target: number): Promise<TlsFront> {
  const authority = await generate(named('the authority of a test'), {
    ...AUTHORITY,
    extensions: [...AUTHORITY.extensions],
  });
  const other = await generate(named('another authority'), {
    ...AUTHORITY,
    extensions: [...AUTHORITY.extensions],
  });
  const server = await signed(authority, 'temporal.test');
  const caller = await signed(authority, 'holdfast');
  const folder = mkdtempSync(path.join(tmpdir(), 'holdfast-tls-'));
  const file = (name: string, text: string) => {
    const where = path.join(folder, name);
    writeFileSync(where, text, { mode: 0o600 });
    return where;
  };
  const sockets = new Set<TLSSocket>();
  const front = createServer(
    {
      key: server.private,
      cert: server.cert,
      ca: authority.cert,
      requestCert: true,
      rejectUnauthorized: true,
      ALPNProtocols: ['h2'],
    },
    (socket) => {
      sockets.add(socket);
      const plain = connect(target, '127.0.0.1');
      for (const [one, end] of [
        [socket, plain],
        [plain, socket],
      ] as const) {
        one.on('error', () => end.destroy());
        one.on('close', () => end.destroy());
        one.pipe(end);
      }
    },
  );
  await new Promise<void>((resolve) => front.listen(0, '127.0.0.1', resolve));
  return {
    address: `127.0.0.1:${(front.address() as AddressInfo).port}`,
    files: {
      ca: file('ca.pem', authority.cert),
      cert: file('caller.pem', caller.cert),
      key: file('caller.key', caller.private),
      otherCa: file('other.pem', other.cert),
    },
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => front.close(resolve));
      rmSync(folder, { recursive: true });
    },
  };
}

/** Makes a certificate of an authority, for a server and a caller alike. */
function signed(authority: GenerateResult, commonName: string): Promise<GenerateResult> {
  return generate(named(commonName), {
    keyType: 'ec',
    algorithm: 'sha256',
    ca: { key: authority.private, cert: authority.cert },
    extensions: [
      { name: 'basicConstraints', cA: false },
      { name: 'subjectAltName', altNames: [{ type: 2, value: 'temporal.test' }] },
    ],
  });
}
