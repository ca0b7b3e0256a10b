import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { sqltag as sql } from '@prisma/client/runtime/client';
import type { Order } from '../../domain/order/order';
import type { NewCommand } from './command-rows';

/** The caller's own data of an order, which may name a person. Nothing is decided by it. */
export interface PersonalData {
  readonly externalId: string | null;
  readonly metadata: Readonly<Record<string, string>> | null;
}

/** The personal data of an order as a reader gets it: `erased` when no key opens it any more. */
export type ShownPersonalData = PersonalData | 'erased';

export const NO_PERSONAL_DATA: PersonalData = { externalId: null, metadata: null };

const CIPHER = 'aes-256-gcm';
const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** Selects the key of the order `o` in base64; null when the order has none. */
export const keyOfOrder = sql`CASE WHEN o.sealed IS NOT NULL
  THEN (SELECT encode(key, 'base64') FROM order_secret WHERE order_id = o.id) END`;

/**
 * Seals the personal data of a new order with a key of its own, for AES-256-GCM. The id of the order is authenticated
 * with the text, so that the text of one order does not open as that of another.
 */
export function sealPersonalData(command: NewCommand<'create'>, data: PersonalData): NewCommand<'create'> {
  const { externalId, metadata } = data;
  if (externalId === null && metadata === null) return command;
  const key = randomBytes(KEY_BYTES);
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv(CIPHER, key, nonce).setAAD(Buffer.from(command.subject));
  const text = Buffer.concat([cipher.update(JSON.stringify({ externalId, metadata })), cipher.final()]);
  const sealed = Buffer.concat([nonce, cipher.getAuthTag(), text]).toString('base64');
  return {
    ...command,
    wanted: { ...command.wanted, sealed },
    secret: { key: key.toString('base64'), externalId },
  };
}

/**
 * Opens the personal data of an order.
 * @param key in base64; null when the order has none, which leaves sealed data erased
 * @throws Error when the sealed text was changed, or belongs to another order or key
 */
export function openPersonalData(
  { id, sealed, isErased }: Pick<Order, 'id' | 'sealed' | 'isErased'>,
  key: string | null,
): ShownPersonalData {
  if (isErased) return 'erased';
  if (sealed === null) return NO_PERSONAL_DATA;
  if (key === null) return 'erased';
  const bytes = Buffer.from(sealed, 'base64');
  try {
    const decipher = createDecipheriv(CIPHER, Buffer.from(key, 'base64'), bytes.subarray(0, NONCE_BYTES), {
      authTagLength: TAG_BYTES,
    });
    decipher.setAAD(Buffer.from(id)).setAuthTag(bytes.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES));
    const text = Buffer.concat([decipher.update(bytes.subarray(NONCE_BYTES + TAG_BYTES)), decipher.final()]);
    return JSON.parse(text.toString()) as PersonalData;
  } catch (cause) {
    throw new Error(
      `order ${id}: its key does not open its personal data, which were changed in the database: run the audit`,
      { cause },
    );
  }
}
