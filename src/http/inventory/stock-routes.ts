import { z } from 'zod';
import { givenMoment } from '../../contracts/api/fields';
import { keyedHeaders } from '../../contracts/api/headers';
import {
  type DamageEndRequest,
  damageEndRequest,
  stock,
  stockAtNodePath,
  stockClaimPage,
  stockClaimsQuery,
  stockNode,
  stockPath,
  stockQuery,
} from '../../contracts/api/stock';
import { KnownItems } from '../../domain/inventory/offer/availability';
import type { QueueClaims } from '../../domain/inventory/offer/backorder-walk';
import { nodeTerms, type StockFacts } from '../../domain/inventory/offer/node-terms';
import { lessQueued, type OfferedNode } from '../../domain/inventory/offer/offer';
import { type WaitingEntry, waitingEntries } from '../../domain/inventory/offer/waiting-entry';
import type { FewerUnavailable } from '../../domain/inventory/supply/unavailable';
import type { DirectCommands } from '../../intake/direct-commands';
import type { StockClaim } from '../../stores/inventory/inventory-lists';
import type { EndDamage } from '../../stores/inventory/unavailable-stock';
import type { Stores } from '../../stores/stores';
import type { HeavyReads } from '../framework/heavy-reads';
import { type KeyedExchange, keyedCommandOf, keyReused, replayHeaders } from '../framework/idempotency';
import { type Operation, operation } from '../framework/operation';
import { pageFrom, positionAt } from '../framework/page-cursor';
import { readPast } from '../framework/past-reads';
import { notFound, Problem } from '../framework/problem';
import { jsonBody } from '../framework/request-body';
import { shownTerms } from './stock-view';

type StockStores = Pick<Stores, 'inventoryReads' | 'inventoryLists' | 'inventorySetUp' | 'stockHistory'>;

/** Declares the routes to read the terms of an item's stock and to end damage. */
export function stockRoutes(
  commands: DirectCommands,
  stores: StockStores,
  heavyReads: HeavyReads,
): Operation[] {
  const readStock = operation({
    method: 'get',
    path: '/v1/stock/{sku}',
    operationId: 'getStock',
    tag: 'Stock',
    summary: 'Explain what can be promised of an item, node by node, now or as of a moment in the past',
    scope: 'inventory:read',
    params: stockPath,
    query: stockQuery,
    answers: {
      200: {
        description: 'the stock of the item, with every node for which a source has ever reported it',
        schema: stock,
      },
    },
    problems: [404, 410],
    async handle({ caller, params: { sku }, query: { asOf } }) {
      const past = asOf === undefined ? {} : { asOf };
      const { terms, openBackorders, waiting } = await (asOf === undefined
        ? standing(stores, sku)
        : heavyReads.run(caller, () => standingAt(stores, sku, asOf)));
      const atp = terms.reduce((sum, node) => sum + node.atp, 0);
      const nodes = terms.map(shownTerms);
      const entries = waiting.map(shownEntry);
      return { status: 200, json: { sku, nodes, openBackorders, waiting: entries, atp, ...past } };
    },
  });
  return [readStock, listClaims(stores), endDamage(commands, stores)];
}

const claimPosition = z.union([
  z.tuple([z.literal('stock'), z.string(), givenMoment, z.string()]),
  z.tuple([z.literal('queue'), z.string().regex(/^\d{1,9}$/)]),
]);

function listClaims({ inventoryLists, inventorySetUp }: StockStores): Operation {
  return operation({
    method: 'get',
    path: '/v1/stock/{sku}/claims',
    operationId: 'listStockClaims',
    tag: 'Stock',
    summary: 'List the orders and reservations that hold an item or wait for it',
    description: 'Claims come by node and moment of the grant, then the backorders by queue position.',
    scope: 'inventory:read',
    params: stockPath,
    query: stockClaimsQuery,
    answers: { 200: { description: 'a page of claims', schema: stockClaimPage } },
    problems: [404],
    async handle({ params: { sku }, query: { cursor, limit } }) {
      const after = positionAt(cursor, claimPosition);
      const rows = await inventoryLists.claims(sku, after, limit + 1);
      if (rows.length === 0 && !(await inventorySetUp.item(sku))) throw notFound(`item ${sku}`);
      return { status: 200, json: pageFrom(rows, limit, claimPositionOf, claimView) };
    },
  });
}

function claimPositionOf({ nodeId, grantedAt, reservationId, place }: StockClaim): readonly string[] {
  return nodeId === null || grantedAt === null
    ? ['queue', String(place)]
    : ['stock', nodeId, grantedAt, reservationId];
}

