import type { Payload, PayloadCodec } from '@temporalio/common';
import { PayloadUnreadable } from './payload-encryption';

/** A payload in the JSON form of its protocol buffers: its bytes in base64. */
export interface PayloadJson {
  readonly metadata?: Readonly<Record<string, string>> | undefined;
  readonly data?: string | undefined;
}

/** Payloads that cannot be decrypted, and why. */
export interface Unreadable {
  readonly unreadable: string;
}

/** Decrypts payloads in their JSON form, as codec servers of Temporal do. */
export async function decodeJson(
  codecs: readonly PayloadCodec[],
  payloads: readonly PayloadJson[],
): Promise<readonly PayloadJson[] | Unreadable> {
  let decoded = payloads.map(fromJson);
  try {
    for (const codec of codecs) decoded = await codec.decode(decoded);
  } catch (error) {
    if (error instanceof PayloadUnreadable) return { unreadable: error.message };
    throw error;
  }
  return decoded.map(toJson);
}

function fromJson({ metadata = {}, data = '' }: PayloadJson): Payload {
  return {
    metadata: mapped(metadata, (value) => Buffer.from(value, 'base64')),
    data: Buffer.from(data, 'base64'),
  };
}

function toJson({ metadata, data }: Payload): PayloadJson {
  return { metadata: mapped(metadata ?? {}, inBase64), data: inBase64(data ?? Buffer.of()) };
}

function inBase64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64');
}

function mapped<From, To>(
  values: Readonly<Record<string, From>>,
  change: (value: From) => To,
): Record<string, To> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, change(value)]));
}
