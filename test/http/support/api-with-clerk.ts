import { type ApiUnderTest, startApi } from './api-under-test';
import { openAccount, setUpCatalogue } from './catalogue';

/** The key of a clerk: an admin whose acts and changes a test follows. */
export const CLERK = 'hf_clerk';

/** Starts an API with stock, two customers and a clerk. */
export async function startApiWithClerk(): Promise<{
  readonly api: ApiUnderTest;
  readonly clerkKeyId: string;
}> {
  const api = await startApi();
  api.stand.sagas = 'direct';
  await setUpCatalogue(api, 100_000);
  for (const customer of ['cust-1', 'cust-2']) await openAccount(api, customer);
  await api.stores.apiKeys.put(CLERK, { caller: 'clerk', scopes: ['admin'] });
  return { api, clerkKeyId: (await api.stores.apiKeys.find(CLERK))?.holder.keyId ?? '' };
}
