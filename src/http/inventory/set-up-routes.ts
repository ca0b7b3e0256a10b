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
import type { KindSettled, Source } from '../../domain/inventory/setup/set-up';
import type { DirectCommands, NoStores, UnknownNodes } from '../../intake/direct-commands';
import type { InventorySetUp } from '../../stores/inventory/inventory-set-up';
import { Problem } from '../framework/problem';
import { type ResourceSpec, resource } from '../framework/resource-routes';

const SCOPES = { read: 'inventory:read', write: 'inventory:write' } as const;

/** Declares nodes, sources and items. */
export function setUpResources(commands: DirectCommands, reads: InventorySetUp): ResourceSpec[] {
  return [nodes(commands, reads), sources(commands, reads), items(commands, reads)];
}

function nodes(commands: DirectCommands, reads: InventorySetUp): ResourceSpec {
  return resource({
    collection: 'nodes',
    tag: 'Set-up',
    noun: 'node',
    scopes: SCOPES,
    key: { name: 'id', schema: nodePath.shape.id },
    request: nodeRequest,
    view: node,
    pageId: 'NodePage',
    putProblems: [409],
    async put(id, wanted, cause) {
      const answer = await commands.setNode({ id, ...wanted }, cause);
      if (answer.kind === 'kind-settled') throw kindSettled(answer);
    },
    read: (id) => reads.node(id),
    list: (after, limit) => reads.nodes(after, limit),
    show: (row) => row,
    remove: (id, cause) => commands.removeNode(id, cause),
  });
}

function sources(commands: DirectCommands, reads: InventorySetUp): ResourceSpec {
  return resource({
    collection: 'sources',
    tag: 'Set-up',
    noun: 'source',
    scopes: SCOPES,
    key: { name: 'id', schema: sourcePath.shape.id },
    request: sourceRequest,
    view: source,
    pageId: 'SourcePage',
    putProblems: [422],
    async put(id, wanted, cause) {
      const answer = await commands.setSource({ id, ...wanted }, cause);
      if (answer.kind === 'unknown-nodes') throw unknownNodes(answer, wanted.nodes);
      if (answer.kind === 'no-stores') throw noStores(answer);
    },
    read: (id) => reads.source(id),
    list: (after, limit) => reads.sources(after, limit),
    show: shownSource,
    remove: (id, cause) => commands.removeSource(id, cause),
  });
}

function items(commands: DirectCommands, reads: InventorySetUp): ResourceSpec {
  return resource({
    collection: 'items',
    tag: 'Set-up',
    noun: 'item',
    scopes: SCOPES,
    key: { name: 'sku', schema: itemPath.shape.sku },
    request: itemRequest,
    view: item,
    pageId: 'ItemPage',
    put: (sku, wanted, cause) => commands.setItem({ sku, ...wanted }, cause),
    read: (sku) => reads.item(sku),
    list: (after, limit) => reads.items(after, limit),
    show: (row) => row,
    remove: (sku, cause) => commands.removeItem(sku, cause),
  });
}

function kindSettled({ detail }: KindSettled): Problem {
  return new Problem('conflict', { detail, errors: [{ field: 'kind', message: detail }] });
}

function shownSource({ forms, ...source }: Source): object {
  return { ...source, forms: Object.fromEntries(Object.entries(forms).map(([id, { kind }]) => [id, kind])) };
}

function noStores({ nodeIds }: NoStores): Problem {
  const errors = nodeIds.slice(0, 10).map((id) => ({ field: `forms.${id}`, message: `${id} is no store` }));
  return new Problem('invalid-request', { detail: 'only stores have sections', errors });
}

function unknownNodes({ nodeIds }: UnknownNodes, named: readonly string[]): Problem {
  return new Problem('unknown-reference', {
    detail: `these nodes do not exist: ${nodeIds.slice(0, 10).join(', ')}`,
    errors: nodeIds.slice(0, 10).map((id) => ({
      field: `nodes[${named.indexOf(id)}]`,
      message: `node ${id} does not exist`,
    })),
  });
}
