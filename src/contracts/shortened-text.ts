/** The most bytes of a summary as a JSON string: Temporal refuses a summary of more than 400 bytes with its metadata. */
const SUMMARY_BYTES = 340;

/** Shortens text to what Temporal takes as a summary. */
export function summaryText(text: string): string {
  return shortened(text, SUMMARY_BYTES);
}

/** Shortens text to a number of bytes as a JSON string, between two characters. */
export function shortened(text: string, mostBytes: number): string {
  let bytes = 0;
  let end = 0;
  for (const character of text) {
    bytes += jsonBytes(character);
    if (bytes > mostBytes) return text.slice(0, end);
    end += character.length;
  }
  return text;
}

function jsonBytes(character: string): number {
  const code = character.codePointAt(0) ?? 0;
  if (code < 0x20) return 6;
  if (code < 0x80) return character === '"' || character === '\\' ? 2 : 1;
  if (code < 0x800) return 2;
  return code < 0x10000 ? 3 : 4;
}
