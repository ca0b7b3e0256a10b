import { holdSteps } from '../../../activities/stock-steps';
import type { WantedOrder } from '../../../src/domain/command/recorded-command';
import { holdOf } from '../../support/new-commands';
import { filled, filledAndTold, toldLate } from '../support/fills';
import { orderOn } from '../support/orders';
import type { PartnerWord } from '../support/partner-books';
import { few, type Scenario } from '../support/scenario';

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

const WAITING = {
  means: { stock: { w1: 1 }, limit: 100_000, backorders: 5 },
  decisions: ['approved', 'backordered'],
  statuses: ['APPROVED'],
  isExact: false,
};

const REFUSED = { decisions: ['rejected'], statuses: ['REJECTED'] };

export const CREATES: readonly Scenario<'create'>[] = [
  // The limit equals the cost: a run that also counted the other run's hold would be refused.
  creating('approved', { means: { stock: { w1: 2 }, limit: 200 } }),
  creating('refused by credit', { means: { stock: { w1: 10 }, limit: 199 }, ...REFUSED }),
  creating('refused by stock', { means: { stock: { w1: 1 }, limit: 100_000 }, ...REFUSED }),
  creating('backordered', {
    means: { stock: { w1: 1 }, limit: 100_000, backorders: 5 },
    decisions: ['backordered'],
    statuses: ['BACKORDERED'],
  }),
  creating('one run meets a fault of its own', {
    fault: { at: 'commitStock', isProvable: true },
    decisions: ['approved', 'rejected'],
    statuses: ['APPROVED', 'REJECTED'],
    isExact: false,
  }),
];

/** Creates a scenario in which the order names a hold of the same units. */
function adopting(
  name: string,
  more: Partial<Scenario<'create'>> & { readonly ttlSeconds?: number },
): Scenario<'create'> {
  const { ttlSeconds = 600, ...rest } = more;
  return creating(name, {
    prepare: async (stores, grounds) => {
      const holds = grounds.map(({ key, sku }) =>
        holdOf([[sku, 2]], { commandId: holdIdOf(key), caller: `shop-${key}`, region: 'eu', ttlSeconds }),
      );
      await holdSteps({ stores, maxShipments: null }).holdStock(holds);
      return grounds.map((ground) => orderOn(ground, 2, { reservationId: holdIdOf(ground.key) }));
    },
    ...rest,
  });
}

function holdIdOf(key: string): string {
  return `rsv_${key}h`;
}

export const ADOPTIONS: readonly Scenario<'create'>[] = [
  // The hold takes all of the stock.
  adopting('with a hold that it names', { means: { stock: { w1: 2 }, limit: 200 } }),
  adopting('with a hold that it names, refused by credit', {
    means: { stock: { w1: 2 }, limit: 199 },
    ...REFUSED,
  }),
  adopting('with a hold that has run out', { ttlSeconds: 0 }),
  adopting('with a hold that it names, where one run meets a fault', {
    fault: { at: 'decideOrder', isProvable: true },
    decisions: ['approved', 'rejected'],
    statuses: ['APPROVED', 'REJECTED'],
    isExact: false,
  }),
];

/** Units arrive while the order is being created; the order applies the fill at once, or after the end. */
export const FILLED_CREATES: readonly Scenario<'create'>[] = few([
  creating('filled meanwhile', { ...WAITING, meanwhile: filledAndTold }),
  creating('filled meanwhile, and told late', {
    ...WAITING,
    meanwhile: async (stores, ground) => {
      await filled(stores, ground);
    },
    afterwards: toldLate,
  }),
  creating('filled meanwhile, where one run meets a fault', {
    ...WAITING,
    meanwhile: filledAndTold,
    fault: { at: 'decideOrder', isProvable: true },
    decisions: ['approved', 'backordered', 'rejected'],
    statuses: ['APPROVED', 'REJECTED'],
  }),
]);

/** One run leaves its command to an operator and the other one goes on. */
export const LEFT_CREATES: readonly Scenario<'create'>[] = few([
  creating('that one run leaves to an operator', { fault: { at: 'commitStock', isProvable: false } }),
  creating('that one run leaves to an operator when it is to be decided', {
    fault: { at: 'decideOrder', isProvable: false },
  }),
  creating('refused, whose stock one run cannot give back', {
    means: { stock: { w1: 1 }, limit: 100_000 },
    fault: { at: 'releaseStock', isProvable: false },
    ...REFUSED,
  }),
  creating('refused, whose credit one run cannot give back', {
    means: { stock: { w1: 1 }, limit: 100_000 },
    fault: { at: 'releaseCredit', isProvable: false },
    ...REFUSED,
  }),
]);

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
  // A warehouse replaces the units that the partner does not deliver.
  atPartner(['refuses', 'books unheard'], {
    means: { stock: { w1: 1, pa: 9 }, limit: 100_000, backorders: 20 },
    decisions: ['approved', 'backordered'],
    statuses: ['APPROVED', 'BACKORDERED'],
  }),
];
