import type { EligibilityRule } from '../../../src/domain/inventory/limits/eligibility';
import type { SalesCap } from '../../../src/domain/inventory/limits/sales-cap';
import type { Stores } from '../../../src/stores/stores';
import { cause, LONG_AGO } from '../shop';

export const LONG_HENCE = '2100-01-01T00:00:00.000Z';

/** Sets a cap; omitted fields leave it open to all buyers at all times. */
export function setCap(
  { limitsSetUp }: Stores,
  id: string,
  cap: Partial<SalesCap> & Pick<SalesCap, 'skus' | 'limit'>,
): Promise<void> {
  const open = { channel: null, customerId: null, start: LONG_AGO, end: LONG_HENCE };
  return limitsSetUp.setCap({ ...open, ...cap, id }, cause);
}

/** Sets a rule that denies only this combination. */
export function setRule(
  { limitsSetUp }: Stores,
  id: string,
  deny: Partial<EligibilityRule['deny']>,
): Promise<void> {
  const nothing = {
    sku: null,
    itemTag: null,
    nodeId: null,
    region: null,
    channel: null,
    shippingMethod: null,
  };
  return limitsSetUp.setRule({ id, deny: { ...nothing, ...deny }, reason: 'AGE_RESTRICTED' }, cause);
}

/** Returns the current use of a cap. */
export async function usedOf({ limitsSetUp }: Stores, id: string): Promise<number | undefined> {
  return (await limitsSetUp.cap(id))?.usedNow;
}
