import { openStores, type Stores } from '../../../src/stores/stores';
import { type AroundStep, runDirect } from '../../support/direct-saga';
import { eventually } from '../../support/saga-fixture';
import { type ApiUnderTest, startApi } from './api-under-test';

/** Starts an API as in another process over the same stores: it shares no memory with the first. */
export async function anotherApi(
  { databaseUrl }: ApiUnderTest,
  changes: Partial<Stores> = {},
): Promise<ApiUnderTest> {
  const own = openStores({ orders: databaseUrl, inventory: databaseUrl, credit: databaseUrl }, 3);
  const api = await startApi({ stores: { ...own, ...changes } });
  return {
    ...api,
    stores: own,
    async close() {
      await api.close();
      await own.close();
    },
  };
}

/**
 * Carries out the command of a saga that an API has started, on stores other than the API's own. It is the first saga
 * after `after` starts.
 */
export async function carryStarted(
  { stand }: ApiUnderTest,
  stores: Stores,
  { after, around }: { readonly after: number; readonly around?: AroundStep },
): Promise<void> {
  const id = await eventually(async () => {
    const { members = [] } = (stand.started[after]?.input ?? {}) as { members?: readonly { id: string }[] };
    const [member] = members;
    if (!member) throw new Error('no saga was started');
    return member.id;
  });
  const rows = [...(await stores.commands.commands([id])).values()];
  await runDirect(stores, rows, around ? { around } : {});
}
