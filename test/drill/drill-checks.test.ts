import { type FedRow, supplyOf } from '../../scripts/drill/checks/feed-model';
import { createParser, type ServerSentEvent } from '../../scripts/drill/checks/server-sent-events';
import { StreamOrder } from '../../scripts/drill/checks/stream-order';
import { DrillRandom } from '../../scripts/drill/drill-random';
import { recoveryFrom, recoveryTable } from '../../scripts/drill/faults/recovery-times';
import { Journal } from '../../scripts/drill/traffic/journal';
import { drawOrder } from '../../scripts/drill/traffic/order-plans';

describe('what a follower is sent', () => {
  const follow = (versions: readonly (readonly [id: string, version: number])[]) => {
    const complaints: string[] = [];
    const order = new StreamOrder((sentence) => complaints.push(sentence));
    for (const [id, version] of versions) order.take({ id, stream: 's', version });
    return { complaints, duplicates: order.duplicates };
  };

  test('is in order, and may come twice', () => {
    const sent = [
      ['a', 1],
      ['b', 2],
      ['a', 1],
      ['c', 3],
    ] as const;
    expect(follow(sent)).toEqual({ complaints: [], duplicates: 1 });
  });

  test.each([
    [
      'a gap',
      [
        ['a', 1],
        ['c', 3],
      ],
    ],
    [
      'an event that overtakes another',
      [
        ['b', 2],
        ['a', 1],
      ],
    ],
    [
      'two events of one version',
      [
        ['a', 1],
        ['b', 1],
      ],
    ],
    ['a stream that begins late', [['b', 2]]],
  ] as const)('%s is found', (_what, sent) => {
    expect(follow(sent).complaints).not.toEqual([]);
  });
});

test('the supply of a place is its newest counts and the movements after them, by section', () => {
  const row = (sequence: number, more: Partial<FedRow>): FedRow => ({
    messageId: `m${sequence}${more.section}`,
    sequence,
    sku: 'a',
    nodeId: 'n',
    observedAt: '',
    ...more,
  });
  const rows = [
    row(3, { movement: 4, section: 'floor' }),
    row(2, { count: 10, section: 'floor' }),
    row(1, { movement: 100, section: 'floor' }),
    row(1, { count: 7, section: 'backroom' }),
  ];
  expect(supplyOf([...rows, ...rows])).toEqual(new Map([['a at n', 21]]));
});

test('server-sent events are read across the parts in which they come', () => {
  const events: ServerSentEvent[] = [];
  const parse = createParser((event) => events.push(event));
  for (const part of [':\n\nid: 1\nev', 'ent: x\ndata: {"a": 1}\n', '\nid: 2\ndata: {}\n\nid: 3'])
    parse(part);
  expect(events).toEqual([
    { id: '1', data: '{"a": 1}' },
    { id: '2', data: '{}' },
  ]);
});

describe('recovery times', () => {
  const fault = { kind: 'kill api', startedAt: 1_000, endedAt: 2_000, isLone: true } as const;

  test('count from the end of the fault', () => {
    const orders = [
      { placedAt: 900, decidedAt: 9_000 },
      { placedAt: 1_100, decidedAt: 1_200 },
      { placedAt: 1_500, decidedAt: 3_500 },
      { placedAt: 2_100, decidedAt: 5_000 },
      { placedAt: 2_200, decidedAt: 4_500 },
    ];
    expect(recoveryFrom(fault, orders)).toEqual({
      kind: 'kill api',
      firstAfterMs: 2_500,
      allDuringMs: 1_500,
    });
    expect(recoveryFrom(fault, [{ placedAt: 1_500 }])).toEqual({
      kind: 'kill api',
      firstAfterMs: undefined,
      allDuringMs: undefined,
    });
  });

  test('are shown by kind, and those beyond their target are marked', () => {
    const [, row] = recoveryTable([
      { kind: 'kill api', firstAfterMs: 2_500, allDuringMs: 0 },
      { kind: 'kill api', firstAfterMs: 9_000, allDuringMs: undefined },
    ]);
    expect(row?.split(/ {2,}/)).toEqual(['kill api', '2', '2.5 s !', '9.0 s', '0.0 s', 'never', '2 s']);
  });
});

test('commands that were open when the faults stopped, or came later, are judged by how soon they were final', () => {
  const journal = new Journal();
  const change = (acceptedAt: number, finalAt?: number) =>
    journal.changes.push({
      kind: 'ship',
      orderId: 'o',
      path: '/',
      key: 'k',
      acceptedAt,
      ...(finalAt && { finalAt }),
    });
  change(10, 90);
  change(10, 150);
  change(120, 125);
  change(20);
  expect(journal.settlingMs(100)).toEqual([50, 5, Number.POSITIVE_INFINITY]);
});

test('the same seed draws the same orders, whatever the others draw', () => {
  const draw = (random: DrillRandom) => Array.from({ length: 20 }, () => drawOrder(random));
  const [first, second] = [new DrillRandom(5), new DrillRandom(5)];
  second.below(10);
  expect(draw(first.fork('shopper 1'))).toEqual(draw(second.fork('shopper 1')));
  expect(draw(first.fork('shopper 1'))).not.toEqual(draw(first.fork('shopper 2')));
});
