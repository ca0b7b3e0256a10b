import { signal } from '@preact/signals';

export interface Route {
  /** The decoded segments of the path. */
  readonly path: readonly string[];
  readonly query: URLSearchParams;
}

/** The page that the address names: the part after `#`. */
export const route = signal(readRoute());

addEventListener('hashchange', () => {
  route.value = readRoute();
});

function readRoute(): Route {
  const [path = '', query] = location.hash.slice(1).split('?');
  return { path: path.split('/').filter(Boolean).map(decodeURIComponent), query: new URLSearchParams(query) };
}

/** Returns the link to a page. */
export function linkTo(...path: readonly string[]): string {
  return `#/${path.map(encodeURIComponent).join('/')}`;
}

/** Changes parameters of the present address without a new entry in the history. */
export function replaceQuery(changes: Readonly<Record<string, string>>): void {
  const { path, query } = route.value;
  const next = new URLSearchParams(query);
  for (const [name, value] of Object.entries(changes))
    value === '' ? next.delete(name) : next.set(name, value);
  const text = next.toString();
  history.replaceState(null, '', linkTo(...path) + (text === '' ? '' : `?${text}`));
  route.value = { path, query: next };
}
