import type { DrillRandom } from '../drill-random';
import { CUSTOMERS, PARTNER_ITEMS, PLAIN_ITEMS, SCARCE_ITEMS } from './shop';

/** The purpose of an order, from which the model knows how it must end. */
export type Intention =
  | 'ordinary'
  | 'scarce'
  | 'at-partner'
  | 'resourced'
  | 'too-much'
  | 'no-credit'
  | 'unknown-customer'
  | 'partner-refuses'
  | 'partner-silent';

/** The actions of an order's caller and nodes once it is approved. */
export type Sequel =
  | 'leave'
  | 'cancel'
  | 'cancel-at-once'
  | 'revise'
  | 'fulfil'
  | 'node-rejects'
  | 'cancel-and-ship'
  | 'revise-and-ship';

export interface PlannedLine {
  readonly sku: string;
  readonly quantity: number;
  readonly unitPrice: number;
}

export interface OrderPlan {
  readonly intention: Intention;
  readonly sequel: Sequel;
  /** True when a reservation holds the items first and the order converts it. */
  readonly isHeldFirst: boolean;
  readonly customerId: string;
  readonly region: string;
  readonly lines: readonly PlannedLine[];
}

const INTENTIONS: Readonly<Record<Intention, number>> = {
  ordinary: 60,
  scarce: 7,
  'at-partner': 12,
  resourced: 4,
  'too-much': 4,
  'no-credit': 4,
  'unknown-customer': 3,
  'partner-refuses': 4,
  'partner-silent': 2,
};

const SEQUELS: Readonly<Record<Sequel, number>> = {
  leave: 15,
  cancel: 14,
  'cancel-at-once': 6,
  revise: 18,
  fulfil: 30,
  'node-rejects': 7,
  'cancel-and-ship': 5,
  'revise-and-ship': 5,
};

/** The model of scarce items knows only whole orders: none of them changes its content. */
const SCARCE_SEQUELS = ['cancel', 'cancel', 'cancel', 'fulfil'] as const;

const MOST_UNITS = 1_000_000;

/** Draws the next order of the model. */
export function drawOrder(random: DrillRandom): OrderPlan {
  const intention = random.weighted(INTENTIONS);
  return {
    intention,
    sequel: intention === 'scarce' ? random.pick(SCARCE_SEQUELS) : random.weighted(SEQUELS),
    isHeldFirst: intention === 'ordinary' && random.percent(10),
    customerId: customerOf(intention, random),
    region: random.pick(['north', 'south']),
    lines: linesOf(intention, random),
  };
}

/** Returns the smallest order, by which the drill measures how soon the service works again. */
export function probeOrder(random: DrillRandom): OrderPlan {
  return {
    intention: 'ordinary',
    sequel: 'leave',
    isHeldFirst: false,
    customerId: random.pick(CUSTOMERS.rich),
    region: 'north',
    lines: [line(random.pick(PLAIN_ITEMS), 1, random)],
  };
}

function customerOf(intention: Intention, random: DrillRandom): string {
  if (intention === 'no-credit') return CUSTOMERS.poor;
  if (intention === 'unknown-customer') return CUSTOMERS.unknown;
  return random.pick(CUSTOMERS.rich);
}

function linesOf(intention: Intention, random: DrillRandom): readonly PlannedLine[] {
  switch (intention) {
    case 'scarce':
      return [line(random.pick(SCARCE_ITEMS), random.between(1, 3), random)];
    case 'too-much':
      return [line(random.pick(PLAIN_ITEMS), MOST_UNITS, random)];
    case 'at-partner':
      return [line(PARTNER_ITEMS.willing, random.between(1, 3), random), ...somePlain(random, 1)];
    case 'resourced':
      return [line(PARTNER_ITEMS.elsewhere, random.between(1, 3), random)];
    case 'partner-refuses':
      return [line(PARTNER_ITEMS.refusing, 1, random), ...somePlain(random, 1)];
    case 'partner-silent':
      return [line(PARTNER_ITEMS.silent, 1, random), ...somePlain(random, 1)];
    default:
      return [line(random.pick(PLAIN_ITEMS), random.between(1, 4), random), ...somePlain(random, 2)];
  }
}

function somePlain(random: DrillRandom, most: number): readonly PlannedLine[] {
  return random
    .shuffled(PLAIN_ITEMS)
    .slice(0, random.between(0, most))
    .map((sku) => line(sku, random.between(1, 3), random));
}

function line(sku: string, quantity: number, random: DrillRandom): PlannedLine {
  return { sku, quantity, unitPrice: random.between(100, 999) };
}
