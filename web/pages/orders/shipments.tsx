import type { Shipment } from '../../api/answers';
import { Ago, Id } from '../../parts/facts';
import { Table } from '../../parts/table';
import { ShipmentState } from './order-words';

/** The shipments of an order; nothing before it has one. */
export function Shipments({ shipments }: { shipments: readonly Shipment[] }) {
  if (shipments.length === 0) return null;
  return (
    <section aria-labelledby="shipments">
      <h2 id="shipments">Shipments</h2>
      <Table
        caption="Shipments of the order"
        columns={['Shipment', 'State', 'Units', ['Due or tracking', 'wide']]}
      >
        {shipments.map(({ id, nodeId, state, lines, deadline, tracking }) => (
          <tr key={id}>
            <td>
              <Id value={id} />
              <div class="small quiet">from {nodeId}</div>
            </td>
            <td>
              <ShipmentState state={state} />
            </td>
            <td>{lines.map(({ sku, quantity }) => `${quantity} × ${sku}`).join(', ')}</td>
            <td class="wide">{tracking ?? (deadline ? <Ago moment={deadline} /> : '–')}</td>
          </tr>
        ))}
      </Table>
    </section>
  );
}
