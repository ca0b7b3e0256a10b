import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, connect } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createServer, type TLSSocket } from 'node:tls';
import { makeAuthority, makeCertificate } from './certificates';

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

const SERVER_NAME = { type: 2, value: 'temporal.test' } as const;

/** Starts a TLS front on a free port. `target` is the port of the plain server on this machine. */
export async function startTlsFront(target: number): Promise<TlsFront> {
  const authority = await makeAuthority('the authority of a test');
  const other = await makeAuthority('another authority');
  const server = await makeCertificate(authority, 'temporal.test', SERVER_NAME);
  const caller = await makeCertificate(authority, 'holdfast', SERVER_NAME);
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
