import { PLANS } from '../../src/contracts/plans';
import { member, PlayedFault, poison, ran, refusing, type Say } from './played-port';

const { create, revise, cancel, reject } = PLANS;
const BOTH = [member('a'), member('b')];
const FOUR = ['a', 'b', 'c', 'd'].map((id) => member(id));

describe('a run of a plan', () => {
  test('tries, decides and completes all members together, and shows how they stand', async () => {
    const { ends, port } = await ran(revise, BOTH);
    expect(port.calls).toEqual([
      'increaseCredit a b',
      'extendStock a b',
      'decideRevision a b',
      'shrinkStock a b',
      'decreaseCredit a b',
      'freeRevised a b',
      'close a b',
    ]);
    expect(ends).toEqual(['a applied closed', 'b applied closed']);
    expect(port.shown).toContain('**2 commands: 2 revised.**');
  });

  test('takes no further step for a member that was refused, and runs every compensation of the plan', async () => {
    const { ends, port } = await ran(create, BOTH, { says: { holdCredit: refusing('a') } });
    expect(port.calls).toEqual([
      'holdCredit a b',
      'commitStock b',
      'decideOrder a b',
      'releaseStock a',
      'releaseCredit a',
      'close a',
      'close b',
    ]);
    expect(ends).toEqual(['a rejected closed', 'b approved closed']);
  });

  test('says why a member was decided against', async () => {
    const { run } = await ran(create, [member('a')]);
    expect(run.needsAttention).toEqual([]);
    const { port } = await ran(create, [member('a')], { says: { commitStock: refusing('a') } });
    expect(port.shown).toContain('**REJECTED: nothing is left. Nothing is held.');
  });

  test('takes members that are decided already straight to what follows', async () => {
    const { ends, port } = await ran(revise, [
      member('a', 'turned-back'),
      member('b', 'applied'),
      member('c'),
    ]);
    expect(port.calls.filter((call) => /^(increaseCredit|extendStock|decideRevision)/.test(call))).toEqual([
      'increaseCredit c',
      'extendStock c',
      'decideRevision c',
    ]);
    expect(port.calls).toContain('undoExtend a');
    expect(port.calls).toContain('shrinkStock b c');
    expect(ends).toEqual(['a turned-back closed', 'b applied closed', 'c applied closed']);
  });
});

describe('what a step says of a member', () => {
  test('is followed where it is a decision, whatever was proposed', async () => {
    const { ends, port } = await ran(create, [member('a')], {
      says: { decideOrder: () => ({ kind: 'decided', decision: 'rejected', reason: 'CANCELLED' }) },
    });
    expect(port.calls).toContain('releaseStock a');
    expect(ends).toEqual(['a rejected closed']);
  });

  test('ends the member where it is over', async () => {
    const { ends, port } = await ran(cancel, [member('a', 'cancelled')], {
      says: { freeCancelled: () => ({ kind: 'done', isOver: true }) },
    });
    expect(port.calls).toEqual(['releaseRest a', 'decreaseCredit a', 'freeCancelled a']);
    expect(ends).toEqual(['a cancelled closed']);
  });

  test('takes no step after one that has settled its command', async () => {
    const { port } = await ran(reject, [member('a', 'given-back'), member('b', 'given-back')], {
      says: { settleRejection: (id) => (id === 'a' ? { kind: 'done', isOver: true } : { kind: 'done' }) },
    });
    expect(port.calls.slice(2)).toEqual(['decreaseCredit b', 'freeRejected b', 'close b']);
  });

  test('fails the run where it is an error that is none of a member’s', async () => {
    const says = {
      holdCredit: () => {
        throw new Error('the worker is gone');
      },
    };
    await expect(ran(create, BOTH, { says })).rejects.toThrow('the worker is gone');
  });
});

