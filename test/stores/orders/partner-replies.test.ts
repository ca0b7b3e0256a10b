import { Findings } from '../../../src/audit/audit-findings';
import { auditInventory } from '../../../src/audit/inventory/audit-inventory';
import type { Command } from '../../../src/contracts/commands';
import { hasSurplus, partnersAsked } from '../../../src/domain/inventory/reservation/partner-booking';
import type { PartnerReply } from '../../../src/domain/inventory/reservation/partner-request';
import {
  decideAskPartners,
  decideNotePartnerReply,
  type PartnerDecision,
  type PartnerStep,
} from '../../../src/domain/inventory/reservation/partner-round';
import { decideRelease } from '../../../src/domain/inventory/reservation/release';
import { type Reservation, reservationIdOf } from '../../../src/domain/inventory/reservation/reservation';
import { decideReserve } from '../../../src/domain/inventory/reservation/reserve';
import type { InventorySession } from '../../../src/stores/inventory/inventory-session';
import { openStores, type Stores } from '../../../src/stores/stores';
import { createTestDatabase, type TestDatabase } from '../../support/test-database';
import { SeededRandom } from '../seeded-random';

const CAUSE = { commandId: 'set-up', caller: 'operator', correlation: 'set-up' };
const PARTNERS = ['p1', 'p2', 'p3'];
const YES: PartnerReply = { kind: 'confirmed', references: ['b1'] };
const WORDS: readonly PartnerReply[] = [
  YES,
  { kind: 'confirmed', references: ['b1', 'b2'] },
  { kind: 'refused', reason: 'NOT_IN_STOCK' },
  { kind: 'refused', reason: 'NO_CAPACITY' },
  { kind: 'unreachable' },
];

let database: TestDatabase;
/** The stores of two processes. */
let stores: readonly Stores[];
let first: Stores;
let orders = 0;

beforeAll(async () => {
  database = await createTestDatabase();
  const { url } = database;
  first = openStores({ orders: url, inventory: url, credit: url });
  stores = [first, openStores({ orders: url, inventory: url, credit: url })];
  const node = { name: 'node', region: 'eu', enabled: true, safetyStock: 0 };
  for (const [at, id] of PARTNERS.entries()) {
    const partner = { ...node, id, kind: 'partner', priority: at + 1, feedTtlSeconds: 86_400 } as const;
    await first.inventorySetUp.setNode(partner, CAUSE);
  }
  const own = { ...node, id: 'w1', kind: 'warehouse', priority: 9, feedTtlSeconds: null } as const;
  await first.inventorySetUp.setNode(own, CAUSE);
  const source = {
    id: 'erp',
    name: 'ERP',
    basis: 'on_hand',
    authority: 1,
    nodes: [...PARTNERS, 'w1'],
  } as const;
  await first.inventorySetUp.setSource(source, CAUSE);
});

afterAll(async () => {
  const findings = new Findings();
  await auditInventory(first.inventory.client, true, findings);
  await Promise.all(stores.map((one) => one.close()));
  await database.drop();
  expect(findings.list()).toEqual([]);
});

/** Creates an order of three units of a new item, with these counts by node. */
async function committed(
  counts: Readonly<Record<string, number>>,
): Promise<Command & { readonly sku: string }> {
  orders += 1;
  const sku = `sku-${orders}`;
  const orderId = `ord_${orders}`;
  await first.inventorySetUp.setItem(
    { sku, name: sku, backorder: { mode: 'none' }, perOrderMax: null, tags: [] },
    CAUSE,
  );
  const source = await first.inventorySetUp.source('erp');
  if (!source) throw new Error('there is no source');
  const observedAt = new Date().toISOString();
  const rows = Object.entries(counts).map(([nodeId, count]) => ({
    messageId: `${sku}/${nodeId}`,
    sku,
    nodeId,
    section: null,
    count,
    sequence: 1,
    observedAt,
  }));
  await first.inventoryFeed.apply(source, rows, CAUSE);
  const command = { commandId: orderId, caller: 'shop', correlation: orderId, sku };
  const request = {
    reservationId: reservationIdOf(orderId),
    caller: 'shop',
    orderId,
    demands: [{ sku, quantity: 3 }],
    buyer: { region: 'eu', channel: null, shippingMethod: null, customerId: null },
    ttlSeconds: null,
    shipComplete: false,
    maxShipments: null,
  };
  const [answer] = await first.inventory.step('commitStock', [command], scopeOf(command), ({ room, now }) =>
    decideReserve(undefined, request, room, now),
  );
  expect(answer).toMatchObject({ kind: 'done' });
  return command;
}

const scopeOf = ({ commandId, sku }: Command & { readonly sku: string }) => ({
  skus: [sku],
  reservationIds: [reservationIdOf(commandId)],
  orderIds: [commandId],
  claims: [],
});

type Ordered = Awaited<ReturnType<typeof committed>>;

