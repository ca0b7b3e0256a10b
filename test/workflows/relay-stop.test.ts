import { startRelay } from '../../src/main/relay-role';
import { sagaId } from '../../src/temporal/saga-starter';
import { eventually, openSagaFixture } from '../support/saga-fixture';
import { holdOf } from '../support/saga-orders';

test('a relay ends when it is asked to, also while a sweep waits for a worker that has ended before', async () => {
  const fixture = await openSagaFixture();
  const hold = holdOf([['MUG-01', 1]], { ttlSeconds: 1 });
  await (await fixture.context.starters.reserveInventory([hold])).outcomes;
  await fixture.stopWorker();
  const relay = startRelay(fixture.context);
  const sweep = sagaId('expireReservations', [`${hold.commandId}/expire`]);
  const { workflow } = fixture.context.temporal.client;
  await eventually(() => workflow.getHandle(sweep).describe());
  await relay.stop();
  await fixture.close();
});
