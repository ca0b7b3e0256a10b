import { setTimeout as sleep, setImmediate as turn } from 'node:timers/promises';
import { Failed, Intake, IntakeFull, type IntakeLimits } from '../../src/intake/intake';

const LIMITS: IntakeLimits = {
  batchSize: 4,
  batchWeight: 100,
  slots: 1,
  patienceMs: 10_000,
  slotTimeoutMs: 10_000,
  quietMs: 5,
  queue: 10,
};

/** Sagas that end when the test says so; their commands are recorded at once. */
class HeldSagas {
  readonly batches: string[][] = [];
  readonly #ends: (() => void)[] = [];
  readonly intake: Intake<string, string>;

  constructor(limits: Partial<IntakeLimits> = {}) {
    this.intake = new Intake(
      async (commands) => {
        this.batches.push([...commands]);
        const ended = new Promise<void>((resolve) => {
          this.#ends.push(resolve);
        });
        return { answers: commands.map((id) => `${id} recorded`), ended };
      },
      { ...LIMITS, ...limits },
    );
  }

  submit(...ids: string[]): Promise<string>[] {
    return ids.map((id) => this.intake.submit(id));
  }

  endNext(): void {
    const end = this.#ends.shift();
    if (!end) throw new Error('no saga is in flight');
    end();
  }

  async untilStarted(batches: number): Promise<void> {
    for (const deadline = Date.now() + 60_000; this.batches.length < batches; await sleep(1)) {
      if (Date.now() > deadline)
        throw new Error(`${this.batches.length} batches were started, not ${batches}`);
    }
  }
}

describe('commands that travel together', () => {
  test('a lone command starts at once, alone; those that arrive meanwhile wait and travel in one batch', async () => {
    const sagas = new HeldSagas();
    sagas.submit('a');
    await sagas.untilStarted(1);
    const answers = sagas.submit('b', 'c', 'd');
    expect([sagas.intake.waiting, sagas.intake.inFlight]).toEqual([3, 1]);
    sagas.endNext();
    await sagas.untilStarted(2);
    expect(sagas.batches).toEqual([['a'], ['b', 'c', 'd']]);
    expect(await Promise.all(answers)).toEqual(['b recorded', 'c recorded', 'd recorded']);
  });

  test('beside a saga in flight a full batch starts at once, and one that is not full after a while', async () => {
    const patient = new HeldSagas({ slots: 3 });
    patient.submit('a');
    await patient.untilStarted(1);
    patient.submit('b', 'c', 'd', 'e', 'f');
    await turn();
    expect(patient.batches).toEqual([['a'], ['b', 'c', 'd', 'e']]);
    const impatient = new HeldSagas({ slots: 3, patienceMs: 30 });
    impatient.submit('a');
    await impatient.untilStarted(1);
    impatient.submit('f');
    await impatient.untilStarted(2);
    expect(impatient.batches).toEqual([['a'], ['f']]);
  });

  test('no batch is larger than the limit', async () => {
    const sagas = new HeldSagas({ slots: 3, patienceMs: 0 });
    sagas.submit('a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i');
    await sagas.untilStarted(3);
    expect(sagas.batches.map((batch) => batch.length)).toEqual([4, 4, 1]);
  });

  test('no batch is heavier than the limit, and a command that is too heavy by itself travels alone', async () => {
    const batches: (readonly string[])[] = [];
    const carry = async (commands: readonly string[]) => {
      batches.push(commands);
      return { answers: commands, ended: Promise.resolve() };
    };
    const weigh = (command: string) => Number(command.split('/')[1]);
    const intake = new Intake(carry, { ...LIMITS, batchWeight: 10, quietMs: 1 }, weigh);
    await Promise.all(['a/4', 'b/6', 'c/1', 'd/99', 'e/2'].map((id) => intake.submit(id)));
    expect(batches).toEqual([['a/4', 'b/6'], ['c/1'], ['d/99'], ['e/2']]);
  });

  test('callers who come back one by one after a batch stay together', async () => {
    const sagas = new HeldSagas({ quietMs: 200 });
    const answers = sagas.submit('a', 'b', 'c');
    await sagas.untilStarted(1);
    sagas.endNext();
    await Promise.all(answers);
    sagas.submit('d');
    await sleep(1);
    sagas.submit('e', 'f');
    await sagas.untilStarted(2);
    expect(sagas.batches[1]).toEqual(['d', 'e', 'f']);
  });

  test('once as many callers are back as there were, the next batch waits for nobody else', async () => {
    const sagas = new HeldSagas({ quietMs: 100_000 });
    sagas.submit('a');
    await sagas.untilStarted(1);
    sagas.submit('b', 'c');
    sagas.endNext();
    await sagas.untilStarted(2);
    sagas.endNext();
    await turn();
    sagas.submit('d');
    await turn();
    expect(sagas.batches).toHaveLength(2);
    sagas.submit('e');
    await sagas.untilStarted(3);
    expect(sagas.batches[2]).toEqual(['d', 'e']);
  });
});