describe('a batch in which a step meets a fault', () => {
  test('is halved down to the member that it stays with; the others go on', async () => {
    const { ends, port } = await ran(create, FOUR, {
      says: { commitStock: poison('c', { isProvable: true }) },
    });
    expect(port.calls.slice(0, 6)).toEqual([
      'holdCredit a b c d',
      'commitStock a b c d',
      'commitStock a b',
      'commitStock c d',
      'commitStock c',
      'commitStock d',
    ]);
    expect(port.calls).toContain('decideOrder a b c d');
    expect(ends).toEqual([
      'a approved closed',
      'b approved closed',
      'c rejected closed',
      'd approved closed',
    ]);
  });

  test('is tried once more for a member of which nothing is proven, once others have succeeded', async () => {
    let others = 0;
    const commitStock: Say = (id) => {
      if (id === 'a') throw new PlayedFault('odd', others > 0);
      others += 1;
      return { kind: 'done' };
    };
    const { ends, port } = await ran(create, BOTH, { says: { commitStock } });
    expect(port.calls.filter((call) => call.startsWith('commitStock'))).toEqual([
      'commitStock a b',
      'commitStock a',
      'commitStock b',
      'commitStock a',
    ]);
    expect(ends).toEqual(['a rejected closed', 'b approved closed']);
  });

  test('decides against the member whose own data it provably is', async () => {
    const proposals: unknown[] = [];
    const decideOrder: Say = (_id, proposal) => {
      proposals.push(proposal);
      return { kind: 'decided', decision: 'rejected', reason: 'PROCESSING_FAILED' };
    };
    const says = { holdCredit: poison('a', { isProvable: true, message: 'value too long' }), decideOrder };
    const { ends, port } = await ran(create, [member('a')], { says });
    expect(proposals).toEqual([{ kind: 'refuse', reason: 'PROCESSING_FAILED', detail: 'value too long' }]);
    expect(port.calls).toContain('releaseCredit a');
    expect(ends).toEqual(['a rejected closed']);
  });

  test('puts a member before an operator where it cannot be proven, and decides nothing of it', async () => {
    const { ends, port, run } = await ran(create, BOTH, { says: { commitStock: poison('b') } });
    const attention = { remaining: ['commitStock'], failure: 'b is poison' };
    expect(port.attention).toEqual(new Map([['b', attention]]));
    expect(run.needsAttention).toEqual([{ id: 'b', ...attention }]);
    expect(port.calls).toContain('decideOrder a');
    expect(ends).toEqual(['a approved closed', 'b undecided attention']);
    expect(port.shown).toMatch(/\| b \| NEEDS A PERSON\. .* b is poison\./);
  });

  test('drops a member whose row names another workflow', async () => {
    const script = { says: { commitStock: poison('b') }, foreign: ['b'] };
    const { ends, run } = await ran(create, BOTH, script);
    expect(ends).toEqual(['a approved closed', 'b undecided dropped']);
    expect(run.needsAttention).toEqual([]);
  });
});

describe('a decision that meets a fault', () => {
  const failing =
    (isProvable: boolean, until: 'refuse' | 'never'): Say =>
    (id, proposal) => {
      if (id === 'a' && (until === 'never' || proposal?.kind !== until))
        throw new PlayedFault('odd', isProvable);
      return { kind: 'decided', decision: proposal?.kind === 'refuse' ? 'turned-back' : 'applied' };
    };

  test('is made against the member, where it is provably its own', async () => {
    const { ends, port } = await ran(revise, BOTH, { says: { decideRevision: failing(true, 'refuse') } });
    expect(port.calls.filter((call) => call.startsWith('decideRevision'))).toEqual([
      'decideRevision a b',
      'decideRevision a',
      'decideRevision b',
      'decideRevision a',
    ]);
    expect(ends).toEqual(['a turned-back closed', 'b applied closed']);
  });

  test('is left to an operator where it cannot even be refused', async () => {
    const { ends, port } = await ran(revise, [member('a')], {
      says: { decideRevision: failing(true, 'never') },
    });
    expect(port.attention.get('a')).toEqual({ remaining: ['decideRevision'], failure: 'odd' });
    expect(ends).toEqual(['a undecided attention']);
  });

  test('is left to an operator where it cannot be proven', async () => {
    const { ends } = await ran(revise, [member('a')], { says: { decideRevision: failing(false, 'never') } });
    expect(ends).toEqual(['a undecided attention']);
  });
});

