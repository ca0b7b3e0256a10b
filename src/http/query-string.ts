import { invalid } from './problem';

/**
 * The parameters of a query string, each at most once.
 * @throws Problem invalid-request that names the parameter
 */
export function strictQuery(queryString: string): Readonly<Record<string, string>> {
  const values = new Map<string, string>();
  for (const pair of queryString.split('&')) {
    if (pair === '') continue;
    const [name = '', ...value] = pair.split('=').map(decoded);
    if (values.has(name)) throw invalid(name.slice(0, 100), 'appears twice');
    values.set(name, value.join('='));
  }
  return Object.fromEntries(values);
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part.replaceAll('+', ' '));
  } catch {
    throw invalid('query', 'is not valid percent-encoded UTF-8');
  }
}
