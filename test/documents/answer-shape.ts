/** Stands for anything: as a value, as a further element, or as the name of further fields. */
const ANYTHING = '…';

/**
 * Returns how the shape of an answer differs from a documented one: the names of fields and the types of values, at
 * any depth. Every element of an array is compared with the documented element at its place, or the last one.
 */
export function differences(documented: unknown, answer: unknown, at = '$'): readonly string[] {
  if (documented === ANYTHING) return [];
  if (typeOf(documented) !== typeOf(answer))
    return [`${at} is documented as ${typeOf(documented)} and is ${typeOf(answer)}`];
  if (Array.isArray(documented) && Array.isArray(answer)) return elements(documented, answer, at);
  if (typeof documented !== 'object' || documented === null) return [];
  return fields(documented as Fields, answer as Fields, at);
}

type Fields = Readonly<Record<string, unknown>>;

function elements(documented: readonly unknown[], answer: readonly unknown[], at: string): readonly string[] {
  if (documented.length > 0 && answer.length === 0) return [`${at} is empty`];
  return answer.flatMap((element, index) =>
    differences(documented[index] ?? documented.at(-1), element, `${at}[${index}]`),
  );
}

function fields(documented: Fields, answer: Fields, at: string): readonly string[] {
  const names = Object.keys(documented).filter((name) => name !== ANYTHING);
  const missing = names.filter((name) => !Object.hasOwn(answer, name));
  const further = Object.keys(answer).filter((name) => !names.includes(name));
  return [
    ...missing.map((name) => `${at}.${name} is missing`),
    ...(Object.hasOwn(documented, ANYTHING) ? [] : further.map((name) => `${at}.${name} is not documented`)),
    ...names
      .filter((name) => !missing.includes(name))
      .flatMap((name) => differences(documented[name], answer[name], `${at}.${name}`)),
  ];
}

function typeOf(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'array' : typeof value;
}

/** Returns the last JSON object in an output; several may stand there without anything between them. */
export function lastJson(output: string): unknown {
  for (let from = output.lastIndexOf('{'); from >= 0; from = output.lastIndexOf('{', from - 1)) {
    const value = parsed(output.slice(from).trim());
    const isWhole = value !== undefined && (from === 0 || /[\s}]/.test(output.charAt(from - 1)));
    if (isWhole) return value;
  }
  return undefined;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
