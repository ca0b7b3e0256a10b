import { auditBooks } from '../../src/audit/audit';
import { COMMAND_KINDS } from '../../src/domain/command/recorded-command';
import type { RecordAnswer } from '../../src/stores/orders/command-rows';
import { given } from '../support/order-changes';
import { RECORD_FATES, type Staged } from '../support/saga-failpoint-fates';
import {
  everyCommandClosed,
  stagingOf,
  type Tale,
  taleOf,
  watchForLostSagas,
} from '../support/saga-failpoint-play';
import { RECORD, readyWorker } from '../support/saga-failpoints';
import { openSagaFixture, type SagaFixture } from '../support/saga-fixture';
import { type SimulatorProcess, startSimulator } from '../support/simulator-process';

const MOMENTS = ['before', 'after'] as const;
const FATES = Object.entries(RECORD_FATES);

interface Died {
  readonly staged: Staged;
  /** True when the command was recorded before the death. */
  readonly isRecorded: boolean;
  /** The answer to the caller's repeat. */
  readonly again: RecordAnswer;
  readonly tale: Tale;
}

let simulator: SimulatorProcess;
let fixture: SagaFixture;
const died = new Map<string, Died>();

beforeAll(async () => {
  simulator = await startSimulator();
  fixture = await openSagaFixture({ worker: false, eager: false, partnersUrl: simulator.partnersUrl });
  const stopWatch = watchForLostSagas(fixture);
  for (const moment of MOMENTS) await dieAtRecords(moment);
  const worker = await readyWorker(fixture);
  await worker.work();
  await everyCommandClosed(fixture);
  await worker.end();
  await stopWatch();
  for (const [name, one] of died) died.set(name, { ...one, tale: await taleOf(fixture, one.staged) });
}, 600_000);

afterAll(async () => {
  await fixture.close();
  await simulator.stop();
});

/** Kills an API process while it records a command of each kind; then repeats each command at another process. */
async function dieAtRecords(moment: (typeof MOMENTS)[number]): Promise<void> {
  const staging = stagingOf(fixture);
  const cast = await Promise.all(
    FATES.map(async ([name, fate]) => ({ name, staged: await fate.stage(staging) })),
  );
  const victim = await readyWorker(fixture);
  await victim.work(...cast.map(({ staged }) => ({ step: RECORD, moment, among: [staged.command.id] })));
  for (const { staged } of cast) victim.give(staged.command);
  expect(await victim.death).toBe('SIGKILL');
  for (const { name, staged } of cast) {
    const { id } = staged.command;
    const isRecorded = (await fixture.context.stores.commands.commands([id])).has(id);
    const again = await given(fixture, staged.command);
    died.set(`${moment} ${name}`, { staged, isRecorded, again, tale: {} });
  }
}

test('every kind of command is among them', () => {
  expect(FATES.map(([, { kind }]) => kind).sort()).toEqual([...COMMAND_KINDS].sort());
});

test.each(FATES)('%s: nothing of it was taken where the process died before its record', (name) => {
  expect(died.get(`before ${name}`)).toMatchObject({ isRecorded: false, again: { kind: 'recorded' } });
});

test.each(FATES)('%s: it is carried out where the process died after its record', (name) => {
  expect(died.get(`after ${name}`)).toMatchObject({ isRecorded: true, again: { kind: 'replayed' } });
});

test.each(FATES)('%s: it ends alike wherever the process died', (name, { kind, status }) => {
  const tale = died.get(`after ${name}`)?.tale;
  expect(tale).toMatchObject({ [kind === 'trip' ? 'trip' : 'order']: { status } });
  expect(tale).toEqual(died.get(`before ${name}`)?.tale);
});

test('and the books balance', async () => {
  expect(await auditBooks(fixture.context.stores, { isQuiet: true })).toEqual([]);
});
