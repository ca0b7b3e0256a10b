import { useState } from 'preact/hooks';
import { signInNotice } from '../api/session';
import { issuerSignIn, signIn } from '../api/sign-in';
import { problemFrom } from '../parts/use-load';

/** Asks for an API key, and offers the sign-in by the issuer where there is one. */
export function SignIn() {
  const issuer = issuerSignIn();
  const [key, setKey] = useState('');
  const [isBusy, setBusy] = useState(false);
  const submit = async (event: Event) => {
    event.preventDefault();
    setBusy(true);
    await signIn(key.trim()).catch((error: unknown) => {
      const problem = problemFrom(error);
      signInNotice.value = problem.status === 401 ? 'Holdfast does not know this key.' : problem.message;
    });
    setBusy(false);
  };
  return (
    <main id="main" class="sign-in">
      <form onSubmit={submit} class="card">
        <h1>Holdfast</h1>
        <p class="quiet">Watch orders and stock, and mend what needs a person.</p>
        {issuer !== undefined && (
          <a class="button" href={issuer}>
            Sign in with your organisation
          </a>
        )}
        <label for="key">API key</label>
        <input
          id="key"
          type="password"
          autocomplete="current-password"
          spellcheck={false}
          required
          value={key}
          aria-describedby="key-hint"
          onInput={(event) => setKey(event.currentTarget.value)}
        />
        <p id="key-hint" class="quiet small">
          <code>npm start</code> prints one. This tab keeps it until you sign out or close the tab; the page
          does what its scopes allow.
        </p>
        {signInNotice.value && (
          <p class="banner bad" role="alert">
            {signInNotice.value}
          </p>
        )}
        <button type="submit" disabled={isBusy}>
          {isBusy ? 'Signing in…' : 'Sign in'}
        </button>
      </form>
    </main>
  );
}
