/** An event as followers receive it. */
export interface FollowedEvent {
  readonly id: string;
  readonly stream: string;
  readonly version: number;
}

/** Judges the events that a follower receives (I5): gap-free and in order in each stream; a repeat is a duplicate. */
export class StreamOrder {
  readonly ids = new Set<string>();
  duplicates = 0;
  readonly #versions = new Map<string, number>();

  constructor(private readonly complain: (sentence: string) => void) {}

  take({ id, stream, version }: FollowedEvent): void {
    if (this.ids.has(id)) {
      this.duplicates += 1;
      return;
    }
    this.ids.add(id);
    const last = this.#versions.get(stream) ?? 0;
    if (version !== last + 1) this.complain(`${stream}: version ${version} came after version ${last}`);
    this.#versions.set(stream, Math.max(last, version));
  }
}
