import { type DeclaredEvent, declaredEvents } from './event-declarations';
import { eventSample } from './event-sample';
import { code, derivedPage, fenced } from './markdown';

const INTRODUCTION = `Every event has a stream, a version in it and a moment; \`GET /openapi.json\` describes that envelope. This page shows the
\`data\` of each type. Values are samples made from the types. [Follow events](../guides/follow-events.md) says how to read them.`;

/** Returns the page of all event types, with the data of each. */
export function eventsPage(): string {
  const { checker, streams } = declaredEvents();
  const shown = (event: DeclaredEvent): string => {
    const { value, optional, nullable } = eventSample(event.data, checker);
    const notes = [
      ...(optional.length === 0 ? [] : [`May be missing: ${optional.map(code).join(', ')}.`]),
      ...(nullable.length === 0 ? [] : [`May be null: ${nullable.map(code).join(', ')}.`]),
    ];
    return [`### ${code(event.type)}`, event.description, fenced('json', inLines(value)), ...notes].join(
      '\n\n',
    );
  };
  const sections = streams.map(
    ({ description, events }) => `## ${headingOf(description)}\n\n${events.map(shown).join('\n\n')}`,
  );
  return derivedPage('Events', 'the types in src/domain', [INTRODUCTION, ...sections]);
}

/** "Every event of a sales cap, `cap/{id}`." becomes "Of a sales cap, `cap/{id}`". */
function headingOf(description: string): string {
  return description.replace(/^Every event of/, 'Events of').replace(/[.]$/, '');
}

/** Writes each field on one line, with everything that the field contains. */
function inLines(value: unknown): string {
  const fields = Object.entries(value as object);
  if (fields.length === 0) return '{}';
  return `{\n${fields.map(([name, field]) => `  ${JSON.stringify(name)}: ${spaced(field)}`).join(',\n')}\n}`;
}

function spaced(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(spaced).join(', ')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const fields = Object.entries(value).map(([name, field]) => `${JSON.stringify(name)}: ${spaced(field)}`);
  return fields.length === 0 ? '{}' : `{ ${fields.join(', ')} }`;
}