describe('a step after the decision that fails for good', () => {
  const refused = refusing('a');

  test('stops no other compensation, and what follows them waits', async () => {
    const { ends, port } = await ran(revise, [member('a', 'turned-back')], { says: { undoExtend: refused } });
    expect(port.calls).toEqual(['undoExtend a', 'revokeIncrease a', 'attention a']);
    expect(port.attention.get('a')).toEqual({
      remaining: ['undoExtend', 'freeRevised'],
      failure: 'undoExtend: OUT_OF_STOCK',
    });
    expect(ends).toEqual(['a turned-back attention']);
  });

  test('stops what follows it where it is no compensation', async () => {
    const says = { decreaseCredit: poison('a', { isProvable: true, message: 'odd' }) };
    const { ends, port } = await ran(cancel, [member('a', 'cancelled')], { says });
    expect(port.calls).toEqual(['releaseRest a', 'decreaseCredit a', 'attention a']);
    const remaining = ['decreaseCredit', 'freeCancelled'];
    expect(port.attention.get('a')).toEqual({ remaining, failure: 'odd' });
    expect(ends).toEqual(['a cancelled attention']);
  });

  test('names the first failure, and every step that is left', async () => {
    const says = { releaseStock: poison('a', { message: 'first' }), releaseCredit: poison('a') };
    const { port } = await ran(create, [member('a', 'rejected')], { says });
    const remaining = ['releaseStock', 'releaseCredit'];
    expect(port.attention.get('a')).toEqual({ remaining, failure: 'first' });
  });

  test('has its member go on alone in a batch, so that no other workflow fails', async () => {
    const members = [member('a', 'cancelled'), member('b', 'cancelled')];
    const { ends, port, run } = await ran(cancel, members, { says: { releaseRest: refused } });
    expect(port.calls).toEqual([
      'releaseRest a b',
      'decreaseCredit b',
      'freeCancelled b',
      'detach a',
      'close b',
    ]);
    expect(port.detached).toEqual([member('a', 'cancelled')]);
    expect(run.needsAttention).toEqual([]);
    expect(ends).toEqual(['a cancelled detached', 'b cancelled closed']);
  });

  test('leaves a member to the workflow that its row names', async () => {
    const members = [member('a', 'cancelled'), member('b', 'cancelled')];
    const script = { says: { releaseRest: refused }, foreign: ['a'] };
    expect((await ran(cancel, members, script)).ends).toEqual(['a cancelled dropped', 'b cancelled closed']);
    expect((await ran(cancel, [member('a', 'cancelled')], script)).ends).toEqual(['a cancelled dropped']);
  });
});

describe('an order with partners', () => {
  const atPartner: Say = (id) => (id === 'a' ? { kind: 'done', hasPartners: true } : { kind: 'done' });
  const says = { commitStock: atPartner };

  test('goes on alone in a batch, undecided', async () => {
    const { ends, port } = await ran(create, BOTH, { says });
    expect(port.calls).toEqual(['holdCredit a b', 'commitStock a b', 'detach a', 'decideOrder b', 'close b']);
    expect(port.detached).toEqual([member('a')]);
    expect(ends).toEqual(['a undecided detached', 'b approved closed']);
  });

  test('is decided by what they say', async () => {
    const agreed = await ran(create, [member('a')], { says });
    expect(agreed.port.calls.slice(2)).toEqual(['confirmAtPartners a', 'decideOrder a', 'close a']);
    const confirm: Say = () => ({ kind: 'refused', reason: 'PARTNER_UNREACHABLE' });
    const { ends } = await ran(create, [member('a')], { says, confirm });
    expect(ends).toEqual(['a rejected closed']);
  });

  test.each([
    ['is put before an operator', false, 'a undecided attention'],
    ['is rejected', true, 'a rejected closed'],
  ])('%s where noting what they say fails for good, provably its own: %s', async (_name, isProvable, end) => {
    const { ends } = await ran(create, [member('a')], { says, confirm: poison('a', { isProvable }) });
    expect(ends).toEqual([end]);
  });

  test('fails with errors that are none of its own', async () => {
    const confirm: Say = () => {
      throw new Error('the worker is gone');
    };
    await expect(ran(create, [member('a')], { says, confirm })).rejects.toThrow('the worker is gone');
  });
});

