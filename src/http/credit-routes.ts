import { account, accountPath, accountRequest } from '../contracts/api/credit';
import { availableCredit } from '../domain/credit/account';
import type { DirectCommands } from '../intake/direct-commands';
import type { CreditStore } from '../stores/credit-store';
import type { Operation } from './operation';
import { Problem } from './problem';
import { putAndGet } from './put-and-get';

/** Credit accounts: opened, limited, read. */
export function creditRoutes(commands: DirectCommands, store: CreditStore): Operation[] {
  return putAndGet({
    path: '/v1/credit-accounts/{customerId}',
    tag: 'Credit',
    noun: 'a credit account',
    scopes: { read: 'credit:read', write: 'credit:write' },
    params: accountPath,
    request: accountRequest,
    view: account,
    putProblems: [409],
    async put({ customerId }, wanted, cause) {
      const answer = await commands.setAccount(customerId, wanted, cause);
      if (answer.kind === 'done') return;
      const { reason, detail = reason } = answer;
      throw new Problem('refused', { reason, detail, errors: [{ field: 'currency', message: detail }] });
    },
    async read({ customerId }) {
      const found = await store.account(customerId);
      if (!found) return undefined;
      const { currency, limit, held, capturedUnpaid: captured } = found;
      return {
        customerId,
        currency,
        limit,
        held,
        captured,
        available: availableCredit({ ...found, holds: {} }),
      };
    },
  });
}
