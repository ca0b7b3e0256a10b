import {
  item,
  itemPath,
  itemRequest,
  node,
  nodePath,
  nodeRequest,
  source,
  sourcePath,
  sourceRequest,
} from '../../contracts/api/set-up';
import type { KindSettled } from '../../domain/inventory/setup/set-up';
import type { DirectCommands, UnknownNodes } from '../../intake/direct-commands';
import type { InventorySetUp } from '../../stores/inventory/inventory-set-up';
import type { Operation } from '../framework/operation';
import { Problem } from '../framework/problem';
import { putAndGet } from '../framework/put-and-get';

const SCOPES = { read: 'inventory:read', write: 'inventory:write' } as const;

/** Declares the routes of nodes, sources and items. */
export function setUpRoutes(commands: DirectCommands, reads: InventorySetUp): Operation[] {
  return [
    ...putAndGet({
      path: '/v1/nodes/{id}',
      tag: 'Set-up',
      noun: 'a node',
      scopes: SCOPES,
      params: nodePath,
      request: nodeRequest,
      view: node,
      putProblems: [409],
      async put({ id }, wanted, cause) {
        const answer = await commands.setNode({ id, ...wanted }, cause);
        if (answer.kind === 'kind-settled') throw kindSettled(answer);
      },
      read: ({ id }) => reads.node(id),
    }),
    ...putAndGet({
      path: '/v1/sources/{id}',
      tag: 'Set-up',
      noun: 'a source',
      scopes: SCOPES,
      params: sourcePath,
      request: sourceRequest,
      view: source,
      putProblems: [422],
      async put({ id }, wanted, cause) {
        const answer = await commands.setSource({ id, ...wanted }, cause);
        if (answer.kind === 'unknown-nodes') throw unknownNodes(answer, wanted.nodes);
      },
      read: ({ id }) => reads.source(id),
    }),
    ...putAndGet({
      path: '/v1/items/{sku}',
      tag: 'Set-up',
      noun: 'an item',
      scopes: SCOPES,
      params: itemPath,
      request: itemRequest,
      view: item,
      put: ({ sku }, wanted, cause) => commands.setItem({ sku, ...wanted }, cause),
      read: ({ sku }) => reads.item(sku),
    }),
  ];
}

function kindSettled({ detail }: KindSettled): Problem {
  return new Problem('conflict', { detail, errors: [{ field: 'kind', message: detail }] });
}

function unknownNodes({ nodeIds }: UnknownNodes, named: readonly string[]): Problem {
  return new Problem('unknown-reference', {
    detail: `no such node: ${nodeIds.slice(0, 10).join(', ')}`,
    errors: nodeIds.slice(0, 10).map((id) => ({
      field: `nodes[${named.indexOf(id)}]`,
      message: `${id} does not exist`,
    })),
  });
}
