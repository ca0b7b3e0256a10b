import { isUtf8 } from 'node:buffer';
import type { IncomingMessage } from 'node:http';
import { z } from 'zod';
import { checked } from './field-errors';
import { bodyTooLarge, invalid, Problem } from './problem';
import { parseStrictJson } from './strict-json';

const LARGEST_JSON_BYTES = 64 * 1024;

/** The format of the body of an operation, for reading and for the documentation. */
export interface BodyFormat<Body> {
  readonly maxBytes: number;
  /** The parsers of text by media type; they throw a Problem. */
  readonly parsers: Readonly<Record<string, (text: string) => Body>>;
  /** The parsers of bytes as they arrive, by media type. The bytes fail when they break off or exceed `maxBytes`. */
  readonly streams?: Readonly<Record<string, (bytes: AsyncIterable<Buffer>) => Body>>;
  /** The documented schemas by media type. */
  readonly schemas: Readonly<Record<string, z.ZodType>>;
  /** True when a missing body counts as an empty object. */
  readonly isOptional?: boolean;
}

/** Returns the format of one JSON value that a schema describes, of at most `maxBytes`. */
export function jsonBody<S extends z.ZodType>(
  schema: S,
  maxBytes = LARGEST_JSON_BYTES,
): BodyFormat<z.output<S>> {
  return {
    maxBytes,
    parsers: { 'application/json': (text) => checked(schema, parseStrictJson(text), 'body') },
    schemas: { 'application/json': schema },
  };
}

/** The format of an operation without content: no body, or an empty object. */
export const noBody: BodyFormat<object> = { ...jsonBody(z.strictObject({})), isOptional: true };

/**
 * Reads and parses a body.
 * @throws Problem too-large, unsupported-media-type or invalid-request
 */
export async function readBody<Body>(request: IncomingMessage, format: BodyFormat<Body>): Promise<Body> {
  const hasBody = request.headers['transfer-encoding'] !== undefined || sizeOf(request) > 0;
  const mediaType = hasBody || !format.isOptional ? mediaTypeOf(request) : 'application/json';
  const { streams = {} } = format;
  const stream = Object.hasOwn(streams, mediaType) ? streams[mediaType] : undefined;
  if (stream) {
    refuseEncodings(request);
    return stream(bytesOf(request, format.maxBytes));
  }
  const parse = Object.hasOwn(format.parsers, mediaType) ? format.parsers[mediaType] : undefined;
  if (!parse) {
    const readHere = [...Object.keys(format.parsers), ...Object.keys(streams)];
    throw new Problem('unsupported-media-type', {
      detail: `Content-Type must be ${readHere.join(' or ')}, in UTF-8`,
      errors: [
        { field: 'Content-Type', message: 'is missing, or names a media type that this call does not read' },
      ],
    });
  }
  if (!hasBody && format.isOptional) return parse('{}');
  refuseEncodings(request);
  const bytes = await readBytes(request, format.maxBytes);
  if (!isUtf8(bytes)) throw invalid('body', 'is not UTF-8');
  return parse(bytes.toString('utf8'));
}

function sizeOf(request: IncomingMessage): number {
  return Number(request.headers['content-length'] ?? 0);
}

function mediaTypeOf(request: IncomingMessage): string {
  const [type = '', ...parameters] = (request.headers['content-type'] ?? '').toLowerCase().split(';');
  // Trimmed first: a pattern with optional space at both ends takes quadratic time for a header full of spaces.
  const isUtf8Named = parameters.every((parameter) => /^(charset\s*=\s*"?utf-?8"?)?$/.test(parameter.trim()));
  return isUtf8Named ? type.trim() : '';
}

function refuseEncodings(request: IncomingMessage): void {
  const encoding = request.headers['content-encoding'];
  if (encoding === undefined || encoding.trim().toLowerCase() === 'identity') return;
  throw new Problem('unsupported-media-type', {
    detail: 'the body must not be compressed',
    errors: [{ field: 'Content-Encoding', message: 'must be left out' }],
  });
}

/**
 * Yields the bytes of a body as its parser takes them. A parser that stops early does not destroy the request, so it
 * can still be answered.
 */
async function* bytesOf(request: IncomingMessage, maxBytes: number): AsyncIterable<Buffer> {
  if (sizeOf(request) > maxBytes) throw tooLarge(maxBytes);
  let size = 0;
  try {
    for await (const chunk of request.iterator({ destroyOnReturn: false })) {
      size += chunk.length;
      if (size > maxBytes) throw tooLarge(maxBytes);
      yield chunk;
    }
  } catch (error) {
    throw request.complete || error instanceof Problem ? error : brokenOff();
  }
}

function brokenOff(): Problem {
  return invalid('body', 'ended before it was complete');
}

function readBytes(request: IncomingMessage, maxBytes: number): Promise<Buffer> {
  if (sizeOf(request) > maxBytes) return Promise.reject(tooLarge(maxBytes));
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    request.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > maxBytes) reject(tooLarge(maxBytes));
      else chunks.push(chunk);
    });
    request.on('end', () => resolve(chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks)));
    request.on('close', () => {
      if (!request.complete) reject(brokenOff());
    });
    // The error of a connection that broke off looks like an outage of a store, and is the caller's.
    request.on('error', (error) => reject(request.complete ? error : brokenOff()));
  });
}

function tooLarge(maxBytes: number): Problem {
  return bodyTooLarge(
    `must have at most ${maxBytes} bytes`,
    `the body of this call must have at most ${maxBytes} bytes`,
  );
}
