import { z } from 'zod';
import { keyedHeaders } from '../../contracts/api/headers';
import { LARGEST_ORDER_BYTES } from '../../contracts/api/orders';
import {
  extendRequest,
  type ReservationRequest,
  type ReservationView,
  reservation,
  reservationListQuery,
  reservationPage,
  reservationPath,
  reservationRequest,
} from '../../contracts/api/reservations';
import type { ReserveInventory } from '../../contracts/commands';
import { DirectCommands } from '../../intake/direct-commands';
import type { ReservationCommand } from '../../intake/reservation-command';
import { compositeName } from '../../names/composite-name';
import type { StandingReservation } from '../../stores/inventory/inventory-reads';
import type { Cause } from '../../stores/log/event-log';
import type { Stores } from '../../stores/stores';
import type { ApiDependencies } from '../api-dependencies';
import { refusedReservation } from '../commands/refused-problem';
import { batchedReservations } from '../framework/batched-reads';
import { type KeyedExchange, keyedCommandOf, replayHeaders } from '../framework/idempotency';
import { type Operation, operation } from '../framework/operation';
import { pageFrom, positionAt } from '../framework/page-cursor';
import { invalid, notFound } from '../framework/problem';
import { jsonBody, noBody } from '../framework/request-body';
import { ReservationTaking } from './reservation-taking';

/** Declares the routes to make, list, read, extend and release stand-alone holds. */
export function reservationsRoutes(deps: ApiDependencies): Operation[] {
  return [reserve(deps), listReservations(deps), readReservation(deps), extend(deps), release(deps)];
}

function reserve({ intakes, stores }: ApiDependencies): Operation {
  const taking = new ReservationTaking(intakes.reserve, batchedReservations(stores.inventoryReads));
  return operation({
    method: 'post',
    path: '/v1/reservations',
    operationId: 'reserveStock',
    tag: 'Reservations',
    summary: 'Hold stock for a time',
    description:
      'Holds all lines or none. A refusal for lack of stock has the available quantity of each item.',
    scope: 'reservations:write',
    headers: keyedHeaders,
    body: jsonBody(reservationRequest, LARGEST_ORDER_BYTES),
    answers: {
      201: {
        description: 'the hold',
        schema: reservation,
        headers: {
          Location: 'the path of the reservation',
          'Idempotent-Replayed': '`true` if an earlier request made the hold; the body is its present state',
        },
      },
    },
    problems: [409, 422],
    async handle(exchange) {
      const { reservation: held, isReplay } = await taking.take(commandFrom(exchange));
      return {
        status: 201,
        headers: {
          Location: `/v1/reservations/${held.id}`,
          ...replayHeaders(isReplay),
        },
        json: reservationView(held),
      };
    },
  });
}

function commandFrom(exchange: KeyedExchange & { readonly body: ReservationRequest }): ReserveInventory {
  const { body } = exchange;
  return {
    ...keyedCommandOf('rsv_', exchange),
    demands: body.lines,
    region: body.shipTo.region,
    channel: body.channel ?? null,
    shippingMethod: body.shippingMethod ?? null,
    customerId: body.customerId ?? null,
    ttlSeconds: body.ttlSeconds,
  };
}

function listReservations({ stores }: ApiDependencies): Operation {
  return operation({
    method: 'get',
    path: '/v1/reservations',
    operationId: 'listReservations',
    tag: 'Reservations',
    summary: 'List the open reservations of an item, a node or a customer, in order of their ids',
    description:
      'Open reservations hold stock or wait for it. Give at least one of `sku`, `nodeId` and `customerId`.',
    scope: 'inventory:read',
    query: reservationListQuery,
    answers: { 200: { description: 'a page of reservations', schema: reservationPage } },
    async handle({ query: { cursor, limit, ...filter } }) {
      const isNamed = Object.values(filter).some((value) => value !== undefined);
      if (!isNamed) throw invalid('query', 'must name at least one of sku, nodeId and customerId');
      const [after] = positionAt(cursor, z.tuple([reservationPath.shape.id])) ?? [''];
      const rows = await stores.inventoryLists.reservations({ ...filter, after, limit: limit + 1 });
      return { status: 200, json: pageFrom(rows, limit, ({ id }) => [id], reservationView) };
    },
  });
}

