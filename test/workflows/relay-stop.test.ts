import { startRelay } from '../../src/main/roles/relay-role';
import { overdueOf } from '../support/new-commands';
import { approved, commandRowOf, overdue, rowOf, shipmentAt } from '../support/order-changes';
import { eventually, openSagaFixture } from '../support/saga-fixture';

test('a relay stops on request, also while a saga that it started waits for a worker', async () => {
  const fixture = await openSagaFixture({ eager: false });
  const order = await approved(fixture);
  await overdue(fixture, shipmentAt(order));
  const { id } = overdueOf(order, shipmentAt(await rowOf(fixture, order.id)));
  await fixture.stopWorker();
  const relay = startRelay(fixture.context);
  const { workflow } = fixture.context.temporal.client;
  await eventually(async () => workflow.getHandle((await commandRowOf(fixture, id)).workflowId).describe());
  await relay.stop();
  await fixture.close();
});
