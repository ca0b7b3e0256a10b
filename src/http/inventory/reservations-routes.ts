import { keyedHeaders } from '../../contracts/api/headers';
import { LARGEST_ORDER_BYTES } from '../../contracts/api/orders';
import {
  type ReservationRequest,
  type ReservationView,
  reservation,
  reservationPath,
  reservationRequest,
} from '../../contracts/api/reservations';
import type { ReserveInventory } from '../../contracts/commands';
import { DirectCommands } from '../../intake/direct-commands';
import type { HoldCommand } from '../../intake/hold-commands';
import type { StandingReservation } from '../../stores/inventory/inventory-reads';
import type { Cause } from '../../stores/log/event-log';
import type { ApiDependencies } from '../api-dependencies';
import { refusedReservation } from '../commands/refused-problem';
import { batchedReservations } from '../framework/batched-reads';
import { type KeyedExchange, keyedCommandOf, replayHeaders } from '../framework/idempotency';
import { type Operation, operation } from '../framework/operation';
import { notFound } from '../framework/problem';
import { jsonBody, noBody } from '../framework/request-body';
import { ReservationTaking } from './reservation-taking';

/** Declares the routes to make, read and release stand-alone holds. */
export function reservationsRoutes(deps: ApiDependencies): Operation[] {
  return [reserve(deps), readReservation(deps), release(deps)];
}

function reserve({ intakes, stores }: ApiDependencies): Operation {
  const taking = new ReservationTaking(intakes.reserve, batchedReservations(stores.inventoryReads));
  return operation({
    method: 'post',
    path: '/v1/reservations',
    tag: 'Reservations',
    summary: 'Hold stock for a time',
    description: 'All lines or none; a refusal says how much of each item there is.',
    scope: 'reservations:write',
    headers: keyedHeaders,
    body: jsonBody(reservationRequest, LARGEST_ORDER_BYTES),
    answers: {
      201: {
        description: 'held',
        schema: reservation,
        headers: {
          Location: 'of the reservation',
          'Idempotent-Replayed':
            '`true` where the same command had been sent before; the body is its present state',
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
    ttlSeconds: body.ttlSeconds,
  };
}

function readReservation({ stores }: ApiDependencies): Operation {
  return operation({
    method: 'get',
    path: '/v1/reservations/{id}',
    tag: 'Reservations',
    summary: 'Read a reservation',
    scope: 'inventory:read',
    params: reservationPath,
    answers: {
      200: { description: 'as it stands: a hold whose time is up is EXPIRED', schema: reservation },
    },
    problems: [404],
    async handle({ params: { id } }) {
      const found = await stores.inventoryReads.reservation(id);
      if (!found) throw notFound(`reservation ${id}`);
      return { status: 200, json: reservationView(found) };
    },
  });
}

function release({ stores }: ApiDependencies): Operation {
  const commands = new DirectCommands(stores);
  return operation({
    method: 'post',
    path: '/v1/reservations/{id}/release',
    tag: 'Reservations',
    summary: 'Release a hold',
    description: 'Releasing again changes nothing, so no key is needed.',
    scope: 'reservations:write',
    params: reservationPath,
    body: noBody,
    answers: { 200: { description: 'as it stands now', schema: reservation } },
    problems: [404, 409],
    async handle({ params: { id }, caller, cause }) {
      if (!(await stores.inventoryReads.reservation(id))) throw notFound(`reservation ${id}`);
      const answer = await commands.releaseHold(releaseCommand(id, caller, cause));
      if (answer.kind === 'refused') throw refusedReservation(answer);
      const released = await stores.inventoryReads.reservation(id);
      if (!released) throw notFound(`reservation ${id}`);
      return { status: 200, json: reservationView(released) };
    },
  });
}

/** Makes the release command of one caller: a refusal to one caller must not answer another. */
function releaseCommand(reservationId: string, caller: string, cause: Cause): HoldCommand {
  const commandId = `${reservationId}/release/${caller}`;
  return { ...cause, commandId, correlation: reservationId, caller, reservationId };
}

function reservationView({
  id,
  state,
  expiresAt,
  orderId,
  lines,
  allocations,
}: StandingReservation): ReservationView {
  return {
    id,
    state,
    ...(expiresAt === null ? {} : { expiresAt }),
    ...(orderId === null ? {} : { orderId }),
    lines: lines.map(({ sku, quantity }) => ({
      sku,
      quantity,
      sources: allocations
        .filter((allocation) => allocation.sku === sku)
        .map(({ nodeId, quantity: units }) => ({ nodeId, quantity: units })),
    })),
  };
}
