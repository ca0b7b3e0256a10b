/** The claims of a verified token. `exp` is in seconds since 1970. */
export type Claims = Readonly<Record<string, unknown>> & { readonly exp: number };

/** An issuer that does not answer, or not in a way that can be used. `cause` is for the log. */
export interface IssuerUnavailable {
  readonly kind: 'unavailable';
  readonly cause: unknown;
}

/** The result of checking a token: `detail` says in words why it is refused. */
export type TokenAnswer =
  | { readonly kind: 'valid'; readonly claims: Claims }
  | { readonly kind: 'refused'; readonly detail: string }
  | IssuerUnavailable;

/** The secrets of a sign-in under way. They bind its end to the browser that began it. */
export interface PendingSignIn {
  readonly state: string;
  readonly nonce: string;
  readonly verifier: string;
}

/** The begin of a sign-in: the browser is sent to `url`. */
export interface SignInStart {
  readonly kind: 'started';
  readonly url: string;
  readonly pending: PendingSignIn;
}

/** The address at which a browser ends its session at the issuer. `none`: the issuer has no such address. */
export type SignOutAddress =
  | { readonly kind: 'found'; readonly url: string }
  | { readonly kind: 'none' }
  | IssuerUnavailable;

/** An OpenID Connect issuer, which vouches for callers by signed tokens. */
export interface IdentityIssuer {
  /** Checks the signature, issuer, audience and times of a bearer token. */
  verify(token: string): Promise<TokenAnswer>;
  /** Begins a sign-in by authorization code with PKCE, which ends at `redirectUri`. */
  begin(redirectUri: string): Promise<SignInStart | IssuerUnavailable>;
  /** Redeems the code in the address that the browser returned to. The claims are those of the ID token. */
  finish(returnedTo: URL, pending: PendingSignIn): Promise<TokenAnswer>;
  /** Returns the address that ends the session at the issuer and then sends the browser to `returnTo`. */
  signOutAddress(returnTo: string): Promise<SignOutAddress>;
}
