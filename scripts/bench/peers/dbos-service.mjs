import { createServer } from 'node:http';
import { DBOS } from '@dbos-inc/dbos-sdk';
import { openShop } from './shop.mjs';

/** POST /v1/orders on DBOS: one workflow an order, one step a transaction. */

/** More are no faster on two cores. */
const CONNECTIONS = 15;
const url = process.env.DATABASE_URL;
const shop = openShop({ url, schema: process.env.PEER_SCHEMA, connections: CONNECTIONS });

const step = (name, run) => DBOS.runStep(run, { name });

const createOrder = DBOS.registerWorkflow(
  async (body) => {
    const orderId = DBOS.workflowID;
    await step('record order', () => shop.recordOrder(orderId, body));
    if (!(await step('hold credit', () => shop.holdCredit(orderId, body)))) {
      await step('reject order', () => shop.rejectOrder(orderId, 'CREDIT_LIMIT_EXCEEDED'));
      return { id: orderId, status: 'REJECTED', reason: 'CREDIT_LIMIT_EXCEEDED' };
    }
    if (!(await step('commit stock', () => shop.commitStock(orderId, body)))) {
      await step('release credit', () => shop.releaseCredit(orderId));
      await step('reject order', () => shop.rejectOrder(orderId, 'OUT_OF_STOCK'));
      return { id: orderId, status: 'REJECTED', reason: 'OUT_OF_STOCK' };
    }
    await step('approve order', () => shop.approveOrder(orderId));
    return { id: orderId, status: 'APPROVED' };
  },
  { name: 'createOrder' },
);

/** Starts the workflow under the caller's key, so that a repeat finds it; waits for it when asked to. */
async function placeOrder(request) {
  const body = JSON.parse(await textOf(request));
  const workflowID = request.headers['idempotency-key'];
  const handle = await DBOS.startWorkflow(createOrder, { workflowID })(body);
  const waits = request.headers.prefer?.startsWith('wait');
  if (waits) return { code: 200, answer: await handle.getResult() };
  return { code: 202, answer: { id: workflowID, status: 'PENDING' } };
}

async function textOf(request) {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

async function handle(request) {
  if (request.method === 'POST' && request.url === '/v1/orders') return placeOrder(request);
  if (request.url === '/readyz') return { code: 200, answer: { ready: true } };
  return { code: 404, answer: { status: 'NOT_FOUND' } };
}

DBOS.setConfig({
  name: 'holdfast-bench-peer',
  systemDatabaseUrl: url,
  systemDatabaseSchemaName: 'peer_dbos_system',
  systemDatabasePoolSize: CONNECTIONS,
  logLevel: 'warn',
});
await DBOS.launch();

const server = createServer((request, response) => {
  handle(request)
    .catch((error) => {
      console.error(error);
      return { code: 500, answer: { status: 'ERROR' } };
    })
    .then(({ code, answer }) => {
      response.writeHead(code, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
    });
});
server.listen(Number(process.env.PORT), '127.0.0.1');

process.once('SIGTERM', async () => {
  server.close();
  server.closeAllConnections();
  await DBOS.shutdown();
  await shop.close();
  process.exit(0);
});
