import { PLANS, type PlannedKind } from '../../src/contracts/plans';
import type { CommandRow } from '../../src/domain/command/recorded-command';
import { decideAgainstTrip, noteCancelled } from '../../src/domain/trip/decide-trip';
import type { Party, PartyReply } from '../../src/domain/trip/trip';
import { isThroughOwnStores, progressOf, progressOfTrip } from '../../src/http/commands/saga-progress';
import { rowOf } from './order/order-book';
import { booked, refused, TripStory, unreachable, wish } from './trip/trip-samples';

const done = (...steps: readonly string[]) => Object.fromEntries(steps.map((step) => [step, 'done']));

interface Over {
  readonly decision?: string;
  readonly isClosed?: boolean;
  readonly attention?: CommandRow['attention'];
}

function row(kind: CommandRow['kind'], { decision, isClosed = false, attention = null }: Over = {}) {
  const decided = decision === undefined ? null : { kind: decision };
  return {
    ...rowOf(kind, 'c1', {} as never),
    decision: decided,
    isClosed,
    attention,
  } as unknown as CommandRow;
}

describe('a command that is undecided', () => {
  test.each([
    [{}, [], ['holdCredit', 'commitStock', 'confirmAtPartners', 'decideOrder']],
    [done('holdCredit'), ['holdCredit'], ['commitStock', 'confirmAtPartners', 'decideOrder']],
    [
      { ...done('holdCredit'), commitStock: 'refused' },
      ['holdCredit'],
      ['commitStock', 'confirmAtPartners', 'decideOrder'],
    ],
  ])('has done what its steps have stored: %j', (verdicts, does, remaining) => {
    expect(progressOf(row('create'), verdicts)).toEqual({ done: does, remaining, undone: [] });
  });
});

describe('a command that is decided', () => {
  const tried = done('holdCredit', 'commitStock');

  test('against: compensations that are stored are undone, and the others remain', () => {
    const rejected = row('create', { decision: 'rejected' });
    expect(progressOf(rejected, { ...tried, ...done('releaseStock') })).toEqual({
      done: ['holdCredit', 'commitStock', 'decideOrder'],
      remaining: ['releaseCredit'],
      undone: ['releaseStock'],
    });
  });

  test('for: what follows it remains until it is stored', () => {
    const verdicts = done('releaseRest');
    expect(progressOf(row('cancel', { decision: 'cancelled' }), verdicts)).toEqual({
      done: ['releaseRest'],
      remaining: ['decreaseCredit', 'freeCancelled'],
      undone: [],
    });
  });

  test('and through on our own stores: only partners can have something to cancel', () => {
    expect(progressOf(row('create', { decision: 'approved' }), tried).remaining).toEqual([
      'cancelAtPartners',
    ]);
    const rejected = row('create', { decision: 'rejected' });
    const all = { ...tried, ...done('releaseStock', 'releaseCredit') };
    expect(progressOf(rejected, all).remaining).toEqual(['cancelAtPartners']);
  });

  test('and needs an operator: what remains is what the operator was told', () => {
    const attention = { remaining: ['releaseCredit', 'cancelAtPartners'], failure: 'gone' };
    const rejected = row('create', { decision: 'rejected', attention });
    expect(progressOf(rejected, tried).remaining).toEqual(attention.remaining);
  });

  test.each<[PlannedKind, string, string[]]>([
    ['create', 'approved', ['decideOrder']],
    ['cancel', 'cancelled', ['releaseRest', 'decreaseCredit', 'freeCancelled']],
    ['revise', 'applied', ['decideRevision', 'shrinkStock', 'decreaseCredit', 'freeRevised']],
    ['reject', 'given-back', ['replaceUnits', 'settleRejection', 'decreaseCredit', 'freeRejected']],
    ['ship', 'shipped', ['consumeStock', 'captureCredit', 'noteCaptured']],
    ['return', 'returned', ['restockUnits', 'refundCredit', 'noteRefunded']],
    ['resolve', 'decided-against', ['resolveTarget', 'runTarget']],
  ])('and closed has nothing left: %s', (kind, decision, expected) => {
    expect(Object.keys(PLANS[kind].complete)).toContain(decision);
    const closed = row(kind, { decision, isClosed: true });
    expect(progressOf(closed, {})).toEqual({ done: expected, remaining: [], undone: [] });
  });

  test('and closed after it was turned back has undone what its plan declares', () => {
    const closed = row('revise', { decision: 'turned-back', isClosed: true });
    expect(progressOf(closed, done('increaseCredit'))).toEqual({
      done: ['increaseCredit', 'decideRevision', 'freeRevised'],
      remaining: [],
      undone: ['undoExtend', 'revokeIncrease'],
    });
  });

  test('and is over with its record has no steps', () => {
    const reported = row('accept', { decision: 'reported', isClosed: true });
    expect(progressOf(reported, {})).toEqual({ done: [], remaining: [], undone: [] });
  });
});

