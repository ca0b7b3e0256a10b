import { createServer, type ServerResponse } from 'node:http';
import { close, listen } from './listening';
import { type ProcessContext, type Role, readiness } from './process-context';

/** Serves probes and metrics in a process without the API. */
export async function startProbes(context: ProcessContext, port: number): Promise<Role> {
  const server = createServer((request, response) => {
    answer(request.url ?? '', context, response).catch((error: unknown) => {
      context.logger.error({ err: error }, 'a probe could not be answered');
      response.writeHead(500).end();
    });
  });
  await listen(server, port, context.settings.host);
  return { name: 'probes', stop: () => close(server) };
}

async function answer(url: string, context: ProcessContext, response: ServerResponse): Promise<void> {
  if (url === '/metrics') {
    const { registry } = context.metrics;
    response.writeHead(200, { 'content-type': registry.contentType }).end(await registry.metrics());
    return;
  }
  if (url === '/livez') {
    json(response, 200, { status: 'ok' });
    return;
  }
  if (url !== '/readyz') {
    json(response, 404, { status: 'not found' });
    return;
  }
  const found = await readiness(context);
  json(response, found.stores && found.temporal ? 200 : 503, found);
}

function json(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
