import fc from 'fast-check';
import { expectFolded, expectInOrder } from './order-invariants';
import { type OrderStory, stories } from './order-play';
import { OrderReader } from './order-reader';
import { OrderStage } from './order-stage';
import { assertUntilSeen } from './until-seen';

/** CI plays this many stories, or more; fast-check prints the seed of one that fails. */
const STORIES = 1_000;

function played(story: OrderStory): OrderStage {
  const stage = new OrderStage(story);
  const reader = new OrderReader();
  let looked = 0;
  for (const move of story.moves) {
    stage.move(move);
    if (!stage.isQuiet || stage.steps === looked) continue;
    expectInOrder(stage);
    reader.expectToKnow(stage.ledger);
    looked = stage.steps;
  }
  stage.settle();
  expectInOrder(stage);
  reader.expectToKnow(stage.ledger);
  expectFolded(stage.ledger);
  return stage;
}

/** Of the many ways in which a story can go, these are too important to be left to luck. */
const MUST_BE_SEEN = [
  ...['accept', 'ship', 'deliver', 'overdue', 'reject', 'cancel', 'revise'].map((kind) => `${kind} done`),
  ...['accept', 'ship', 'reject', 'cancel', 'revise'].map((kind) => `${kind} CONFLICT`),
  ...['cancel ALREADY_FINAL', 'revise ALREADY_FINAL', 'revise BELOW_SHIPPED', 'revise LINE_MISMATCH'],
  ...['revise OUT_OF_STOCK', 'revise CREDIT_LIMIT_EXCEEDED', 'revise VERSION_MISMATCH', 'overdue NOT_DUE'],
  ...['revise unfinished', 'revise PROCESSING_FAILED'],
  ...['accept ALREADY_REPORTED', 'ship NOT_ACCEPTED', 'deliver NOT_SHIPPED', 'reject QUANTITY_TOO_LARGE'],
  ...['BACKORDERED', 'FULFILLING', 'SHIPPED', 'DELIVERED', 'CANCELLED', 'REJECTED'].map(
    (end) => `ends ${end}`,
  ),
  ...['authorized', 'partly_captured', 'captured', 'unpaid'].map((payment) => `pays ${payment}`),
];

test('in any interleaving an order leaves no unit, no credit and no lock behind, and its log gives what it is', () => {
  const seen = new Set<string>();
  const property = fc.property(stories, (story) => {
    const { ledger, seen: all } = played(story);
    for (const what of all) seen.add(what);
    seen.add(`ends ${ledger.order?.status}`).add(`pays ${ledger.order?.payment}`);
  });
  assertUntilSeen(property, STORIES, () => MUST_BE_SEEN.filter((what) => !seen.has(what)));
});