describe('our own stores are through with a command', () => {
  const rejected = row('create', { decision: 'rejected' });

  test.each([
    ['not while it is undecided', row('create'), done('releaseStock', 'releaseCredit'), false],
    ['not while a step that follows its decision is left', rejected, done('releaseStock'), false],
    ['once all of them are stored', rejected, done('releaseStock', 'releaseCredit'), true],
    ['with its decision where nothing follows it', row('create', { decision: 'approved' }), {}, true],
    ['once it is closed', row('cancel', { decision: 'cancelled', isClosed: true }), {}, true],
    ['not of a kind without steps that is open', row('trip', { decision: 'booked' }), {}, false],
  ])('%s', (_name, command, verdicts, isThrough) => {
    expect(isThroughOwnStores(command, verdicts)).toBe(isThrough);
  });
});

describe('a trip', () => {
  const open = { isClosed: false };
  const hearing = (...heard: readonly (readonly [Party, PartyReply])[]) => {
    const story = TripStory.of(wish('hotel'), wish('flight'), wish('car', true));
    for (const [party, reply] of heard) story.hear(party, reply);
    return story;
  };
  const hotel = ['hotel', booked('h1')] as const;
  const flight = ['flight', booked('f1')] as const;

  test('books one after the other', () => {
    expect(progressOfTrip(hearing().now, open)).toEqual({
      done: [],
      remaining: ['bookHotel', 'bookFlight', 'bookCar'],
      undone: [],
    });
    expect(progressOfTrip(hearing(hotel).now, open)).toEqual({
      done: ['bookHotel'],
      remaining: ['bookFlight', 'bookCar'],
      undone: [],
    });
    const all = hearing(hotel, flight, ['car', booked('c1')]);
    expect(progressOfTrip(all.now, { isClosed: true })).toEqual({
      done: ['bookHotel', 'bookFlight', 'bookCar'],
      remaining: [],
      undone: [],
    });
  });

  test('that is rejected takes back what was booked, and what may have been, the last first', () => {
    const story = hearing(hotel, ['flight', unreachable]);
    expect(progressOfTrip(story.now, open)).toEqual({
      done: ['bookHotel'],
      remaining: ['cancelFlight', 'cancelHotel'],
      undone: [],
    });
    story.take((trip, command) => noteCancelled(trip, command, ['hotel']));
    expect(progressOfTrip(story.now, open)).toEqual({
      done: ['bookHotel'],
      remaining: ['cancelFlight'],
      undone: ['cancelHotel'],
    });
    story.take((trip, command) => noteCancelled(trip, command, ['flight']));
    expect(progressOfTrip(story.now, { isClosed: true })).toEqual({
      done: ['bookHotel'],
      remaining: [],
      undone: ['cancelFlight', 'cancelHotel'],
    });
  });

  test('that is booked gives back what a party did twice, and what was not had', () => {
    const story = hearing(hotel, ['flight', booked('f1', 'f2')], ['car', refused]);
    expect(progressOfTrip(story.now, open)).toEqual({
      done: ['bookHotel', 'bookFlight'],
      remaining: ['cancelCar', 'cancelFlight'],
      undone: [],
    });
  });

  test('that is decided against before its party has replied takes that request back', () => {
    const story = hearing();
    story.take((trip, command) => decideAgainstTrip(trip, command, 'PROCESSING_FAILED'));
    expect(progressOfTrip(story.now, open)).toEqual({ done: [], remaining: ['cancelHotel'], undone: [] });
  });
});