describe('what partners have too much of', () => {
  const hasSurplus: Say = () => ({ kind: 'done', hasSurplus: true });
  const rejected = [member('a', 'rejected')];

  test('is cancelled after the steps on our own stores, and then the command is closed', async () => {
    const told: string[] = [];
    const cancelSurplus = (id: string, decision: string) => void told.push(`${id} ${decision}`);
    const { ends, port } = await ran(create, rejected, { says: { releaseStock: hasSurplus }, cancelSurplus });
    expect(port.calls).toEqual(['releaseStock a', 'releaseCredit a', 'cancelAtPartners a', 'close a']);
    expect(told).toEqual(['a rejected']);
    expect(ends).toEqual(['a rejected closed']);
  });

  test('of an approved order is cancelled too', async () => {
    const says = {
      decideOrder: () => ({ kind: 'decided', decision: 'approved', hasSurplus: true }) as const,
    };
    const { port } = await ran(create, [member('a')], { says });
    expect(port.calls.slice(2)).toEqual(['decideOrder a', 'cancelAtPartners a', 'close a']);
  });

  test('is looked for where an approved order is still open when a run begins', async () => {
    const { port } = await ran(create, [member('a', 'approved')]);
    expect(port.calls).toEqual(['cancelAtPartners a', 'close a']);
  });

  test('is nothing where no step has said so', async () => {
    expect((await ran(create, rejected)).port.calls).not.toContain('cancelAtPartners a');
  });

  test('has its member go on alone in a batch', async () => {
    const says = { releaseRest: (id: string) => ({ kind: 'done', hasSurplus: id === 'a' }) as const };
    const members = [member('a', 'cancelled'), member('b', 'cancelled')];
    const { ends, port } = await ran(cancel, members, { says });
    expect(port.calls.slice(3)).toEqual(['detach a', 'close b']);
    expect(ends).toEqual(['a cancelled detached', 'b cancelled closed']);
  });

  test('that they keep is put before an operator', async () => {
    const cancelSurplus = (id: string) => {
      throw new PlayedFault(`${id}: no answer`, false);
    };
    const { ends, port } = await ran(create, rejected, { says: { releaseStock: hasSurplus }, cancelSurplus });
    expect(port.attention.get('a')).toEqual({ remaining: ['cancelAtPartners'], failure: 'a: no answer' });
    expect(ends).toEqual(['a rejected attention']);
  });

  test('is cancelled also where another compensation fails', async () => {
    const says = { releaseStock: hasSurplus, releaseCredit: poison('a') };
    const { ends, port } = await ran(create, rejected, { says });
    expect(port.calls.slice(1)).toEqual(['releaseCredit a', 'cancelAtPartners a', 'attention a']);
    expect(port.attention.get('a')?.remaining).toEqual(['releaseCredit']);
    expect(ends).toEqual(['a rejected attention']);
  });

  test('is named to the operator where it has to wait for a step that failed', async () => {
    const says = { releaseRest: hasSurplus, decreaseCredit: poison('a') };
    const { port } = await ran(cancel, [member('a', 'cancelled')], { says });
    const remaining = ['decreaseCredit', 'freeCancelled', 'cancelAtPartners'];
    expect(port.attention.get('a')?.remaining).toEqual(remaining);
    expect(port.calls).not.toContain('cancelAtPartners a');
  });
});
