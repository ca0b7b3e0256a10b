import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** An endpoint of webhooks in a process of its own. It accepts every message, and answers GET with their number. */
let accepted = 0;
const server = createServer((request, response) => {
  if (request.method === 'GET') {
    response.end(String(accepted));
    return;
  }
  request.resume().once('end', () => {
    accepted += 1;
    response.end();
  });
});
server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port));
process.once('disconnect', () => process.exit(0));
