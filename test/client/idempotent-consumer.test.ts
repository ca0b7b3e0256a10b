import fc from 'fast-check';
import { EventsMissing, IdempotentConsumer, type VersionedEvent } from '../../client/idempotent-consumer';

/** A consumer that notes what it applies, and reads what it has missed from a whole log. */
function consumerOf(log: readonly VersionedEvent[]) {
  const applied: VersionedEvent[] = [];
  const versionOf = (stream: string) => applied.filter((event) => event.stream === stream).length;
  const consumer = new IdempotentConsumer<VersionedEvent>({
    versionOf,
    apply: async (event) => {
      await Promise.resolve();
      applied.push(event);
    },
    missed: async (stream, after) => log.filter((event) => event.stream === stream && event.version > after),
  });
  return { consumer, applied };
}

const logs = fc
  .array(fc.integer({ min: 1, max: 6 }), { minLength: 1, maxLength: 4 })
  .map((lengths) =>
    lengths.flatMap((length, at) =>
      Array.from({ length }, (_, index) => ({ stream: `s${at}`, version: index + 1 })),
    ),
  );

test('events that come twice, in any order or not at all have each one effect, in the order of their stream', async () => {
  await fc.assert(
    fc.asyncProperty(
      logs.chain((log) => fc.tuple(fc.constant(log), fc.array(fc.constantFrom(...log), { maxLength: 30 }))),
      async ([log, delivered]) => {
        const { consumer, applied } = consumerOf(log);
        await Promise.all(delivered.map((event) => consumer.take(event)));
        const streams = new Set(log.map(({ stream }) => stream));
        for (const stream of streams) {
          const versions = applied.filter((event) => event.stream === stream).map(({ version }) => version);
          expect(versions).toEqual(versions.map((_, index) => index + 1));
          const newest = Math.max(0, ...delivered.filter((e) => e.stream === stream).map((e) => e.version));
          expect(versions.length).toBeGreaterThanOrEqual(newest);
        }
      },
    ),
  );
});

test('says how it took an event', async () => {
  const log = [1, 2, 3].map((version) => ({ stream: 's', version }));
  const { consumer } = consumerOf(log);
  const [first, , third] = log as [VersionedEvent, VersionedEvent, VersionedEvent];
  expect(await consumer.take(first)).toBe('applied');
  expect(await consumer.take(first)).toBe('known');
  expect(await consumer.take(third)).toBe('caught up');
});

test('refuses an event whose predecessors are nowhere, and goes on with others', async () => {
  const { consumer, applied } = consumerOf([{ stream: 's', version: 1 }]);
  await expect(consumer.take({ stream: 's', version: 3 })).rejects.toThrow(EventsMissing);
  expect(await consumer.take({ stream: 't', version: 1 })).toBe('applied');
  expect(applied).toEqual([
    { stream: 's', version: 1 },
    { stream: 't', version: 1 },
  ]);
});
