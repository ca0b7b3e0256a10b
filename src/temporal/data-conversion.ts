import type { DataConverter } from '@temporalio/common';
import { PayloadEncryption, type PayloadKey } from './payload-encryption';

/** Returns the conversion of data for Temporal: encrypted where there are keys. The first key encrypts. */
export function dataConverterOf(keys: readonly PayloadKey[]): DataConverter {
  const [first, ...others] = keys;
  if (!first) return {};
  return {
    payloadCodecs: [new PayloadEncryption([first, ...others])],
    // Workflows load it too: Temporal takes its path.
    failureConverterPath: require.resolve('./encoded-failures'),
  };
}
