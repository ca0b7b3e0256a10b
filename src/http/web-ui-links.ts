import { ORDER_ID } from '../contracts/search-attributes';
import type { ApiDependencies } from './api-dependencies';

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
    const query = encodeURIComponent(`${ORDER_ID}="${orderId}"`);
    return this.#workflows === undefined ? {} : { webUi: `${this.#workflows}?query=${query}` };
  }
}
