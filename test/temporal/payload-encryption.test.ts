import { randomBytes } from 'node:crypto';
import { defaultPayloadConverter, type Payload } from '@temporalio/common';
import { PayloadEncryption, type PayloadKey } from '../../src/temporal/payload-encryption';

const keyOf = (id: string): PayloadKey => ({ id, secret: randomBytes(32) });
const [OLD, NEW] = [keyOf('old'), keyOf('new')];
const before = new PayloadEncryption([OLD]);
const during = new PayloadEncryption([NEW, OLD]);
const after = new PayloadEncryption([NEW]);

const payloadOf = (value: unknown): Payload => defaultPayloadConverter.toPayload(value);
const textOf = (payload: Payload | undefined): unknown =>
  payload && defaultPayloadConverter.fromPayload(payload);

test.each([['a text'], [{ deep: ['ä', 1, null] }], [''], [undefined], [new Uint8Array([0, 255])]])(
  '%j comes back as it was',
  async (value) => {
    const [encrypted] = await before.encode([payloadOf(value)]);
    expect(textOf((await before.decode([encrypted as Payload]))[0])).toEqual(value);
  },
);

test('nothing of a payload can be read, and the same payload looks different each time', async () => {
  const [one, other] = await before.encode([payloadOf('a secret'), payloadOf('a secret')]);
  expect(Buffer.from(one?.data ?? []).includes('secret')).toBe(false);
  expect(Buffer.from(one?.data ?? []).equals(Buffer.from(other?.data ?? []))).toBe(false);
});

test('during a rotation payloads of both keys are read, and new ones have the new key', async () => {
  const old = await before.encode([payloadOf(1)]);
  const fresh = await during.encode([payloadOf(2)]);
  expect((await during.decode([...old, ...fresh])).map(textOf)).toEqual([1, 2]);
  expect((await after.decode(fresh)).map(textOf)).toEqual([2]);
  await expect(after.decode(old)).rejects.toThrow(
    'encrypted by the key old, which this process does not have',
  );
});

test('a payload from before the encryption passes as it is', async () => {
  const plain = payloadOf('plain');
  expect(await before.decode([plain])).toEqual([plain]);
});

test.each([
  { what: 'its first byte', at: 0 },
  { what: 'a byte of its text', at: 14 },
  { what: 'its last byte', at: -1 },
])('a payload of which $what was changed is refused', async ({ at }) => {
  const [encrypted] = await before.encode([payloadOf('a text')]);
  const data = Buffer.from(encrypted?.data ?? []);
  const place = at < 0 ? data.length + at : at;
  data.writeUInt8(data.readUInt8(place) ^ 1, place);
  await expect(before.decode([{ ...encrypted, data }])).rejects.toThrow(
    'a payload of the key old was changed',
  );
});

test('a payload that is cut off is refused', async () => {
  const [encrypted] = await before.encode([payloadOf('a text')]);
  for (const length of [0, 5, 12, 20])
    await expect(
      before.decode([{ ...encrypted, data: Buffer.from(encrypted?.data ?? []).subarray(0, length) }]),
    ).rejects.toThrow('a payload of the key old was changed');
});

test('the name of a key cannot be exchanged for the name of another key with the same secret', async () => {
  const twin = new PayloadEncryption([{ ...OLD, id: 'twin' }, OLD]);
  const [encrypted] = await before.encode([payloadOf('a text')]);
  const renamed = {
    ...encrypted,
    metadata: { ...encrypted?.metadata, 'encryption-key-id': Buffer.from('twin') },
  };
  await expect(twin.decode([renamed])).rejects.toThrow('a payload of the key twin was changed');
});
