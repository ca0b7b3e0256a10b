import { openStores } from '../../../src/stores/stores';
import { WebhookRelay } from './webhook-relay';

/** A relay process for webhooks, which a test kills. */
const [url = ''] = process.argv.slice(2);
const stores = openStores({ orders: url, inventory: url, credit: url }, 3);
new WebhookRelay(stores, `process-${process.pid}`);
process.send?.('started');
// A relay ends with its test run.
process.once('disconnect', () => process.exit(0));
