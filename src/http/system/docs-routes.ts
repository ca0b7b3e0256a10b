import path from 'node:path';
import type { RequestHandler } from 'express';
import { type Operation, operation } from '../framework/operation';
import { Problem } from '../framework/problem';
import asyncApi from './asyncapi.json';

const ASYNCAPI = JSON.stringify(asyncApi);

const PAGE = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Holdfast API</title>
<link rel="stylesheet" href="/docs/assets/swagger-ui.css">
</head>
<body>
<div id="docs"></div>
<script src="/docs/assets/swagger-ui-bundle.js"></script>
<script src="/docs/assets/start.js"></script>
</body>
</html>
`;

/**
 * A separate file, because the content security policy allows no inline script. The validator is off, because it is a
 * remote service.
 */
const START = `SwaggerUIBundle({ url: '/openapi.json', dom_id: '#docs', deepLinking: true, validatorUrl: null });
`;

/**
 * Declares the routes of the OpenAPI and AsyncAPI documents, and of a page to read and try it. All files are served from here, so the
 * page works offline.
 */
export function docsRoutes(documentText: () => string): Operation[] {
  const openapi = operation({
    method: 'get',
    path: '/openapi.json',
    operationId: 'getOpenApiDocument',
    tag: 'Running',
    summary: 'Read this OpenAPI document',
    scope: null,
    answers: { 200: { description: 'the document, OpenAPI 3.1', mediaType: 'application/json' } },
    handle: async () => ({ status: 200, text: { type: 'application/json', content: documentText() } }),
  });
  const asyncapi = operation({
    method: 'get',
    path: '/asyncapi.json',
    operationId: 'getAsyncApiDocument',
    tag: 'Running',
    summary: 'Read the AsyncAPI document of the message channels',
    scope: null,
    answers: {
      200: {
        description: 'the document, AsyncAPI 3: each channel and each event',
        mediaType: 'application/json',
      },
    },
    handle: async () => ({ status: 200, text: { type: 'application/json', content: ASYNCAPI } }),
  });
  const page = operation({
    method: 'get',
    path: '/docs',
    operationId: 'openDocs',
    tag: 'Running',
    summary: 'Open the page that shows this document and can call the API',
    scope: null,
    answers: { 200: { description: 'the page', mediaType: 'text/html' } },
    handle: async () => ({ status: 200, text: { type: 'text/html; charset=utf-8', content: PAGE } }),
  });
  return [openapi, asyncapi, page];
}

const SWAGGER_UI = path.dirname(require.resolve('swagger-ui-dist/swagger-ui.css'));
const SWAGGER_UI_FILES = new Set(['swagger-ui.css', 'swagger-ui-bundle.js']);

/** Serves the files of the docs page at `/docs/assets/:file`. */
export const docsAssets: RequestHandler<{ file: string }> = ({ id, params: { file } }, response) => {
  response.setHeader('X-Request-Id', id);
  if (file === 'start.js') response.type('text/javascript').send(START);
  else if (SWAGGER_UI_FILES.has(file)) response.sendFile(file, { root: SWAGGER_UI });
  else throw new Problem('not-found', { detail: 'no operation has this path' });
};
