import { setTimeout as sleep, setImmediate as turn } from 'node:timers/promises';
import type { Command } from '../../src/contracts/commands';
import { Intake, IntakeFull, type IntakeLimits } from '../../src/intake/intake';

const LIMITS: IntakeLimits = {
  setSize: 4,
  setWeight: 100,
  slots: 1,
  patienceMs: 10_000,
  slotTimeoutMs: 10_000,
  quietMs: 5,
  queue: 10,
};

function command(id: string): Command {
  return { commandId: id, caller: 'test', correlation: id };
}

/** Sagas that end when the test says so. */
class HeldSagas {
  readonly sets: string[][] = [];
  readonly #ends: (() => void)[] = [];
  intake: Intake<Command, string>;

  constructor(limits: Partial<IntakeLimits> = {}) {
    this.intake = new Intake(
      async (commands) => {
        const ids = commands.map(({ commandId }) => commandId);
        this.sets.push(ids);
        const outcomes = new Promise<string[]>((resolve) => {
          this.#ends.push(() => resolve(ids.map((id) => `${id} done`)));
        });
        return { outcomes };
      },
      { ...LIMITS, ...limits },
    );
  }

  submit(...ids: string[]) {
    return ids.map((id) => this.intake.submit(command(id)));
  }

  endNext(): void {
    const end = this.#ends.shift();
    if (!end) throw new Error('no saga is in flight');
    end();
  }

  async untilStarted(sets: number): Promise<void> {
    for (const deadline = Date.now() + 60_000; this.sets.length < sets; await sleep(1)) {
      if (Date.now() > deadline) throw new Error(`${this.sets.length} sets were started, not ${sets}`);
    }
  }
}

describe('which commands travel together', () => {
  test('a lone command starts at once, alone; those that arrive meanwhile wait and travel in one set', async () => {
    const sagas = new HeldSagas();
    sagas.submit('a');
    await sagas.untilStarted(1);
    const tickets = sagas.submit('b', 'c', 'd');
    expect(sagas.intake.waiting).toBe(3);
    sagas.endNext();
    await sagas.untilStarted(2);
    expect(sagas.sets).toEqual([['a'], ['b', 'c', 'd']]);
    sagas.endNext();
    expect(await Promise.all(tickets.map(({ outcome }) => outcome))).toEqual(['b done', 'c done', 'd done']);
  });

  test('beside a saga in flight a full set starts at once, and one that is not full after a while', async () => {
    const patient = new HeldSagas({ slots: 3 });
    patient.submit('a');
    await patient.untilStarted(1);
    patient.submit('b', 'c', 'd', 'e', 'f');
    await turn();
    expect(patient.sets).toEqual([['a'], ['b', 'c', 'd', 'e']]);
    const impatient = new HeldSagas({ slots: 3, patienceMs: 30 });
    impatient.submit('a');
    await impatient.untilStarted(1);
    impatient.submit('f');
    await impatient.untilStarted(2);
    expect(impatient.sets).toEqual([['a'], ['f']]);
  });

  test('no set is larger than the limit', async () => {
    const sagas = new HeldSagas({ slots: 3, patienceMs: 0 });
    sagas.submit('a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i');
    await sagas.untilStarted(3);
    expect(sagas.sets.map((set) => set.length)).toEqual([4, 4, 1]);
  });

  test('no set is heavier than the limit, and a command that is too heavy by itself travels alone', async () => {
    const sets: string[][] = [];
    const start = async (commands: readonly Command[]) => {
      sets.push(commands.map(({ commandId }) => commandId));
      return { outcomes: Promise.resolve(commands.map(() => 'done')) };
    };
    const weigh = ({ commandId }: Command) => Number(commandId.split('/')[1]);
    const intake = new Intake<Command, string>(start, { ...LIMITS, setWeight: 10, quietMs: 1 }, weigh);
    const ids = ['a/4', 'b/6', 'c/1', 'd/99', 'e/2'];
    await Promise.all(ids.map((id) => intake.submit(command(id)).outcome));
    expect(sets).toEqual([['a/4', 'b/6'], ['c/1'], ['d/99'], ['e/2']]);
  });

  test('callers who come back one by one after a set stay together', async () => {
    const sagas = new HeldSagas({ quietMs: 200 });
    const tickets = sagas.submit('a', 'b', 'c');
    await sagas.untilStarted(1);
    sagas.endNext();
    await Promise.all(tickets.map(({ outcome }) => outcome));
    sagas.submit('d');
    await sleep(1);
    sagas.submit('e', 'f');
    await sagas.untilStarted(2);
    expect(sagas.sets[1]).toEqual(['d', 'e', 'f']);
  });
});

describe('what a taker is told', () => {
  test('the same command again shares the first one, and is carried once', async () => {
    const sagas = new HeldSagas();
    const [first, second] = sagas.submit('a', 'a');
    await sagas.untilStarted(1);
    sagas.endNext();
    expect(await first?.outcome).toBe('a done');
    expect(await second?.outcome).toBe('a done');
    expect(sagas.sets).toEqual([['a']]);
  });

  test('past the bound nothing is taken', async () => {
    const sagas = new HeldSagas({ queue: 2 });
    sagas.submit('a');
    await sagas.untilStarted(1);
    sagas.submit('b', 'c');
    expect(() => sagas.submit('d')).toThrow(IntakeFull);
    expect(sagas.intake.pending('d')).toBeUndefined();
    expect(sagas.intake.pending('b')).toMatchObject({ commandId: 'b' });
  });

  test('a start that fails is told to everybody in its set, and the next set goes on', async () => {
    let isDown = true;
    const intake = new Intake<Command, string>(async (commands) => {
      if (isDown) throw new Error('Temporal is away');
      return { outcomes: Promise.resolve(commands.map(({ commandId }) => commandId)) };
    }, LIMITS);
    const refused = intake.submit(command('a'));
    await expect(refused.accepted).rejects.toThrow('Temporal is away');
    await expect(refused.outcome).rejects.toThrow('Temporal is away');
    isDown = false;
    expect(await intake.submit(command('a')).outcome).toBe('a');
  });

  test('a saga that answers for fewer members than it carried fails those it forgot, and no other', async () => {
    const intake = new Intake<Command, string>(
      async () => ({ outcomes: Promise.resolve(['first']) }),
      LIMITS,
    );
    const [one, two] = [intake.submit(command('a')), intake.submit(command('b'))];
    expect(await one.outcome).toBe('first');
    await expect(two.outcome).rejects.toThrow('no outcome for b');
  });
});

test('a saga that nobody finishes frees its slot in time, so that a stopped worker does not stop the intake', async () => {
  const sagas = new HeldSagas({ slotTimeoutMs: 20 });
  const [stuck] = sagas.submit('a');
  await stuck?.accepted;
  sagas.submit('b');
  await sagas.untilStarted(2);
  expect(sagas.sets).toEqual([['a'], ['b']]);
  expect(sagas.intake.pending('a')).toMatchObject({ commandId: 'a' });
});