async function taken(
  { inventory }: Stores,
  command: Ordered,
  decide: (session: InventorySession, existing: Reservation | undefined) => PartnerDecision,
): Promise<PartnerStep> {
  const [answer] = await inventory.step('confirmAtPartners', [command], scopeOf(command), (session) =>
    decide(session, session.reservationOfOrder(command.commandId)),
  );
  if (!answer) throw new Error('a step gave no answer');
  return answer;
}

const ask = (at: Stores, command: Ordered) =>
  taken(at, command, ({ room, now }, existing) => decideAskPartners(existing, room, now));
const note = (at: Stores, command: Ordered, nodeId: string, round: number, word: PartnerReply) =>
  taken(at, command, ({ room, now }, existing) =>
    decideNotePartnerReply(existing, { nodeId, round, word, retrySeconds: 900 }, room, now),
  );

/** Releases all of it, as its saga would do. */
async function released(command: Ordered): Promise<void> {
  const { commandId: orderId } = command;
  const release = {
    reservationId: reservationIdOf(orderId),
    caller: 'shop',
    orderId,
    reason: 'CANCELLED',
  } as const;
  await first.inventory.step('releaseStock', [command], scopeOf(command), (session) =>
    decideRelease(session.reservationOfOrder(orderId), release),
  );
}

const loggedFor = ({ commandId }: Ordered) =>
  first.inventory.client.$queryRaw<{ type: string; data: object }[]>`
    SELECT type, data FROM event WHERE stream = ${`reservation/${reservationIdOf(commandId)}`} ORDER BY version`;
const answersTo = ({ commandId }: Ordered) =>
  first.inventory.client.$queryRaw<{ step: string; answer: object }[]>`
    SELECT step, answer FROM step_answer WHERE command_id = ${commandId} AND step = 'confirmAtPartners'`;

test('a request is stored without an answer, and the end of the round with one', async () => {
  const command = await committed({ p1: 3, p2: 3 });
  expect(await ask(first, command)).toMatchObject({ kind: 'ask', nodeId: 'p1', round: 1 });
  expect(await answersTo(command)).toEqual([]);
  expect(await note(first, command, 'p1', 1, { kind: 'unreachable' })).toMatchObject({
    kind: 'ask',
    nodeId: 'p2',
    round: 2,
  });
  expect(await answersTo(command)).toEqual([]);
  const end = await note(first, command, 'p2', 2, YES);
  expect(end).toMatchObject({ kind: 'done', partners: ['p2'], hasSurplus: true });
  expect(await answersTo(command)).toEqual([{ step: 'confirmAtPartners', answer: end }]);
  const logged = await loggedFor(command);
  expect(logged.map(({ type }) => type.replace('inventory.', ''))).toEqual([
    'reservation-committed.v1',
    'partner-asked.v1',
    'partner-replied.v1',
    'reservation-resourced.v1',
    'partner-asked.v1',
    'partner-replied.v1',
  ]);
  expect(await note(first, command, 'p1', 1, YES)).toEqual(end);
  expect(await ask(first, command)).toEqual(end);
  expect(await loggedFor(command)).toEqual(logged);
});

test('a request outlives its reservation: its key is found when all bookings are to be cancelled', async () => {
  const command = await committed({ p1: 3 });
  await ask(first, command);
  await released(command);
  const over = { kind: 'refused', reason: 'RELEASED_EARLIER' };
  expect(await note(first, command, 'p1', 1, YES)).toEqual(over);
  const [reservation] = await first.partnerBookings.askedFor(command.commandId);
  if (!reservation) throw new Error('there is no reservation');
  expect(partnersAsked(reservation)).toMatchObject([
    { partner: 'p1', askings: [{ key: `${reservation.id}/p1/1`, word: null }], delivers: [] },
  ]);
  expect(hasSurplus(reservation)).toBe(true);
});

/** Plays one run of a command to its end, with replies of its own; at times it forgets its last answer. */
async function run(at: Stores, command: Ordered, random: SeededRandom): Promise<PartnerStep> {
  let next = await ask(at, command);
  while (next.kind === 'ask') {
    next = await note(at, command, next.nodeId, next.round, random.pick(WORDS));
    if (random.below(4) === 0) next = await ask(at, command);
  }
  return next;
}

test(`runs in several processes that get different replies end alike (seed ${SeededRandom.seed})`, async () => {
  const random = new SeededRandom();
  const counts = [
    { p1: 3, p2: 3, p3: 3, w1: 3 },
    { p1: 3, p2: 3 },
  ];
  for (let round = 0; round < 25; round++) {
    const command = await committed(counts[round % 2] ?? {});
    const ends = await Promise.all([0, 1, 0, 1].map((at) => run(stores[at] ?? first, command, random)));
    for (const end of ends) expect(end).toEqual(ends[0]);
    const replies = (await loggedFor(command)).filter(({ type }) => type === 'inventory.partner-replied.v1');
    const keys = replies.map(({ data }) => JSON.stringify({ ...data, word: undefined, lines: undefined }));
    expect(new Set(keys).size).toBe(keys.length);
    if (ends[0]?.kind !== 'refused') continue;
    await released(command);
  }
});
