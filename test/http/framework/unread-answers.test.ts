import { once } from 'node:events';
import { connect } from 'node:net';
import { type ApiUnderTest, startApi } from '../support/api-under-test';

let api: ApiUnderTest;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.close());

const ASKED = 400;

/** Opens a connection and asks for far more answers than its buffers take. */
function askForMuch() {
  const { hostname, port } = new URL(api.url);
  const socket = connect(Number(port), hostname);
  const one = `GET /openapi.json HTTP/1.1\r\nHost: x\r\n\r\n`;
  socket.write(one.repeat(ASKED));
  return socket;
}

test('a caller that reads none of its answers is disconnected', async () => {
  const socket = askForMuch().pause();
  // A socket that does not read learns of its end when it writes.
  const asking = setInterval(() => socket.write('\r\n'), 200);
  const [error] = await once(socket, 'close').then(
    () => [undefined],
    (thrown) => [thrown],
  );
  clearInterval(asking);
  expect(error).toMatchObject({ code: expect.stringMatching(/^(EPIPE|ECONNRESET)$/) });
}, 60_000);

test('a caller that reads its answers slowly gets all of them', async () => {
  const socket = askForMuch();
  let answers = 0;
  for await (const chunk of socket) {
    answers += String(chunk).split('HTTP/1.1 200').length - 1;
    if (answers === ASKED) break;
  }
  expect(answers).toBe(ASKED);
});
