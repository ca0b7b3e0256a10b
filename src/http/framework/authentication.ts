import type { IncomingMessage } from 'node:http';
import type { KeyGrant, KeyLimits } from '../../stores/orders/api-keys';
import type { KeyRing } from './access';

/** The caller of a request, with its rights and limits. A caller with a token of an issuer has no API key. */
export interface Holder extends KeyGrant {
  readonly keyId?: string;
  readonly limits: KeyLimits;
}

/** Finds the callers that an issuer of identities vouches for. */
export interface IssuedCallers {
  /**
   * Returns the caller of a token of the issuer; undefined when the `Authorization` header has something else.
   * @throws Problem unauthenticated, forbidden or unavailable
   */
  holderOfToken(authorization: string): Promise<Holder | undefined>;
  /**
   * Returns the caller that is signed in to the operator's page; undefined when the request has no session.
   * @throws Problem forbidden when another site sends a change
   */
  holderOfSession(request: IncomingMessage): Promise<Holder | undefined>;
}

/** Finds the caller of a request: by its token or API key, or else by the session of its browser. */
export class Authentication {
  constructor(
    private readonly keys: KeyRing,
    /** Null without an issuer. */
    private readonly issued: IssuedCallers | null,
  ) {}

  /** @throws Problem unauthenticated when nothing identifies the caller */
  async holderOf(request: IncomingMessage): Promise<Holder> {
    const { authorization } = request.headers;
    const found =
      authorization === undefined
        ? await this.issued?.holderOfSession(request)
        : await this.issued?.holderOfToken(authorization);
    return found ?? this.keys.holderOf(authorization);
  }
}

/** Names the credential of a caller, as the subject of a sentence. */
export function credentialOf({ keyId }: Holder): string {
  return keyId === undefined ? 'the signed-in caller' : 'the API key';
}
