import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { auditBooks } from '../../src/audit/audit';
import { reconcileStores } from '../../src/audit/reconcile/reconcile';
import { closeContext, openContext } from '../../src/main/roles/process-context';
import { startRelay } from '../../src/main/roles/relay-role';
import { startWorker } from '../../src/main/roles/worker-role';
import { findFreePorts } from '../../tools/processes/ports';
import { findTemporalBinary } from '../../tools/temporal/temporal-binary';
import { startTemporalServer } from '../../tools/temporal/temporal-server';
import { cancelOf, orderOf } from '../support/new-commands';
import { approved, given } from '../support/order-changes';
import { eventually, openSagaFixture, type SagaFixture } from '../support/saga-fixture';

let fixture: SagaFixture;
const folder = mkdtempSync(path.join(tmpdir(), 'holdfast-temporal-lost-'));

beforeAll(async () => {
  fixture = await openSagaFixture();
});

afterAll(async () => {
  await fixture.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Starts a Temporal that knows no workflow. */
async function freshTemporal() {
  const [port = 0] = await findFreePorts(1);
  const binary = await findTemporalBinary({ report: () => undefined, signal: new AbortController().signal });
  const options = {
    binary,
    dataFolder: folder,
    port,
    uiPort: undefined,
    namespace: 'default',
    inMemory: true,
  };
  return startTemporalServer({ ...options, onSpawn: () => undefined });
}

test('with an empty Temporal in place of the lost one, every recorded command ends and the stores agree', async () => {
  const order = await approved(fixture);
  await fixture.stopWorker();
  // Their sagas begin at the Temporal that is lost, and no worker carries them out there.
  const orders = [orderOf([['MUG-01', 1]]), orderOf([['MUG-01', 1_000_000]])];
  const commands = [...orders, cancelOf(order)];
  for (const command of commands) expect((await given(fixture, command as never)).kind).toBe('recorded');

  const temporal = await freshTemporal();
  const settings = {
    ...fixture.settings,
    temporal: { ...fixture.settings.temporal, address: temporal.address },
  };
  const context = await openContext(settings, true);
  const worker = await startWorker(context, (error) => {
    throw error;
  });
  const relay = startRelay(context);
  try {
    await eventually(async () => {
      const rows = await context.stores.commands.commands(commands.map(({ id }) => id));
      expect(commands.map(({ id }) => rows.get(id)?.isClosed)).toEqual([true, true, true]);
    });
    const statuses = [...orders, order].map(
      async ({ id }) => (await context.stores.ordersReads.order(id))?.status,
    );
    expect(await Promise.all(statuses)).toEqual(['APPROVED', 'REJECTED', 'CANCELLED']);
    expect(await reconcileStores(context.stores, { safeMinutes: 0 })).toEqual({ lines: [], left: 0 });
    expect(await auditBooks(context.stores)).toEqual([]);
  } finally {
    await relay.stop();
    await worker.stop();
    await closeContext(context);
    await temporal.stop();
  }
});
