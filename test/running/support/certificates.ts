import { type GenerateResult, generate } from 'selfsigned';

const AUTHORITY_EXTENSIONS = [
  { name: 'basicConstraints', cA: true, critical: true },
  { name: 'keyUsage', keyCertSign: true, critical: true },
] as const;

/** The names of a server in its certificate: a host name or an IP address. */
export type ServerName =
  | { readonly type: 2; readonly value: string }
  | { readonly type: 7; readonly ip: string };

/** Makes the certificate and the key of a certificate authority. */
export function makeAuthority(commonName: string): Promise<GenerateResult> {
  return generate(named(commonName), {
    keyType: 'ec',
    algorithm: 'sha256',
    extensions: [...AUTHORITY_EXTENSIONS],
  });
}

/** Makes a certificate of an authority, for a server and a caller alike. */
export function makeCertificate(
  authority: GenerateResult,
  commonName: string,
  serverName: ServerName,
): Promise<GenerateResult> {
  return generate(named(commonName), {
    keyType: 'ec',
    algorithm: 'sha256',
    ca: { key: authority.private, cert: authority.cert },
    extensions: [
      { name: 'basicConstraints', cA: false },
      { name: 'subjectAltName', altNames: [serverName] },
    ],
  });
}

function named(commonName: string) {
  return [{ name: 'commonName', value: commonName }];
}
