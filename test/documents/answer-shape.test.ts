import { differences, lastJson } from './answer-shape';
import { documentedEvents, undocumented } from './documented-events';
import { blocksOf } from './markdown-pages';

describe('the shape of a documented answer', () => {
  const documented = { id: 'a', lines: [{ sku: 'b', quantity: 1 }], total: 1, reason: null };

  test.each([
    [
      'other values of the same types',
      { id: 'x', lines: [{ sku: 'y', quantity: 2 }], total: 0, reason: null },
      [],
    ],
    [
      'a missing field',
      { id: 'x', lines: [{ sku: 'y', quantity: 2 }], reason: null },
      ['$.total is missing'],
    ],
    ['a further field', { ...documented, more: 1 }, ['$.more is not documented']],
    ['a number for a text', { ...documented, id: 1 }, ['$.id is documented as string and is number']],
    ['an empty list', { ...documented, lines: [] }, ['$.lines is empty']],
    [
      'a later element without a field',
      { ...documented, lines: [documented.lines[0], { sku: 'y' }] },
      ['$.lines[1].quantity is missing'],
    ],
  ])('%s', (_, answer, found) => {
    expect(differences(documented, answer)).toEqual(found);
  });

  test('an ellipsis stands for further fields and for any value', () => {
    expect(differences({ id: 'a', '…': '…' }, { id: 'b', more: 1 })).toEqual([]);
    expect(differences({ id: 'a', '…': '…' }, { more: 1 })).toEqual(['$.id is missing']);
    expect(differences({ id: '…' }, { id: [1] })).toEqual([]);
  });
});

test('the last JSON object of an output is found, whatever is printed before it', () => {
  expect(lastJson('{"a":1}{"b":{"c":2}}')).toEqual({ b: { c: 2 } });
  expect(lastJson('words {"a":[{"b":1}]}\n')).toEqual({ a: [{ b: 1 }] });
  expect(lastJson('words')).toBeUndefined();
});

test('a block has the comment of the line above it, and no other', () => {
  const text = '<!-- not run: a reason -->\n```sh\nfalse\n```\n\n<!-- elsewhere -->\n\n```sh\ntrue\n```\n';
  expect(blocksOf({ text })).toEqual([
    { line: 2, language: 'sh', text: 'false\n', comment: 'not run: a reason' },
    { line: 8, language: 'sh', text: 'true\n', comment: undefined },
  ]);
});

test('an event with other data than its sample is found', () => {
  const documented = documentedEvents();
  const type = 'credit.credit-held.v1';
  expect(undocumented(documented, type, { orderId: 'ord_1', amount: 1 })).toEqual([]);
  expect(undocumented(documented, type, { orderId: 'ord_1', amount: '1', more: 1 })).toEqual([
    'more is not in the sample',
    'amount is string',
  ]);
  expect(undocumented(documented, type, { orderId: null })).toEqual(['amount is missing', 'orderId is null']);
  expect(undocumented(documented, 'credit.nothing.v1', {})).toEqual(['the type']);
});
