import { readFileSync } from 'node:fs';
import path from 'node:path';
import { PROJECT_ROOT } from '../architecture/planted-tree';

/** The sample of an event's data on the reference page, and the paths of fields that may be missing or null. */
interface DocumentedEvent {
  readonly sample: unknown;
  readonly optional: ReadonlySet<string>;
  readonly nullable: ReadonlySet<string>;
}

export type DocumentedEvents = ReadonlyMap<string, DocumentedEvent>;

/** Reads the reference page of events. */
export function documentedEvents(): DocumentedEvents {
  const text = readFileSync(path.join(PROJECT_ROOT, 'docs', 'reference', 'events.md'), 'utf8');
  const [, ...sections] = text.split(/^### /m);
  return new Map(
    sections.map((section) => [
      /^`([^`]+)`/.exec(section)?.[1] ?? '',
      {
        sample: JSON.parse(/```json\n([\s\S]*?)```/.exec(section)?.[1] ?? 'null'),
        optional: new Set(namesAfter(section, 'May be missing: ')),
        nullable: new Set(namesAfter(section, 'May be null: ')),
      },
    ]),
  );
}

function namesAfter(section: string, words: string): readonly string[] {
  const line = section.split('\n').find((each) => each.startsWith(words)) ?? '';
  return [...line.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name);
}

/** Returns the paths at which the data of an event differs from its sample in its fields. */
export function undocumented(documented: DocumentedEvents, type: string, data: unknown): readonly string[] {
  const event = documented.get(type);
  return event ? compare(event, event.sample, data, '') : ['the type'];
}

function compare(event: DocumentedEvent, sample: unknown, data: unknown, at: string): readonly string[] {
  if (data === null) return event.nullable.has(at) ? [] : [`${at} is null`];
  if (Array.isArray(data)) {
    const [element] = Array.isArray(sample) ? sample : [];
    return data.flatMap((each) => compare(event, element, each, `${at}[]`));
  }
  if (typeof data !== 'object') return typeof data === typeof sample ? [] : [`${at} is ${typeof data}`];
  const shown = Object.keys((sample ?? {}) as object);
  // A field of this name stands for fields of any name.
  if (shown.includes('…')) return [];
  const inner = (name: string) => (at === '' ? name : `${at}.${name}`);
  const further = Object.keys(data).filter((name) => !shown.includes(name));
  const missing = shown.filter((name) => !Object.hasOwn(data, name) && !event.optional.has(inner(name)));
  return [
    ...further.map((name) => `${inner(name)} is not in the sample`),
    ...missing.map((name) => `${inner(name)} is missing`),
    ...shown
      .filter((name) => Object.hasOwn(data, name))
      .flatMap((name) =>
        compare(
          event,
          (sample as Record<string, unknown>)[name],
          (data as Record<string, unknown>)[name],
          inner(name),
        ),
      ),
  ];
}
