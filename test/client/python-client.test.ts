import { execFile, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { ADMIN_KEY, type ApiUnderTest, startApi } from '../http/support/api-under-test';
import { openAccount, setUpCatalogue } from '../http/support/catalogue';
import { ORDER } from '../http/support/samples';

const run = promisify(execFile);

/** Places an order twice under one key, reads it, places one that is not valid, and cancels the first without a body. */
const PROGRAM = `
import json, sys
from holdfast import AuthenticatedClient
from holdfast.api.orders import cancel_order, get_order, list_orders, place_order
from holdfast.models import OrderRequest

url, token, order = sys.argv[1:]
client = AuthenticatedClient(base_url=url, token=token)
body = OrderRequest.from_dict(json.loads(order))
placed = place_order.sync(client=client, body=body, idempotency_key="python-1", prefer="wait=20")
again = place_order.sync(client=client, body=body, idempotency_key="python-1")
read = get_order.sync(placed.id, client=client)
body.currency = "gold"
refused = place_order.sync(client=client, body=body, idempotency_key="python-2")
cancelled = cancel_order.sync(placed.id, client=client, prefer="wait=20")
print(json.dumps({
    "status": placed.status, "cancelled": cancelled.status, "total": read.total, "isOne": again.id == placed.id,
    "listed": len(list_orders.sync(client=client, customer_id=body.customer_id).items),
    "field": refused.errors[0].field,
}))
`;

const { status } = spawnSync('python3', ['-c', 'import openapi_python_client, httpx, attrs']);
const withPython = status === 0 ? test : test.skip;
if (status !== 0)
  console.warn(
    'skipped: a Python client: python3 needs openapi-python-client (pip install openapi-python-client==0.29.0)',
  );

let api: ApiUnderTest | undefined;
const folder = mkdtempSync(path.join(tmpdir(), 'holdfast-python-'));

afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  await api?.close();
});

withPython('a Python client generated from the OpenAPI document places an order', async () => {
  api = await startApi();
  api.stand.sagas = 'direct';
  await setUpCatalogue(api, 100);
  await openAccount(api, ORDER.customerId);
  const document = path.join(folder, 'openapi.json');
  writeFileSync(document, (await api.call('GET', '/openapi.json')).text);
  const output = path.join(folder, 'holdfast');
  const generate = ['--path', document, '--output-path', output, '--meta', 'none'];
  await run('python3', ['-m', 'openapi_python_client', 'generate', ...generate]);
  const { stdout } = await run('python3', ['-c', PROGRAM, api.url, ADMIN_KEY, JSON.stringify(ORDER)], {
    cwd: folder,
  });
  expect(JSON.parse(stdout)).toEqual({
    status: 'APPROVED',
    cancelled: 'CANCELLED',
    total: 1_000,
    isOne: true,
    listed: 1,
    field: 'currency',
  });
});
