import fc from 'fast-check';
import { assertUntilSeenAsync } from '../../until-seen';
import { expectFolded, expectInOrder } from './order-invariants';
import { type OrderStory, stories } from './order-play';
import { OrderReader } from './order-reader';
import { OrderStage } from './order-stage';

/** The least number of stories in CI; fast-check prints the seed of one that fails. */
const STORIES = 1_000;

async function played(story: OrderStory): Promise<OrderStage> {
  const stage = new OrderStage(story);
  const reader = new OrderReader();
  let looked = 0;
  for (const move of story.moves) {
    await stage.move(move);
    if (!stage.isQuiet || stage.steps === looked) continue;
    expectInOrder(stage);
    reader.expectToKnow(stage.ledger);
    looked = stage.steps;
  }
  await stage.settle();
  expectInOrder(stage);
  reader.expectToKnow(stage.ledger);
  expectFolded(stage.ledger);
  return stage;
}

/** Outcomes of stories that are too important to leave to chance. */
const MUST_BE_SEEN = [
  ...['accept', 'ship', 'deliver', 'overdue', 'reject', 'cancel', 'revise', 'return'].map(
    (kind) => `${kind} recorded`,
  ),
  ...['accept', 'ship', 'reject', 'cancel', 'revise'].map((kind) => `${kind} CONFLICT`),
  ...['cancel ALREADY_FINAL', 'revise ALREADY_FINAL', 'revise BELOW_SHIPPED'],
  ...['revise VERSION_MISMATCH', 'overdue NOT_DUE', 'accept ALREADY_REPORTED', 'ship NOT_ACCEPTED'],
  ...['deliver NOT_SHIPPED', 'reject QUANTITY_TOO_LARGE'],
  ...['ship in part', 'ship SHIPS_COMPLETE', 'ship QUANTITY_TOO_LARGE'],
  ...['create approved', 'create backordered', 'create rejected CANCELLED', 'create rejected OUT_OF_STOCK'],
  ...['create rejected CREDIT_LIMIT_EXCEEDED', 'create rejected PROCESSING_FAILED'],
  ...['revise applied', 'revise turned-back OUT_OF_STOCK', 'revise turned-back CREDIT_LIMIT_EXCEEDED'],
  ...['revise turned-back SHIPPED_MEANWHILE', 'revise turned-back PROCESSING_FAILED'],
  ...['cancel cancelled', 'reject given-back', 'ship shipped', 'return returned', 'return NOT_RETURNABLE'],
  ...['create', 'cancel', 'revise', 'reject', 'ship', 'return'].flatMap((kind) => [
    `${kind} closed`,
    `${kind} attention`,
    `${kind} dropped`,
  ]),
  ...['resolve by-hand', 'resolve decided-against', 'operator retried'],
  ...['BACKORDERED', 'FULFILLING', 'SHIPPED', 'DELIVERED', 'CANCELLED', 'REJECTED'].map(
    (end) => `ends ${end}`,
  ),
  ...['authorized', 'partly_captured', 'captured', 'partly_refunded', 'refunded', 'unpaid'].map(
    (payment) => `pays ${payment}`,
  ),
];

/** A case that the property found: a step fails after it took effect, and then meets a fault that is its own. */
const FAULT_UPON_FAULT: OrderStory = {
  shipComplete: true,
  canBackorder: false,
  creditLimit: 80,
  stock: { cup: [0, 0, 0], tea: [0, 0, 0] },
  lines: [{ sku: 'tea', quantity: 1, unitPrice: 1 }],
  moves: [
    { do: 'deliver', sku: 'tea', node: 'n1', quantity: 1 },
    ...advances(3),
    { do: 'begin', command: { kind: 'reject', shipment: 0, line: 0, quantity: 1, reason: 'NOT_IN_STOCK' } },
    { do: 'fault', saga: 0, isTaken: false, isProvable: false },
    ...advances(1),
    { do: 'operate', command: 0, isByHand: true },
    ...advances(4),
    { do: 'late', command: 1, isUnaware: false },
    ...advances(1),
    { do: 'fault', saga: 0, isTaken: true, isProvable: false },
  ],
};

function advances(count: number): OrderStory['moves'] {
  return Array.from({ length: count }, () => ({ do: 'advance', saga: 0, isLost: true }));
}

test('a step that is made to fail may meet a fault of its own', async () => {
  const { seen } = await played(FAULT_UPON_FAULT);
  expect([...seen]).toContain('reject dropped');
});

test('in any interleaving an order leaves no unit, no credit, no lock and no command behind, and its log gives what it is', async () => {
  const seen = new Set<string>();
  const property = fc.asyncProperty(stories, async (story) => {
    const { ledger, seen: all } = await played(story);
    for (const what of all) seen.add(what);
    seen.add(`ends ${ledger.order?.status}`).add(`pays ${ledger.order?.payment}`);
  });
  await assertUntilSeenAsync(property, STORIES, () => MUST_BE_SEEN.filter((what) => !seen.has(what)));
});
