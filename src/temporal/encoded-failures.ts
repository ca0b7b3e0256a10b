import { DefaultFailureConverter } from '@temporalio/common';

/** Moves the messages and stack traces of failures into payloads, so that they are encrypted like all others. */
export const failureConverter = new DefaultFailureConverter({ encodeCommonAttributes: true });
