/** Returns a table in Markdown. A cell may contain any character of an id or a message. */
export function markdownTable(headings: readonly string[], rows: readonly (readonly string[])[]): string {
  return [rowOf(headings), `|${'---|'.repeat(headings.length)}`, ...rows.map(rowOf)].join('\n');
}

function rowOf(cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
}
