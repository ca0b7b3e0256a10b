import { orderPath } from '../../contracts/api/orders';
import type { DirectCommands } from '../../intake/direct-commands';
import { type Operation, operation } from '../framework/operation';
import { notFound } from '../framework/problem';

const DESCRIPTION =
  'Deletes the key of `metadata` and `externalId`: the order shows `personalData: erased`, `externalId` no longer finds ' +
  'it, and no mail is sent for it. Nothing brings the data back, not even a repeat of the order. All else stays, and ' +
  'sagas go on: an order can be erased in every state. The event `orders.personal-data-erased.v1` tells followers. An ' +
  'order without such data stays as it is.';

/** Declares the route that erases the personal data of an order. */
export function personalDataRoute(commands: Pick<DirectCommands, 'erasePersonalData'>): Operation {
  return operation({
    method: 'delete',
    path: '/v1/orders/{id}/personal-data',
    operationId: 'erasePersonalData',
    tag: 'Orders',
    summary: 'Erase the personal data of an order',
    description: DESCRIPTION,
    scope: 'admin',
    params: orderPath,
    answers: { 204: { description: 'erased; a repeat gets the same answer' } },
    problems: [404],
    async handle({ params: { id }, cause }) {
      if (!(await commands.erasePersonalData(id, cause))) throw notFound(`order ${id}`);
      return { status: 204 };
    },
  });
}
