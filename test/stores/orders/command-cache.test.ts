import type { CommandRow } from '../../../src/domain/command/recorded-command';
import { CommandCache } from '../../../src/stores/orders/command-cache';
import type { StoredCommand } from '../../../src/stores/orders/command-rows';
import type { CommandStore } from '../../../src/stores/orders/command-store';

function row(id: string, decision: object | null = null): StoredCommand {
  const content = { id, kind: 'create', caller: 'shop', subject: id, wanted: { customerId: 'ann' } };
  const state = { recordedAt: '', workflowId: 's', attention: null, isClosed: false, fingerprint: id };
  return { ...content, ...state, decision } as unknown as StoredCommand;
}

/** Returns a cache over a store of these rows, and the store's queries. */
function cacheOver(...stored: readonly StoredCommand[]) {
  const asked: string[][] = [];
  const commands = async (ids: readonly string[]) => {
    asked.push([...ids]);
    return new Map(stored.filter(({ id }) => ids.includes(id)).map((each) => [each.id, each]));
  };
  return { asked, cache: new CommandCache({ commands } as unknown as CommandStore) };
}

const APPROVED = { kind: 'approved' } as const;
const idsOf = (rows: readonly CommandRow[]) => rows.map(({ id }) => id);

test('commands that this process recorded are not read, and others are read once', async () => {
  const { asked, cache } = cacheOver(row('b'), row('c'));
  cache.remember([row('a')]);
  expect(idsOf(await cache.recorded(['c', 'a', 'b']))).toEqual(['c', 'a', 'b']);
  await cache.recorded(['a', 'b', 'c']);
  expect(asked).toEqual([['c', 'b']]);
});

test('a decision is read until it is known, and then from memory', async () => {
  const { asked, cache } = cacheOver(row('a', APPROVED));
  cache.remember([row('a')]);
  expect(await cache.decided(['a'])).toMatchObject([{ id: 'a', decision: APPROVED }]);
  await cache.decided(['a']);
  expect(asked).toEqual([['a']]);
});

test('a decision that this process made is not read', async () => {
  const { asked, cache } = cacheOver();
  cache.remember([row('a')]);
  cache.rememberDecision('a', APPROVED);
  cache.rememberDecision('never heard of', APPROVED);
  expect(await cache.decided(['a'])).toMatchObject([{ decision: APPROVED }]);
  expect(asked).toEqual([]);
});

test('a step on a command that was never recorded, or is not decided, is a fault', async () => {
  const { cache } = cacheOver(row('a'));
  await expect(cache.recorded(['a', 'none'])).rejects.toThrow('command none was never recorded');
  await expect(cache.decided(['a'])).rejects.toThrow('command a is not decided');
});

test('the cache drops its oldest entry first, and reads it again', async () => {
  const { asked, cache } = cacheOver(row('first'), row('0'));
  cache.remember([row('first')]);
  for (let index = 0; index < 5_000; index += 1) cache.remember([row(`${index}`)]);
  await cache.recorded(['0']);
  expect(asked).toEqual([]);
  await cache.recorded(['first']);
  expect(asked).toEqual([['first']]);
});

test('a request for more commands than the cache holds returns all of them', async () => {
  const many = Array.from({ length: 6_000 }, (_, index) => row(`${index}`));
  const { cache } = cacheOver(...many);
  expect(await cache.recorded(many.map(({ id }) => id))).toHaveLength(6_000);
});
