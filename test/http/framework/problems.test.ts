import { REFUSAL_REASONS } from '../../../src/domain/refusal';
import { type ApiUnderTest, startApi } from '../support/api-under-test';

let api: ApiUnderTest;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.close());

const read = (path: string) => api.call('GET', path, undefined, { Authorization: '' });

describe('the catalogue of problems', () => {
  it('explains every entry in words, under its own path, to readers without a key', async () => {
    const { status, json } = await read('/problems');
    expect(status).toBe(200);
    const types = json.items.map(({ type }: { type: string }) => type);
    for (const reason of REFUSAL_REASONS) expect(types).toContain(`/problems/${reason}`);
    for (const entry of json.items) {
      expect(entry.title).toMatch(/^[A-Z][^_]+$/);
      expect(entry.meaning).toMatch(/^.+[.]$/s);
      if (entry.kind === 'problem' || entry.kind === 'refusal') expect(entry.action).toMatch(/^.+[.]$/s);
      expect((await read(entry.type)).json.items).toContainEqual(entry);
    }
  });

  it('has the path of every problem type, and answers 404 for unknown names', async () => {
    const problem = (await api.call('GET', '/v1/orders?limit=0')).json;
    const [entry] = (await read(problem.type)).json.items;
    expect(entry).toMatchObject({ status: problem.status, title: problem.title, kind: 'problem' });
    expect((await read('/problems/NO_SUCH_REASON')).status).toBe(404);
  });
});
