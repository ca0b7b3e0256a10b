export interface ServerSentEvent {
  readonly id: string;
  readonly data: string;
}

/** Returns a function that takes a stream's text in parts and passes on each whole event. */
export function createParser(onEvent: (event: ServerSentEvent) => void): (text: string) => void {
  let waiting = '';
  return (text) => {
    const parts = `${waiting}${text}`.split('\n\n');
    waiting = parts.pop() ?? '';
    for (const part of parts) {
      const fields = new Map(
        part.split('\n').map((line): [string, string] => {
          const colon = line.indexOf(': ');
          return colon < 0 ? [line, ''] : [line.slice(0, colon), line.slice(colon + 2)];
        }),
      );
      const [id, data] = [fields.get('id'), fields.get('data')];
      if (id !== undefined && data !== undefined) onEvent({ id, data });
    }
  };
}
