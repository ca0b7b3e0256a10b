import { ORDER_ID } from '../../contracts/search-attributes';
import type { ApiDependencies } from '../api-dependencies';

/** Links into the Temporal Web UI; empty when none is configured. */
export class WebUiLinks {
  readonly #workflows: string | undefined;

  constructor(webUi: ApiDependencies['webUi']) {
    this.#workflows =
      webUi === null
        ? undefined
        : `${webUi.address.replace(/\/$/, '')}/namespaces/${encodeURIComponent(webUi.namespace)}/workflows`;
  }

  toWorkflow(workflowId: string): { webUi?: string } {
    return this.#workflows === undefined
      ? {}
      : { webUi: `${this.#workflows}/${encodeURIComponent(workflowId)}` };
  }

  /** Links to the search for the sagas of an order, for use while the saga that created it is not known. */
  toOrder(orderId: string): { webUi?: string } {
    return this.#workflows === undefined ? {} : { webUi: this.#search(orderId) };
  }

  /** Links to all sagas of an order: the one that created it, its shipments and its changes. */
  toAllOf(orderId: string): { webUiSearch?: string } {
    return this.#workflows === undefined ? {} : { webUiSearch: this.#search(orderId) };
  }

  #search(orderId: string): string {
    return `${this.#workflows}?query=${encodeURIComponent(`${ORDER_ID}="${orderId}"`)}`;
  }
}
