import type { ComponentChildren } from 'preact';

/** A column: its heading, and the look of its cells. `number` is aligned right; `wide` is left out on a narrow screen. */
export type Column = string | readonly [heading: string, look: 'number' | 'wide' | 'number wide'];

interface TableProps {
  readonly caption: string;
  /** True where the caption is shown. Otherwise a screen reader alone has it. */
  readonly isCaptionShown?: boolean;
  readonly columns: readonly Column[];
  /** The rows of the body, as `tr` elements. */
  readonly children: ComponentChildren;
}

/** A table with a caption and a row of headings. */
export function Table({ caption, isCaptionShown = false, columns, children }: TableProps) {
  return (
    <table>
      <caption class={isCaptionShown ? undefined : 'unseen'}>{caption}</caption>
      <thead>
        <tr>
          {columns.map((column) => {
            const [heading, look] = typeof column === 'string' ? [column] : column;
            return (
              <th key={heading} scope="col" class={look}>
                {heading}
              </th>
            );
          })}
        </tr>
      </thead>
      <tbody>{children}</tbody>
    </table>
  );
}