function claimView(claim: StockClaim): object {
  return Object.fromEntries(Object.entries(claim).filter(([, value]) => value !== null));
}

function endDamage(commands: DirectCommands, stores: StockStores): Operation {
  return operation({
    method: 'post',
    path: '/v1/stock/{sku}/nodes/{nodeId}/damage-ends',
    operationId: 'endDamage',
    tag: 'Stock',
    summary: 'Report damaged units as scrapped or repaired',
    description:
      'Units that a node has rejected as `DAMAGED` stay unavailable until this report. Scrapped units leave supply: do ' +
      'not report a movement for them as well. Counts observed later must not contain them. A refused report leaves ' +
      'its key free.',
    scope: 'inventory:write',
    params: stockAtNodePath,
    headers: keyedHeaders,
    body: jsonBody(damageEndRequest),
    answers: {
      200: {
        description: 'the stock of the item at the node, in its new state',
        schema: stockNode,
        headers: { 'Idempotent-Replayed': '`true` if the report was recorded by an earlier request' },
      },
    },
    problems: [404, 409, 422],
    async handle(exchange) {
      const { sku, nodeId } = exchange.params;
      const outcome = await commands.endDamage(endFrom(exchange));
      if (outcome.kind === 'key-reused') throw keyReused();
      if (outcome.kind === 'fewer-unavailable') throw fewerUnavailable(outcome);
      const terms = outcome.kind === 'noted' && (await termsAt(stores, sku, nodeId));
      if (!terms) throw notFound(`stock of ${sku} at ${nodeId}`);
      const headers = replayHeaders(outcome.isReplay);
      return { status: 200, headers, json: shownTerms(terms) };
    },
  });
}

type DamageEndExchange = KeyedExchange & {
  readonly params: { readonly sku: string; readonly nodeId: string };
  readonly body: DamageEndRequest;
};

function endFrom(exchange: DamageEndExchange): EndDamage {
  return { ...keyedCommandOf('cmd_', exchange), ...exchange.params, ...exchange.body };
}

function fewerUnavailable({ unavailable }: FewerUnavailable): Problem {
  const message = `only ${unavailable} units are unavailable`;
  return new Problem('conflict', { detail: message, errors: [{ field: 'quantity', message }] });
}

async function termsAt({ inventoryReads }: StockStores, sku: string, nodeId: string) {
  const { facts, walk, now } = await inventoryReads.stockFacts(sku);
  return termsOf(facts, walk, now).find((terms) => terms.nodeId === nodeId);
}

interface Standing {
  readonly terms: readonly OfferedNode[];
  readonly openBackorders: number;
  readonly waiting: readonly WaitingEntry[];
}

/** The entries of a backorder queue that are explained. */
const MOST_EXPLAINED = 20;

async function standing({ inventoryReads, inventorySetUp }: StockStores, sku: string): Promise<Standing> {
  const [item, { facts: shelves, rules, tags, walk, now }, openBackorders, head] = await Promise.all([
    inventorySetUp.item(sku),
    inventoryReads.stockFacts(sku),
    inventoryReads.openBackorders(sku),
    inventoryReads.queueHead(sku, MOST_EXPLAINED),
  ]);
  if (!item) throw notFound(`item ${sku}`);
  const waiting = waitingEntries({ sku, tags, shelves, rules }, head, walk, now);
  return { terms: termsOf(shelves, walk, now), openBackorders, waiting };
}

async function standingAt({ stockHistory }: StockStores, sku: string, moment: string): Promise<Standing> {
  const past = await readPast(() => stockHistory.at(sku, moment));
  if (!past) throw notFound(`item ${sku}`);
  const items = new KnownItems(past, moment);
  const walked = items.walked(sku);
  const walk = items.walk(sku);
  const head = items.entries(sku).slice(0, MOST_EXPLAINED);
  const waiting = waitingEntries(walked, head, walk, moment);
  return {
    terms: termsOf(walked.shelves, walk, moment),
    openBackorders: items.openBackorders(sku),
    waiting,
  };
}

function termsOf(shelves: readonly StockFacts[], { claimed }: QueueClaims, now: string): OfferedNode[] {
  return shelves.map((shelf) => lessQueued(nodeTerms(shelf, now), claimed));
}

function shownEntry({ entry, claimed, closed }: WaitingEntry) {
  const { place: position, reservationId, quantity } = entry;
  return { position, reservationId, quantity, claimed, closed: [...closed] };
}
