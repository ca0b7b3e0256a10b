import { lookup as lookUpAddresses } from 'node:dns/promises';
import { isIP, type LookupFunction } from 'node:net';
import ipaddr from 'ipaddr.js';

type Address = ipaddr.IPv4 | ipaddr.IPv6;
type Range = [Address, number];

/** Resolves a host name to its addresses. */
export type Resolve = (host: string) => Promise<readonly string[]>;

/** The endpoint is at an address that webhooks must not reach. */
export class AddressRefused extends Error {
  override readonly name = 'AddressRefused';
}

/** Ranges that count as global unicast but lead into internal networks. */
const DENIED: readonly Range[] = [
  // The host of a virtual machine in Azure.
  '168.63.129.16/32',
].map((range) => ipaddr.parseCIDR(range));

/** The addresses that IPv6 has assigned to the public internet. */
const GLOBAL_IPV6 = ipaddr.parseCIDR('2000::/3');

/** The interface identifiers of ISATAP, which end in an IPv4 address. */
const ISATAP = 0x5efe;

/** Decides which endpoints webhooks may reach: public addresses by https, and the ranges that the operator admits. */
export class AddressGuard {
  readonly #admitted: readonly Range[];

  /** @param admitted CIDR ranges, such as 10.1.0.0/16, that are reached also by http */
  constructor(
    admitted: readonly string[],
    private readonly resolve: Resolve = resolveHost,
  ) {
    this.#admitted = admitted.map((range) => ipaddr.parseCIDR(range));
  }

  /**
   * Checks a URL as far as possible without resolving its host.
   * @returns the reason why the URL is refused; null when it is not
   */
  refusal(url: string): string | null {
    const { protocol, hostname } = new URL(url);
    const host = hostname.replace(/^\[|\]$/g, '');
    if (isIP(host)) {
      return this.#isAllowed(host, protocol) ? null : refusalOf(host, protocol);
    }
    if (protocol === 'https:') return null;
    return this.#admitted.length > 0 ? null : 'must be an https:// URL';
  }

  /**
   * Returns the lookup for connections of a protocol. It resolves the host on every dial and fails when any of its
   * addresses is not allowed: the connection could use each of them.
   */
  lookupFor(protocol: 'http:' | 'https:'): LookupFunction {
    return (host, options, callback) => {
      this.#resolved(host, protocol).then(
        (addresses) => {
          const found = addresses.map((address) => ({ address, family: isIP(address) }));
          const [first] = found;
          if (options.all) callback(null, found);
          else callback(null, first?.address ?? '', first?.family ?? 0);
        },
        (error: NodeJS.ErrnoException) => callback(error, ''),
      );
    };
  }

  async #resolved(host: string, protocol: string): Promise<readonly string[]> {
    const addresses = await this.resolve(host);
    if (addresses.length === 0) throw new Error(`${host} has no address`);
    const refused = addresses.find((address) => !this.#isAllowed(address, protocol));
    if (refused !== undefined) throw new AddressRefused(`${host} ${refusalOf(refused, protocol)}`);
    return addresses;
  }

  #isAllowed(text: string, protocol: string): boolean {
    const address = ipaddr.parse(text);
    if (this.#admitted.some((range) => isWithin(address, range))) return true;
    return protocol === 'https:' && isPublic(address);
  }
}

function refusalOf(address: string, protocol: string): string {
  const isInside = !isPublic(ipaddr.parse(address));
  if (protocol === 'https:' || isInside)
    return `is at ${address}, which is not a public address; HOLDFAST_WEBHOOKS_ALLOW admits others`;
  return `is at ${address}, which is reached by https:// only`;
}

/** Returns true for addresses of the public internet. ipaddr.js alone takes some others for unicast. */
function isPublic(address: Address): boolean {
  if (address.range() !== 'unicast' || DENIED.some((range) => isWithin(address, range))) return false;
  return !(address instanceof ipaddr.IPv6) || (isWithin(address, GLOBAL_IPV6) && address.parts[5] !== ISATAP);
}

function isWithin(address: Address, [network, bits]: Range): boolean {
  return address.kind() === network.kind() && address.match([network, bits] as [never, number]);
}

async function resolveHost(host: string): Promise<readonly string[]> {
  const found = await lookUpAddresses(host, { all: true, order: 'verbatim' });
  return found.map(({ address }) => address);
}
