import {
  type AvailabilityView,
  availability,
  availabilityQuery,
  availabilityRequest,
} from '../../contracts/api/availability';
import { MOST_UNITS } from '../../contracts/api/fields';
import type { Buyer } from '../../domain/inventory/limits/eligibility';
import { KnownItems } from '../../domain/inventory/offer/availability';
import { type Offer, offerOf } from '../../domain/inventory/offer/offer';
import type { AvailabilityReads } from '../../stores/inventory/availability/availability-reads';
import { type Operation, operation, type Reply } from '../framework/operation';
import { jsonBody } from '../framework/request-body';
import { shownTerms } from './stock-view';

type ItemView = AvailabilityView['items'][number];

interface Asked {
  readonly region: string;
  readonly channel?: string | undefined;
}

/** Enough for 1,000 SKUs of the maximal length. */
const LARGEST_REQUEST_BYTES = 128 * 1024;
const DESCRIPTION = `One judgement decides this and reservations alike. It is answered from rows that follow the log of
the inventory: \`asOf\` says how far they have come. A customer's own sales caps show when the order is placed.`;

/** Declares the routes that tell how much of up to 1,000 items can be sold. */
export function availabilityRoutes(reads: AvailabilityReads): Operation[] {
  const common = {
    path: '/v1/availability',
    tag: 'Stock',
    description: DESCRIPTION,
    scope: 'inventory:read',
    answers: { 200: { description: 'in the order asked', schema: availability } },
  } as const;
  return [
    operation({
      ...common,
      method: 'get',
      summary: 'What can be sold of some items, and why',
      query: availabilityQuery,
      handle: ({ query }) => answer(reads, query.sku, query),
    }),
    operation({
      ...common,
      method: 'post',
      summary: 'What can be sold of up to 1,000 items, and why (a read: it needs no key)',
      body: { ...jsonBody(availabilityRequest), maxBytes: LARGEST_REQUEST_BYTES },
      handle: ({ body }) => answer(reads, body.skus, body),
    }),
  ];
}

async function answer(
  reads: AvailabilityReads,
  skus: readonly string[],
  { region, channel }: Asked,
): Promise<Reply> {
  const { now, asOf, ...rows } = await reads.known(skus);
  const known = new KnownItems(rows, now);
  const buyer = { region, channel: channel ?? null, customerId: null };
  const items = skus.map((sku) => itemView(sku, known, buyer, now));
  return { status: 200, json: { items, asOf } satisfies AvailabilityView };
}

function itemView(sku: string, known: KnownItems, buyer: Buyer, now: string): ItemView {
  const facts = known.facts(sku);
  if (!facts) return unknownItem(sku);
  const { nodes, excluded, ...offer } = offerOf(facts, buyer, now);
  const { promiseDate } = facts.item.backorder;
  return {
    sku,
    isKnown: true,
    ...roomsOf(offer),
    ...(promiseDate === undefined ? {} : { promiseDate }),
    nodes: nodes.map(shownTerms),
    excluded: [...excluded, ...known.silent(sku)],
  };
}

function roomsOf(offer: Omit<Offer, 'nodes' | 'excluded'>) {
  const { sellable, atp, shippable, openBackorders, backorderRoom, capRoom, perOrderMax } = offer;
  const orNull = (room: number) => (Number.isFinite(room) ? room : null);
  return {
    sellable: Math.min(sellable, MOST_UNITS),
    atp,
    shippable,
    openBackorders,
    backorderRoom: orNull(backorderRoom),
    capRoom: orNull(capRoom),
    perOrderMax,
  };
}

function unknownItem(sku: string): ItemView {
  return {
    sku,
    isKnown: false,
    sellable: 0,
    atp: 0,
    shippable: 0,
    openBackorders: 0,
    backorderRoom: 0,
    capRoom: null,
    perOrderMax: null,
    nodes: [],
    excluded: [],
  };
}
