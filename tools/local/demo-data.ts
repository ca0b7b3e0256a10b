import { CREDIT_LIMITS, countsOf, items, NODES, SOURCES } from './demo-shop';

/** The longest wait for one answer. */
const PATIENCE_MS = 30_000;
const SHOWN_CHARACTERS = 400;

/**
 * Loads a small retailer through the API: 2 warehouses, 3 stores with floor and back room, 2 partners, 40 items, 5
 * credit customers. A repeat changes nothing: set-up is compared, and the counts have the same sequence.
 * @throws Error, ready to print, that names the first refused call
 */
export async function loadDemoData(apiUrl: string, adminKey: string): Promise<void> {
  const call = async (method: 'PUT' | 'POST', path: string, body: object) => {
    const response = await fetch(apiUrl + path, {
      method,
      headers: { Authorization: `Bearer ${adminKey}`, 'Content-Type': 'application/json' },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
    const answer = await response.text();
    // A feed answers 200 for rows that it rejects.
    if (response.ok && !JSON.parse(answer).rejected) return;
    const refusal = `${method} ${path}: ${response.status} ${answer.slice(0, SHOWN_CHARACTERS)}`;
    throw new Error(`the demo data is refused (HOLDFAST_DEMO_DATA=0 leaves it out): ${refusal}`);
  };
  await Promise.all(NODES.map(({ id, ...node }) => call('PUT', `/v1/nodes/${id}`, node)));
  await Promise.all(SOURCES.map(({ id, ...source }) => call('PUT', `/v1/sources/${id}`, source)));
  await Promise.all(items().map(({ sku, ...item }) => call('PUT', `/v1/items/${sku}`, item)));
  await Promise.all(
    Object.entries(CREDIT_LIMITS).map(([id, limit]) =>
      call('PUT', `/v1/credit-accounts/${id}`, { currency: 'EUR', limit }),
    ),
  );
  const observedAt = new Date().toISOString();
  for (const source of SOURCES) {
    const rows = countsOf(source, observedAt).map(({ section, ...row }) =>
      section ? { ...row, section } : row,
    );
    await call('POST', `/v1/feeds/${source.id}`, rows);
  }
}
