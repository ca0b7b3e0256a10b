import { startRelay } from '../../src/main/relay-role';
import { sagaId } from '../../src/temporal/saga-starter';
import { approved, overdue, rowOf, shipmentAt } from '../support/order-changes';
import { eventually, openSagaFixture } from '../support/saga-fixture';

test('a relay ends when it is asked to, also while a watch waits for a worker that has ended before', async () => {
  const fixture = await openSagaFixture();
  const order = await approved(fixture);
  await overdue(fixture, shipmentAt(order));
  const { id, dueAt } = shipmentAt(await rowOf(fixture, order.id));
  await fixture.stopWorker();
  const relay = startRelay(fixture.context);
  const expiry = sagaId('expireShipments', [`${id}/overdue/${dueAt}`]);
  const { workflow } = fixture.context.temporal.client;
  await eventually(() => workflow.getHandle(expiry).describe());
  await relay.stop();
  await fixture.close();
});
