import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { METADATA_ENCODING_KEY, type Payload, type PayloadCodec } from '@temporalio/common';
import { temporal } from '@temporalio/proto';

/** A key of AES-256-GCM. */
export interface PayloadKey {
  /** The name of the key, which payloads carry. */
  readonly id: string;
  /** 32 bytes. */
  readonly secret: Buffer;
}

/** A payload was encrypted by a key that this process does not have, or was changed since. */
export class PayloadUnreadable extends Error {
  override readonly name = 'PayloadUnreadable';
}

const ENCODING = 'binary/encrypted';
const KEY_ID = 'encryption-key-id';
const CIPHER = 'aes-256-gcm';
const IV_BYTES = 12;
const TAG_BYTES = 16;

const { Payload: PayloadMessage } = temporal.api.common.v1;

/**
 * Encrypts the payloads that go to Temporal with the first key, and decrypts those of all keys, so that keys can be
 * rotated. A payload that is not encrypted passes as it is: encryption can be turned on while sagas run.
 */
export class PayloadEncryption implements PayloadCodec {
  readonly #keys: ReadonlyMap<string, PayloadKey>;

  constructor(private readonly keys: readonly [PayloadKey, ...PayloadKey[]]) {
    this.#keys = new Map(keys.map((key) => [key.id, key]));
  }

  async encode(payloads: Payload[]): Promise<Payload[]> {
    return payloads.map((payload) => encrypted(payload, this.keys[0]));
  }

  /** @throws PayloadUnreadable when a payload cannot be decrypted */
  async decode(payloads: Payload[]): Promise<Payload[]> {
    return payloads.map((payload) => this.#decrypted(payload));
  }

  #decrypted(payload: Payload): Payload {
    const { metadata, data } = payload;
    if (textOf(metadata?.[METADATA_ENCODING_KEY]) !== ENCODING) return payload;
    const id = textOf(metadata?.[KEY_ID]);
    const key = this.#keys.get(id);
    if (!key)
      throw new PayloadUnreadable(
        `a payload is encrypted by the key ${id}, which this process does not have`,
      );
    return decrypted(Buffer.from(data ?? []), key);
  }
}

function encrypted(payload: Payload, { id, secret }: PayloadKey): Payload {
  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv(CIPHER, secret, iv).setAAD(Buffer.from(id));
  const text = cipher.update(PayloadMessage.encode(payload).finish());
  const end = cipher.final();
  return {
    metadata: { [METADATA_ENCODING_KEY]: Buffer.from(ENCODING), [KEY_ID]: Buffer.from(id) },
    data: Buffer.concat([iv, text, end, cipher.getAuthTag()]),
  };
}

function decrypted(data: Buffer, { id, secret }: PayloadKey): Payload {
  try {
    const decipher = createDecipheriv(CIPHER, secret, data.subarray(0, IV_BYTES), {
      authTagLength: TAG_BYTES,
    });
    decipher.setAAD(Buffer.from(id)).setAuthTag(data.subarray(-TAG_BYTES));
    const text = decipher.update(data.subarray(IV_BYTES, -TAG_BYTES));
    return PayloadMessage.decode(Buffer.concat([text, decipher.final()]));
  } catch (error) {
    throw new PayloadUnreadable(`a payload of the key ${id} was changed, or the key is another one`, {
      cause: error,
    });
  }
}

function textOf(bytes: Uint8Array | null | undefined): string {
  return Buffer.from(bytes ?? []).toString();
}
