import type { RequestHandler } from 'express';
import { type Operation, operation } from '../framework/operation';
import { Problem } from '../framework/problem';

/** Returns the page. It offers single sign-on when an issuer is configured. */
const page = (hasIssuer: boolean) => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Holdfast</title>
<link rel="icon" href="/page/icon.svg" type="image/svg+xml">
<link rel="stylesheet" href="/page/page.css">
<script src="/page/page.js" defer></script>
</head>
<body${hasIssuer ? ' data-sign-in="/auth/login"' : ''}>
<noscript>This page needs JavaScript. The same facts are at /docs and on the command line.</noscript>
</body>
</html>
`;

const FILES = new Set(['page.js', 'page.css', 'icon.svg']);

/** Declares the route of the operator's page. It holds no data: the page calls the API as its user. */
export function pageRoute(hasIssuer: boolean): Operation {
  const content = page(hasIssuer);
  return operation({
    method: 'get',
    path: '/',
    operationId: 'openPage',
    tag: 'Running',
    summary: "Open the operator's page",
    scope: null,
    answers: { 200: { description: 'the page', mediaType: 'text/html' } },
    handle: async () => ({ status: 200, text: { type: 'text/html; charset=utf-8', content } }),
  });
}

/** Serves the bundled files of the page at `/page/:file`. A browser asks each time if they have changed. */
export function pageAssets(folder: string): RequestHandler<{ file: string }> {
  return ({ id, params: { file } }, response, next) => {
    response.setHeader('X-Request-Id', id);
    if (!FILES.has(file)) throw new Problem('not-found', { detail: 'no operation has this path' });
    response.sendFile(
      file,
      { root: folder, cacheControl: false, headers: { 'Cache-Control': 'no-cache' } },
      (error) => {
        if (error) next(missing(error));
      },
    );
  };
}

/** Names the build when the bundle is not there; passes every other error on. */
function missing(error: Error): Error {
  if (!('status' in error) || error.status !== 404) return error;
  return new Problem('not-found', { detail: "the operator's page is not built: run `npm run page`" });
}
