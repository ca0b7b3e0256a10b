import { type JSONPath, type ParseErrorCode, printParseErrorCode, visit } from 'jsonc-parser';
import { fieldName } from './field-errors';
import { invalid, Problem } from './problem';

const DEEPEST = 16;
/** More values than the largest feed has, and few enough not to block the event loop for long. */
const MOST_VALUES = 200_000;

/**
 * Parses JSON as RFC 8259 defines it. It refuses input on which parsers disagree: a name twice in one object (they keep
 * the first, the last or both) and nesting so deep that some fail.
 * @throws Problem invalid-request that names the field, or `body` with the line and column; too-large
 */
export function parseStrictJson(text: string): unknown {
  inspect(text);
  try {
    return JSON.parse(text);
  } catch {
    throw invalid('body', 'is not JSON');
  }
}

function inspect(text: string): void {
  const names: Set<string>[] = [];
  let depth = 0;
  let values = 0;
  const count = () => {
    values += 1;
    if (values > MOST_VALUES) throw tooManyValues();
  };
  const enter = (path: () => JSONPath) => {
    count();
    depth += 1;
    if (depth > DEEPEST)
      throw invalid(fieldName(path(), 'body'), `is nested more than ${DEEPEST} levels deep`);
  };
  // Throwing is the only way to stop the visitor, which calls itself for every level of nesting.
  visit(
    text,
    {
      onObjectBegin(_offset, _length, _line, _character, path) {
        enter(path);
        names.push(new Set());
      },
      onObjectProperty(name, _offset, _length, _line, _character, path) {
        const siblings = names.at(-1);
        if (siblings?.has(name)) throw invalid(fieldName([...path(), name], 'body'), 'appears twice');
        siblings?.add(name);
      },
      onObjectEnd() {
        depth -= 1;
        names.pop();
      },
      onArrayBegin(_offset, _length, _line, _character, path) {
        enter(path);
      },
      onArrayEnd() {
        depth -= 1;
      },
      onLiteralValue: count,
      onError(code, _offset, _length, line, character) {
        throw notJson(code, line, character);
      },
    },
    { disallowComments: true, allowTrailingComma: false, allowEmptyContent: false },
  );
}

function tooManyValues(): Problem {
  const message = `must have at most ${MOST_VALUES} values`;
  return new Problem('too-large', { detail: message, errors: [{ field: 'body', message }] });
}

function notJson(code: ParseErrorCode, line: number, character: number): Problem {
  const what = printParseErrorCode(code);
  return invalid('body', `is not JSON: ${what} in line ${line + 1}, column ${character + 1}`);
}