function readReservation({ stores }: ApiDependencies): Operation {
  return operation({
    method: 'get',
    path: '/v1/reservations/{id}',
    operationId: 'getReservation',
    tag: 'Reservations',
    summary: 'Read a reservation',
    scope: 'inventory:read',
    params: reservationPath,
    answers: {
      200: {
        description: 'the reservation in its present state; a hold past its `expiresAt` is EXPIRED',
        schema: reservation,
      },
    },
    problems: [404],
    async handle({ params: { id } }) {
      return standing(stores, id);
    },
  });
}

/** Answers with a reservation in its present state. @throws Problem not-found */
async function standing({ inventoryReads }: Stores, id: string) {
  const found = await inventoryReads.reservation(id);
  if (!found) throw notFound(`reservation ${id}`);
  return { status: 200, json: reservationView(found) };
}

function extend({ stores }: ApiDependencies): Operation {
  const commands = new DirectCommands(stores);
  return operation({
    method: 'post',
    path: '/v1/reservations/{id}/extend',
    operationId: 'extendReservation',
    tag: 'Reservations',
    summary: 'Extend a hold before it expires',
    description: 'The new time counts from this request and never shortens the hold, so no key is needed.',
    scope: 'reservations:write',
    params: reservationPath,
    body: jsonBody(extendRequest),
    answers: { 200: { description: 'the reservation in its new state', schema: reservation } },
    problems: [404, 409],
    async handle({ params: { id }, body: { ttlSeconds }, caller, cause }) {
      await standing(stores, id);
      const commandId = compositeName(id, 'extend', caller, cause.commandId);
      const command = { ...cause, commandId, correlation: id, caller, reservationId: id, ttlSeconds };
      const answer = await commands.extendHold(command);
      if (answer.kind === 'refused') throw refusedReservation(answer);
      return standing(stores, id);
    },
  });
}

function release({ stores }: ApiDependencies): Operation {
  const commands = new DirectCommands(stores);
  return operation({
    method: 'post',
    path: '/v1/reservations/{id}/release',
    operationId: 'releaseReservation',
    tag: 'Reservations',
    summary: 'Release a hold',
    description: 'A repeat changes nothing, so no key is needed.',
    scope: 'reservations:write',
    params: reservationPath,
    body: noBody,
    answers: { 200: { description: 'the reservation in its new state', schema: reservation } },
    problems: [404, 409],
    async handle({ params: { id }, caller, cause }) {
      await standing(stores, id);
      const answer = await commands.releaseHold(releaseCommand(id, caller, cause));
      if (answer.kind === 'refused') throw refusedReservation(answer);
      return standing(stores, id);
    },
  });
}

/** Makes the release command of one caller: a refusal to one caller must not answer another. */
function releaseCommand(reservationId: string, caller: string, cause: Cause): ReservationCommand {
  const commandId = `${reservationId}/release/${caller}`;
  return { ...cause, commandId, correlation: reservationId, caller, reservationId };
}

function reservationView({
  id,
  state,
  expiresAt,
  orderId,
  customerId,
  lines,
  allocations,
}: StandingReservation): ReservationView {
  return {
    id,
    state,
    ...(expiresAt === null ? {} : { expiresAt }),
    ...(orderId === null ? {} : { orderId }),
    ...(customerId === null ? {} : { customerId }),
    lines: lines.map(({ sku, quantity }) => ({
      sku,
      quantity,
      sources: allocations
        .filter((allocation) => allocation.sku === sku)
        .map(({ nodeId, quantity: units }) => ({ nodeId, quantity: units })),
    })),
  };
}
