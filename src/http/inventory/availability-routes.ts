import {
  type AvailabilityView,
  availability,
  availabilityQuery,
  availabilityRequest,
} from '../../contracts/api/availability';
import { MOST_UNITS } from '../../contracts/api/fields';
import type { Buyer } from '../../domain/inventory/limits/eligibility';
import { KnownItems } from '../../domain/inventory/offer/availability';
import type { BriefOffer } from '../../domain/inventory/offer/brief-offer';
import { type ItemFacts, type Offer, offerOf } from '../../domain/inventory/offer/offer';
import type { KnownNow, OffersNow } from '../../stores/inventory/availability/availability-reads';
import type { StockHistory } from '../../stores/inventory/availability/stock-history';
import type { HeavyReads } from '../framework/heavy-reads';
import { type Operation, operation, type Reply } from '../framework/operation';
import { readPast } from '../framework/past-reads';
import { jsonBody } from '../framework/request-body';
import { shownTerms } from './stock-view';

type ItemView = AvailabilityView['items'][number];

interface Asked {
  readonly region: string;
  readonly channel?: string | undefined;
  readonly shippingMethod?: string | undefined;
  readonly explain: boolean;
}

/** Reads about items: from memory, or from the database. */
export interface AvailabilityFacts {
  /** Reads the facts that an offer is made of. */
  known(skus: readonly string[]): Promise<KnownNow>;
  /** Computes what one buyer can be sold, in the order of the SKUs. */
  offers(skus: readonly string[], buyer: Buyer): Promise<OffersNow>;
}

/** A question for more items is a heavy read: 100 items take 0.7 ms of CPU time, and 1,000 items 5 ms. */
const MOST_ITEMS_AT_ONCE = 100;
/** Enough for 1,000 SKUs of the maximal length. */
const LARGEST_REQUEST_BYTES = 512 * 1024;
const DESCRIPTION = `Availability and reservations are decided by the same function. The answer comes from a projection
of the inventory log: it includes every event up to \`asOf\`. A request with \`asOf\` is answered from the log itself. Sales caps for one customer are not considered; they apply
when the order is placed. A request for more than ${MOST_ITEMS_AT_ONCE} items, with \`explain\` or with \`asOf\` waits for its turn: a process
computes one at a time.`;

/** Declares the routes that tell how much of up to 1,000 items can be sold. */
export function availabilityRoutes(
  facts: AvailabilityFacts,
  history: StockHistory,
  heavyReads: HeavyReads,
): Operation[] {
  const common = {
    path: '/v1/availability',
    tag: 'Stock',
    description: DESCRIPTION,
    scope: 'inventory:read',
    answers: { 200: { description: 'the items, in the order of the request', schema: availability } },
  } as const;
  const now = async (caller: string, skus: readonly string[], asked: Asked): Promise<Reply> => {
    if (asked.explain)
      return heavyReads.run(caller, async () => answer(await facts.known(skus), skus, asked));
    const read = () => facts.offers(skus, buyerOf(asked));
    const { asOf, offers } = await (skus.length > MOST_ITEMS_AT_ONCE ? heavyReads.run(caller, read) : read());
    return { status: 200, json: { items: offers.map(briefView), asOf } satisfies AvailabilityView };
  };
  return [
    operation({
      ...common,
      method: 'get',
      operationId: 'getAvailability',
      summary: 'Read the sellable quantity of items, now or as of a moment in the past',
      query: availabilityQuery,
      problems: [410],
      async handle({ caller, query: { sku: skus, asOf, ...asked } }) {
        if (asOf === undefined) return now(caller, skus, asked);
        const past = await readPast(() => heavyReads.run(caller, () => history.known(skus, asOf)));
        return answer({ ...past, now: asOf, asOf }, skus, asked);
      },
    }),
    operation({
      ...common,
      method: 'post',
      operationId: 'queryAvailability',
      summary: 'Read the sellable quantity of up to 1,000 items, with an explanation on request',
      body: jsonBody(availabilityRequest, LARGEST_REQUEST_BYTES),
      handle: ({ caller, body }) => now(caller, body.skus, body),
    }),
  ];
}

function buyerOf({ region, channel, shippingMethod }: Asked): Buyer {
  return { region, channel: channel ?? null, shippingMethod: shippingMethod ?? null, customerId: null };
}

function briefView({ sku, sellable, atp }: BriefOffer): ItemView {
  return { sku, sellable: Math.min(sellable, MOST_UNITS), atp };
}

function answer({ now, asOf, ...rows }: KnownNow, skus: readonly string[], asked: Asked): Reply {
  const known = new KnownItems(rows, now);
  const judging = { buyer: buyerOf(asked), now, explain: asked.explain };
  const items = skus.map((sku) => itemView(sku, known.facts(sku), judging));
  return { status: 200, json: { items, asOf } satisfies AvailabilityView };
}

interface Judging {
  readonly buyer: Buyer;
  readonly now: string;
  readonly explain: boolean;
}

function itemView(sku: string, facts: ItemFacts | undefined, { buyer, now, explain }: Judging): ItemView {
  if (!facts) return { sku, sellable: 0, atp: 0, ...(explain ? UNKNOWN_ITEM : {}) };
  const offer = offerOf(facts, buyer, now);
  const brief = briefView(offer);
  return explain ? { ...brief, ...explained(offer, facts) } : brief;
}

function explained(offer: Offer, { item }: ItemFacts): Omit<ItemView, 'sku' | 'sellable' | 'atp'> {
  const { openBackorders, backorderRoom, capRoom, perOrderMax, nodes, excluded } = offer;
  const { promiseDate } = item.backorder;
  const orNull = (room: number) => (Number.isFinite(room) ? room : null);
  return {
    isKnown: true,
    openBackorders,
    backorderRoom: orNull(backorderRoom),
    capRoom: orNull(capRoom),
    perOrderMax,
    ...(promiseDate === undefined ? {} : { promiseDate }),
    nodes: nodes.map(shownTerms),
    excluded: [...excluded],
  };
}

const UNKNOWN_ITEM: Omit<ItemView, 'sku' | 'sellable' | 'atp'> = {
  isKnown: false,
  openBackorders: 0,
  backorderRoom: 0,
  capRoom: null,
  perOrderMax: null,
  nodes: [],
  excluded: [],
};
