import { auditBooks } from '../../src/audit/audit';
import type { ReservationOutcome, ReserveInventory } from '../../src/contracts/commands';
import { holdOf, randomId } from '../support/new-commands';
import { eventTypesOf } from '../support/saga-books';
import { readyWorker } from '../support/saga-failpoints';
import { openSagaFixture, type SagaFixture } from '../support/saga-fixture';

const held = () => holdOf([['MUG-02', 2]]);
const short = () => holdOf([['MUG-02', 90_000]]);
const SCENARIOS = [
  { name: 'before holdStock, alone', moment: 'before', holds: [held()] },
  { name: 'after holdStock, alone', moment: 'after', holds: [held()] },
  { name: 'before holdStock, a refusal', moment: 'before', holds: [short()] },
  { name: 'after holdStock, a refusal', moment: 'after', holds: [short()] },
  { name: 'after holdStock, together', moment: 'after', holds: [held(), short(), held()] },
] as const;

let fixture: SagaFixture;
const answers = new Map<string, readonly ReservationOutcome[]>();

/** Carries reservations in one saga, as the intake does. */
async function reserve(holds: readonly ReserveInventory[]): Promise<readonly ReservationOutcome[]> {
  const { ended } = await fixture.context.sagas.start({
    workflow: 'reserveInventory',
    workflowId: `reserveInventory/${randomId()}`,
    input: holds,
    lines: holds.map(({ commandId }) => commandId),
    subjects: holds.map(({ commandId }) => commandId),
  });
  return (await ended) as readonly ReservationOutcome[];
}

beforeAll(async () => {
  fixture = await openSagaFixture({ worker: false, eager: false });
  const victim = await readyWorker(fixture);
  // A holder of the step keeps the lock on the item's row, so each scenario needs its own death.
  let next = victim;
  for (const { name, moment, holds } of SCENARIOS) {
    const dying = next;
    await dying.work({ step: 'holdStock', moment, among: holds.map(({ commandId }) => commandId) });
    const answered = reserve(holds);
    answered.catch(() => undefined);
    next = await readyWorker(fixture);
    expect(await dying.death).toBe('SIGKILL');
    await next.work();
    answers.set(name, await answered);
  }
  await next.end();
}, 300_000);

afterAll(() => fixture.close());

test.each(SCENARIOS)(
  'a process killed just $name: another answers, and stock is held once',
  async ({ name, holds }) => {
    const wanted = holds.map(({ demands }) =>
      demands.some(({ quantity }) => quantity > 2) ? 'refused' : 'held',
    );
    expect(answers.get(name)?.map(({ kind }) => kind)).toEqual(wanted);
    for (const [at, { commandId }] of holds.entries()) {
      const types = await eventTypesOf(fixture.sql, commandId);
      expect(types.filter((type) => type === 'inventory.reservation-held.v1')).toHaveLength(
        wanted[at] === 'held' ? 1 : 0,
      );
    }
  },
);

test('and the books balance', async () => {
  expect(await auditBooks(fixture.context.stores, { isQuiet: true })).toEqual([]);
});
