/** Joins the parts of a derived page under its title and a note that names the source to edit. */
export function derivedPage(title: string, source: string, parts: readonly string[]): string {
  const note = `<!-- Written by \`npm run reference\` from ${source}. Edit it there. -->`;
  return `${[`# ${title}`, note, ...parts].join('\n\n')}\n`;
}

/** Returns a table. A line break or a pipe inside a cell would end it. */
export function table(headings: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replace(/\s*\n\s*/g, ' ').replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(headings), line(headings.map(() => '---')), ...rows.map(line)].join('\n');
}

export function code(text: string): string {
  return `\`${text}\``;
}

export function fenced(language: string, text: string): string {
  return `\`\`\`${language}\n${text}\n\`\`\``;
}
