import { invalid } from './problem';

/**
 * Parses a query string. Each parameter may appear once, a parameter in `lists` more often.
 * @throws Problem invalid-request that names the parameter
 */
export function strictQuery(
  queryString: string,
  lists: readonly string[] = [],
): Readonly<Record<string, string | readonly string[]>> {
  const values = new Map<string, string | string[]>();
  for (const pair of queryString.split('&')) {
    if (pair === '') continue;
    const [name = '', ...value] = pair.split('=').map(decoded);
    const known = values.get(name);
    if (Array.isArray(known)) known.push(value.join('='));
    else if (known !== undefined) throw invalid(name.slice(0, 100), 'appears twice');
    else values.set(name, lists.includes(name) ? [value.join('=')] : value.join('='));
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
