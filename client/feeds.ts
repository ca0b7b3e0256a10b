/** One page of a feed. `next` is the position of the page after it. */
interface FeedPage<Item> {
  readonly items: readonly Item[];
  readonly next: string;
  readonly more: boolean;
}

/** Where to begin to read a feed, and when to end. */
export interface FeedFrom {
  /** A stored position, or `now` for later items only. Left out or empty: from the start, after archived events. */
  readonly after?: string;
  /** `false`: end with the newest item. Left out: wait for further ones until the signal aborts. */
  readonly follow?: boolean;
  readonly signal?: AbortSignal;
}

/** An item of a feed, and the position after it. */
export type Positioned<Item> = Item & {
  /**
   * Store it with the effect of the item, and pass it as `after` to continue. At most the items of one page come again,
   * because a position lies between pages; it is empty at the start.
   */
  readonly position: string;
};

/** The longest that one call waits for something new. */
const WAIT = { Prefer: 'wait=20' };

/** Reads a feed page by page; each read gets the query, the headers and the signal of its call. */
export async function* feed<Item extends object>(
  read: (call: {
    readonly query: { readonly after?: string };
    readonly headers: { readonly Prefer?: string };
    readonly signal: AbortSignal;
  }) => Promise<FeedPage<Item>>,
  { after = '', follow = true, signal = new AbortController().signal }: FeedFrom,
): AsyncGenerator<Positioned<Item>> {
  for (let position = after; ; ) {
    const query = position === '' ? {} : { after: position };
    const page = await untilAborted(read({ query, headers: follow ? WAIT : {}, signal }), signal);
    if (!page) return;
    const last = page.items.length - 1;
    for (const [at, item] of page.items.entries())
      yield { ...item, position: at === last ? page.next : position };
    if (!follow && !page.more) return;
    position = page.next;
  }
}

/** Iterates over a listing, page by page: `pages((cursor) => holdfast.listNodes({ query: cursor }))`. */
export async function* pages<Item>(
  read: (cursor: {
    readonly cursor?: string;
  }) => Promise<{ readonly items: readonly Item[]; readonly nextCursor?: string }>,
): AsyncGenerator<Item> {
  for (let cursor = {}; ; ) {
    const { items, nextCursor } = await read(cursor);
    yield* items;
    if (nextCursor === undefined) return;
    cursor = { cursor: nextCursor };
  }
}

/** Returns undefined when the call ends because of its signal. */
export async function untilAborted<Answer>(
  call: Promise<Answer>,
  signal: AbortSignal,
): Promise<Answer | undefined> {
  try {
    return await call;
  } catch (error) {
    if (signal.aborted) return undefined;
    throw error;
  }
}