describe('the answer to a command', () => {
  test('comes with its record, before its saga has ended', async () => {
    const sagas = new HeldSagas();
    expect(await Promise.all(sagas.submit('a'))).toEqual(['a recorded']);
    expect(sagas.intake.inFlight).toBe(1);
  });

  test('past the bound of the queue is that nothing was taken', async () => {
    const sagas = new HeldSagas({ queue: 2 });
    sagas.submit('a');
    await sagas.untilStarted(1);
    sagas.submit('b', 'c');
    expect(() => sagas.submit('d')).toThrow(IntakeFull);
    sagas.endNext();
    await sagas.untilStarted(2);
    expect(sagas.batches).toEqual([['a'], ['b', 'c']]);
    sagas.submit('d');
  });

  test('is the fault of its batch where that could not be recorded, and the next batch goes on', async () => {
    let isDown = true;
    const intake = new Intake<string, string>(async (answers) => {
      if (isDown) throw new Error('the store is away');
      return { answers, ended: Promise.resolve() };
    }, LIMITS);
    const refused = [intake.submit('a'), intake.submit('b')];
    for (const one of refused) await expect(one).rejects.toThrow('the store is away');
    isDown = false;
    expect(await intake.submit('a')).toBe('a');
  });

  test('is its own fault where it failed alone of its batch', async () => {
    const intake = new Intake<string, string>(async (commands) => {
      const answers = commands.map((id) => (id === 'b' ? new Failed(new Error('b is bad')) : id));
      return { answers, ended: Promise.resolve() };
    }, LIMITS);
    const [a, b, c] = ['a', 'b', 'c'].map((id) => intake.submit(id));
    await expect(b).rejects.toThrow('b is bad');
    expect(await Promise.all([a, c])).toEqual(['a', 'c']);
  });

  test('is a fault where its batch gave none for it, and for no other', async () => {
    const carry = async () => ({ answers: ['first'], ended: Promise.resolve() });
    const intake = new Intake<string, string>(carry, LIMITS);
    const [one, two] = [intake.submit('a'), intake.submit('b')];
    expect(await one).toBe('first');
    await expect(two).rejects.toThrow('a batch returned no answer for one of its commands');
  });
});

describe('a slot is free again', () => {
  test('when the saga in it has ended, also where that failed', async () => {
    const intake = new Intake<string, string>(
      async (answers) => ({ answers, ended: Promise.reject(new Error('the saga failed')) }),
      LIMITS,
    );
    for (const id of ['a', 'b', 'c']) expect(await intake.submit(id)).toBe(id);
  });

  test('a while after its start where the saga does not end, so that a worker that is away stops no intake', async () => {
    const sagas = new HeldSagas({ slotTimeoutMs: 20 });
    sagas.submit('a');
    await sagas.untilStarted(1);
    sagas.submit('b');
    await sagas.untilStarted(2);
    expect(sagas.batches).toEqual([['a'], ['b']]);
  });
});
