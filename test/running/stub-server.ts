import { createServer } from 'node:http';

/** Stands in for the server so that the supervisor is tested alone: ready at once, dies on demand. */
const server = createServer((request, response) => {
  if (request.url === '/die') process.exit(7);
  response.end(String(process.pid));
});
server.listen(Number(process.env.HOLDFAST_PORT ?? 3000), '127.0.0.1');
process.on('SIGTERM', () => {
  console.log('drained');
  process.exit(0);
});
