import { feedBody } from '../../../src/http/inventory/feed-body';

async function* byteByByte(text: string): AsyncIterable<Buffer> {
  for (const byte of Buffer.from(text)) yield Buffer.from([byte]);
}

test('a body that comes byte by byte is copied once', async () => {
  const lines = Array.from({ length: 3 }, (_, index) =>
    JSON.stringify({ messageId: `${index}`.repeat(20_000) }),
  );
  const text = lines.join('\n');
  const concat = jest.spyOn(Buffer, 'concat');
  const read = feedBody.streams?.['application/x-ndjson'];
  if (!read) throw new Error('feeds are read as NDJSON');
  let rows = 0;
  for await (const portion of read(byteByByte(text))) rows += portion.length;
  const copied = concat.mock.results.reduce((sum, { value }) => sum + (value as Buffer).length, 0);
  concat.mockRestore();
  expect(rows).toBe(lines.length);
  expect(copied).toBeLessThanOrEqual(text.length);
});
