import { z } from 'zod';

const base64 = z.base64();

const payload = z
  .object({
    metadata: z.record(z.string(), base64).optional().meta({ description: 'each value in base64' }),
    data: base64.optional(),
  })
  .meta({ id: 'Payload', description: 'a payload of Temporal, in the JSON form of its protocol buffers' });

/** A payload of Temporal as JSON: its bytes in base64. */
export type PayloadJson = z.output<typeof payload>;

export const payloads = z.object({ payloads: z.array(payload).max(1_000) }).meta({
  id: 'Payloads',
  description: 'payloads of Temporal',
  example: { payloads: [{ metadata: { encoding: 'anNvbi9wbGFpbg==' }, data: 'ImEgdGV4dCI=' }] },
});
