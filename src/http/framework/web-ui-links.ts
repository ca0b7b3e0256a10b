import { ORDER_ID } from '../../contracts/search-attributes';
import type { ApiDependencies } from '../api-dependencies';

/** Links into the Temporal Web UI; nothing where there is none. */
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

  /** To the sagas that carry an order, before it is known which. */
  toOrder(orderId: string): { webUi?: string } {
    return this.#workflows === undefined ? {} : { webUi: this.#search(orderId) };
  }

  /** To all the sagas that an order has had: the one that created it, its shipments, its changes. */
  toAllOf(orderId: string): { webUiSearch?: string } {
    return this.#workflows === undefined ? {} : { webUiSearch: this.#search(orderId) };
  }

  #search(orderId: string): string {
    return `${this.#workflows}?query=${encodeURIComponent(`${ORDER_ID}="${orderId}"`)}`;
  }
}
