/** The parts of `scheme://user:password@host:port,host:port`. */
export interface BrokerAddress {
  readonly hosts: readonly string[];
  readonly user: string | undefined;
  readonly password: string | undefined;
}

/** Takes the URL of a broker apart. Unlike `URL`, it accepts the several hosts of a cluster. */
export function brokerAddress(url: string): BrokerAddress {
  const [, login, hosts = ''] = /^[a-z]+:\/\/(?:([^@/]*)@)?([^/]*)/.exec(url) ?? [];
  const [user, password] = login?.split(':').map(decodeURIComponent) ?? [];
  return { hosts: hosts.split(','), user, password };
}
