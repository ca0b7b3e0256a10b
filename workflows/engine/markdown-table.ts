/** Returns a row of a Markdown table. A cell may contain any character of an id or a message. */
export function tableRow(...cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
}
