import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Fault, Received } from './receiver';

/** An HTTP server that plays the endpoints of webhooks: each path is an endpoint with its own messages and faults. */
const received = new Map<string, Received[]>();
const faults = new Map<string, Fault[]>();

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const [, role = '', name = ''] = (request.url ?? '').split('/');
  const body = await bodyOf(request);
  if (role === 'faults') {
    faults.set(name, JSON.parse(body));
    response.end();
  } else if (role === 'received') {
    response.end(JSON.stringify(received.get(name) ?? []));
  } else {
    await meet(name, { headers: request.headers as Record<string, string>, body }, response);
  }
}

/** Answers a message as the next fault says; the last fault stays. */
async function meet(
  name: string,
  message: Pick<Received, 'headers' | 'body'>,
  response: ServerResponse,
): Promise<void> {
  const waiting = faults.get(name) ?? [];
  const meeting = waiting.find(({ type }) => type === undefined || JSON.parse(message.body).type === type);
  if (meeting && meeting.times !== undefined) {
    meeting.times -= 1;
    if (meeting.times === 0) waiting.splice(waiting.indexOf(meeting), 1);
  }
  const { status = 200, headers = {}, delayMs = 0, body = 'thanks' } = meeting ?? {};
  const known = received.get(name) ?? [];
  known.push({ ...message, status, at: Date.now() });
  received.set(name, known);
  await sleep(delayMs);
  response.writeHead(status, headers).end(body);
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let body = '';
  for await (const chunk of request) body += chunk;
  return body;
}

const server = createServer((request, response) => {
  answer(request, response).catch((error: unknown) => response.writeHead(599).end(String(error)));
});
server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port));
// The receiver ends with its test run.
process.once('disconnect', () => process.exit(0));
