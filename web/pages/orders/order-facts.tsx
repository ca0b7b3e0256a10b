import { moneyText } from '../../../src/names/money-text';
import type { Order, TimelineEvent } from '../../api/answers';
import { Ago, Facts, Pill } from '../../parts/facts';
import { linkTo } from '../../parts/router';
import { Table } from '../../parts/table';
import { counted, wordsOf } from '../../parts/words';

/** The head of an order: everything but its lines. */
export function OrderFacts({ order, events }: { order: Order; events: readonly TimelineEvent[] }) {
  const { region, channel } = destinationOf(events);
  const { customerId, externalId, metadata = {}, personalData, shippingMethod, lastCommand } = order;
  return (
    <Facts
      of={[
        [
          'Customer',
          <a href={`${linkTo('orders')}?customerId=${encodeURIComponent(customerId)}`}>{customerId}</a>,
        ],
        ['Total', moneyText(order.total, order.currency)],
        ['Payment', wordsOf(order.payment)],
        ['Compensation', wordsOf(order.compensation)],
        ...optional('Region', region),
        ...optional('Channel', channel),
        ...optional('Shipping', shippingMethod),
        ...optional('External id', externalId),
        ['Placed', <Ago moment={order.createdAt} />],
        ['Changed', <Ago moment={order.updatedAt} />],
        ['Revision', order.version],
        ...optional(
          'Last command',
          lastCommand &&
            `${wordsOf(lastCommand.kind)}: ${lastCommand.reason ? wordsOf(lastCommand.reason) : lastCommand.outcome}`,
        ),
        ...optional('Personal data', personalData),
        ...Object.entries(metadata),
      ]}
    />
  );
}

function optional(name: string, value: string | undefined): readonly (readonly [string, string])[] {
  return value === undefined ? [] : [[name, value]];
}

export interface Destination {
  readonly region: string | undefined;
  readonly channel: string | undefined;
  readonly shippingMethod: string | undefined;
}

/** Returns the buyer's side of an order, which only its first event has. */
export function destinationOf(events: readonly TimelineEvent[]): Destination {
  const data = events.find(({ type }) => type.startsWith('orders.order-recorded.'))?.data ?? {};
  const text = (name: string) => (typeof data[name] === 'string' ? data[name] : undefined);
  return { region: text('region'), channel: text('channel'), shippingMethod: text('shippingMethod') };
}

export function OrderLines({ order }: { order: Order }) {
  return (
    <Table
      caption="Lines of the order and the places of their units"
      columns={['Item', ['Units', 'number'], ['Price', 'number wide'], 'Where they are']}
    >
      {order.lines.map((line) => (
        <tr key={line.lineId}>
          <td>
            <a href={linkTo('stock', line.sku)}>{line.sku}</a>
          </td>
          <td class="number">{line.quantity}</td>
          <td class="number wide">{moneyText(line.unitPrice, order.currency)}</td>
          <td>
            <Units line={line} />
          </td>
        </tr>
      ))}
    </Table>
  );
}

function Units({ line }: { line: Order['lines'][number] }) {
  const { sources, backordered, cancelled, returned } = line;
  return (
    <ul class="plain-list">
      {sources.map(({ nodeId, quantity, state }) => (
        <li key={nodeId + state}>
          {quantity} at {nodeId}, {state.toLowerCase()}
        </li>
      ))}
      {backordered && (
        <li>
          <Pill tone="warn">{counted(backordered.quantity, 'unit')} on backorder</Pill>
          {backordered.promiseDate && ` promised for ${backordered.promiseDate}`}
        </li>
      )}
      {cancelled && <li>{counted(cancelled, 'unit')} cancelled</li>}
      {returned && <li>{counted(returned, 'unit')} returned</li>}
      {sources.length === 0 && !backordered && !cancelled && <li class="quiet">none</li>}
    </ul>
  );
}
