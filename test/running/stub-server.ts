import { createServer } from 'node:http';

/**
 * Replaces the server, so that the supervisor is tested alone: ready at once and dying on demand. STUB_SERVER:
 * `stubborn` ignores requests to end, `broken` dies at once.
 */
if (process.env.STUB_SERVER === 'broken') {
  console.log('last words');
  process.exit(3);
}
const server = createServer((request, response) => {
  if (request.url === '/die') process.exit(7);
  response.end(JSON.stringify({ pid: process.pid, databaseUrl: process.env.DATABASE_URL }));
});
server.listen(Number(process.env.HOLDFAST_PORT), '127.0.0.1');
process.on('SIGTERM', () => {
  if (process.env.STUB_SERVER === 'stubborn') return;
  console.log('drained');
  process.exit(0);
});
