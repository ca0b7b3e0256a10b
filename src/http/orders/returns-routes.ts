import { unitsHeaders } from '../../contracts/api/headers';
import { LARGEST_ORDER_BYTES, orderPath, order as orderSchema, orderTaken } from '../../contracts/api/orders';
import { returnRequest } from '../../contracts/api/returns';
import { isRefunded, returnOf } from '../../domain/order/return-units';
import { refused } from '../../domain/refusal';
import type { NewCommand } from '../../stores/orders/command-rows';
import type { ApiDependencies } from '../api-dependencies';
import { refusedChange } from '../commands/refused-problem';
import { commandOf, REPLAYED, takeCommand, takenReply, untilAnswerable } from '../commands/take-command';
import { type Operation, operation } from '../framework/operation';
import { notFound } from '../framework/problem';
import { jsonBody } from '../framework/request-body';
import { WebUiLinks } from '../framework/web-ui-links';
import { orderPathOf, orderView } from './order-view';

/** Declares the route to return shipped units of an order. */
export function returnsRoutes(deps: ApiDependencies): Operation[] {
  const { ordersReads: reads } = deps.stores;
  const returnUnits = operation({
    method: 'post',
    path: '/v1/orders/{id}/returns',
    operationId: 'returnUnits',
    tag: 'Orders',
    summary: 'Return shipped units of an order to a node',
    description:
      'Units can come back once the credit for their shipment is captured, each unit once. The saga adds them to the ' +
      'stock of the node and refunds their captured price. The order is not locked meanwhile. `lineId` may be an id ' +
      'that the units had before a revision.',
    scope: 'orders:write',
    params: orderPath,
    headers: unitsHeaders,
    body: jsonBody(returnRequest, LARGEST_ORDER_BYTES),
    answers: {
      200: {
        description: 'the order, refunded (with `Prefer: wait`)',
        schema: orderSchema,
        headers: REPLAYED,
      },
      202: {
        description: 'recorded',
        schema: orderTaken,
        headers: { ...REPLAYED, Location: 'the path of the order' },
      },
    },
    problems: [404, 409],
    async handle({ params: { id }, body, ...request }) {
      const before = await reads.shown(id);
      if (!before) throw notFound(`order ${id}`);
      const { customerId, currency } = before.order;
      const wanted = { customerId, currency, ...body };
      const command = commandOf('return', 'cmd_', request, { subject: id, wanted });
      await refuseUnknownNode(deps, command);
      const taken = await takeCommand(deps, command);
      const { row, isReplay } = taken;
      const seconds = request.headers.Prefer;
      const isAnswerable = async () => {
        const order = await reads.order(id);
        const own = order && returnOf(order, row.id);
        return own !== undefined && isRefunded(own);
      };
      const isDone = await untilAnswerable(deps, taken, { seconds, isAnswerable });
      const shown = (await reads.shown(id)) ?? before;
      return takenReply({
        isReplay,
        waitSeconds: seconds,
        path: orderPathOf(id),
        whole: isDone ? orderView(shown, new WebUiLinks(deps.webUi)) : undefined,
        brief: { id, status: shown.order.status },
      });
    },
  });
  return [returnUnits];
}

/**
 * Refuses a return to a node that does not exist. The orders store knows no nodes, so this is read from the inventory
 * before the record. A repeat of a recorded return is not refused.
 * @throws Problem refused
 */
async function refuseUnknownNode(
  { stores }: Pick<ApiDependencies, 'stores'>,
  { id, wanted: { nodeId } }: NewCommand<'return'>,
): Promise<void> {
  if (await stores.inventorySetUp.node(nodeId)) return;
  if ((await stores.commands.commands([id])).has(id)) return;
  throw refusedChange(refused('UNKNOWN_NODE', `node ${nodeId} does not exist`));
}
