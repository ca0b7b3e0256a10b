import type { WantedOrder } from '../../../src/domain/command/recorded-command';
import type { PartnerWord } from '../support/partner-books';
import type { Scenario } from '../support/scenario';
import { orderOn } from './placed';

const PLENTY = { stock: { w1: 10 }, limit: 100_000 };
const AT_PARTNER = { stock: { w1: 1, pa: 9 }, limit: 100_000 };

function creating(
  name: string,
  more: Partial<Scenario<'create'>> & {
    readonly quantity?: number;
    readonly wanted?: Partial<WantedOrder>;
  } = {},
): Scenario<'create'> {
  const { quantity = 2, wanted = {}, ...rest } = more;
  return {
    name,
    kind: 'create',
    means: PLENTY,
    decisions: ['approved'],
    statuses: ['APPROVED'],
    prepare: async (_, grounds) => grounds.map((ground) => orderOn(ground, quantity, wanted)),
    ...rest,
  };
}

const REFUSED = { decisions: ['rejected'], statuses: ['REJECTED'] };

export const CREATES: readonly Scenario<'create'>[] = [
  // Its limit is what it costs: a run that counted the hold of the other would be refused.
  creating('approved', { means: { stock: { w1: 2 }, limit: 200 } }),
  creating('refused by credit', { means: { stock: { w1: 10 }, limit: 199 }, ...REFUSED }),
  creating('refused by stock', { means: { stock: { w1: 1 }, limit: 100_000 }, ...REFUSED }),
  creating('backordered', {
    means: { stock: { w1: 1 }, limit: 100_000, backorders: 5 },
    decisions: ['backordered'],
    statuses: ['BACKORDERED'],
  }),
  creating('one run meets a fault of its own', {
    faultAt: 'commitStock',
    decisions: ['approved', 'rejected'],
    statuses: ['APPROVED', 'REJECTED'],
    isExact: false,
  }),
];

function atPartner(
  words: readonly [PartnerWord, PartnerWord],
  more: Parameters<typeof creating>[1] = {},
): Scenario<'create'> {
  return creating(`at a partner that ${words[0]}, then ${words[1]}`, {
    quantity: 5,
    means: AT_PARTNER,
    words,
    decisions: ['approved', 'rejected'],
    statuses: ['APPROVED', 'REJECTED'],
    isExact: words[0] === words[1],
    ...more,
  });
}

export const PARTNER_CREATES: readonly Scenario<'create'>[] = [
  atPartner(['confirms', 'confirms'], { decisions: ['approved'], statuses: ['APPROVED'] }),
  atPartner(['refuses', 'refuses'], REFUSED),
  atPartner(['confirms', 'refuses']),
  atPartner(['refuses', 'confirms twice']),
  atPartner(['books unheard', 'confirms']),
  atPartner(['confirms', 'is silent']),
  // What the partner does not deliver comes from a warehouse.
  atPartner(['refuses', 'books unheard'], {
    means: { stock: { w1: 1, pa: 9 }, limit: 100_000, backorders: 20 },
    decisions: ['approved', 'backordered'],
    statuses: ['APPROVED', 'BACKORDERED'],
  }),
];
