import { PLANS } from '../../src/contracts/plans';
import { member, poison, ran, refusing } from './played-port';

const RECORDED = 'Recorded 2026-11-30 12:00:00 UTC.';
/** The empty paragraphs at the end of every page. */
const ROOM = ['', '\u00a0', '', '\u00a0'];
const ALONE = [member('a')];

test('a page begins with the record, the verdict and what is left, and then has one row a step', async () => {
  const says = { holdCredit: () => ({ kind: 'done', note: 'EUR 30.00 held' }) as const };
  const { port } = await ran(PLANS.create, ALONE, { says });
  expect(port.shown.split('\n')).toEqual([
    `${RECORDED} **APPROVED. The stock is committed and the credit is held. The reports of the nodes carry the order on. Nothing is left to do here.**`,
    '',
    'a (command a)',
    '',
    '| step | result | undone |',
    '|---|---|---|',
    '| Hold credit | EUR 30.00 held |  |',
    '| Commit stock | done |  |',
    '| Decide the order | APPROVED |  |',
    ...ROOM,
  ]);
});

test('a refused step says why, and the steps before it are shown as undone', async () => {
  const { port } = await ran(PLANS.create, ALONE, { says: { commitStock: refusing('a') } });
  expect(port.shown).toContain('**REJECTED: nothing is left. Nothing is held. Nothing is left to do here.**');
  expect(port.shown).toContain('| Hold credit | done | done |');
  expect(port.shown).toContain('| Commit stock | refused: OUT_OF_STOCK | done |');
  expect(port.shown).toContain('| Decide the order | REJECTED |  |');
});

test('a step after the refused one is shown as not tried, although its compensation runs', async () => {
  const { port } = await ran(PLANS.create, ALONE, { says: { holdCredit: refusing('a') } });
  expect(port.shown).toContain('| Commit stock | not tried | done |');
});

test('a compensation that was given up asks for a person, and says what is left, why and what to do', async () => {
  const says = { commitStock: refusing('a'), releaseCredit: poison('a', { message: 'the disk is full' }) };
  const { port } = await ran(PLANS.create, ALONE, { says });
  expect(port.shown).toContain(
    '**NEEDS A PERSON. REJECTED: nothing is left. Left to do: Release credit. It failed with: the disk is full. ' +
      'Mend the cause, then retry or resolve the command at /v1/sagas/a.**',
  );
  expect(port.shown).toContain('| Hold credit | done | failed: the disk is full |');
});

test('steps that an earlier run has taken are not shown as missing', async () => {
  const { port } = await ran(PLANS.create, [member('a', 'rejected')]);
  expect(port.shown).toContain('| Hold credit | in an earlier run | done |');
});

test('the page of a batch counts its commands, lists exceptions first, and counts the others', async () => {
  const members = ['a', 'b', 'c', 'd'].map((id) => member(id));
  const says = { commitStock: refusing('b') };
  const { port } = await ran(PLANS.create, members, { says });
  expect(port.shown.split('\n')).toEqual([
    `${RECORDED} **4 commands: 3 approved, 1 rejected.**`,
    '',
    '| exception | what happened |',
    '|---|---|',
    '| b | REJECTED: nothing is left. Nothing is held. Nothing is left to do here. |',
    '',
    'Others: 3 approved.',
    '',
    'The details of the workflow list all commands.',
    ...ROOM,
  ]);
});

test('a member that leaves a batch names the workflow in which it goes on', async () => {
  const says = { commitStock: refusing('b'), releaseCredit: poison('b') };
  const { port } = await ran(PLANS.create, [member('a'), member('b')], { says });
  expect(port.shown).toContain('1 goes on alone');
  expect(port.shown).toContain('It goes on alone, in the workflow createOrders/subject%20of%20b/b.');
});
