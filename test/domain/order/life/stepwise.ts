/** A call that waits to be made. */
export interface WaitingCall {
  readonly name: string;
  make(): unknown;
}

/** Makes a call when its turn comes; resolves with its result. */
export type Caller = <T>(name: string, make: () => T) => Promise<T>;

interface Announced extends WaitingCall {
  readonly resolve: (value: never) => void;
  readonly reject: (error: unknown) => void;
}

/** Work that proceeds call by call at the test's pace; a call that is never answered waits forever. */
export class StepwiseWork<Result> {
  #waiting = deferred<Announced | undefined>();
  result: Result | undefined;

  constructor(work: (call: Caller) => Promise<Result>) {
    const call: Caller = (name, make) =>
      new Promise((resolve, reject) => this.#waiting.resolve({ name, make, resolve, reject }));
    work(call).then(
      (result) => {
        this.result = result;
        this.#waiting.resolve(undefined);
      },
      (error: unknown) => this.#waiting.reject(error),
    );
  }

  /** Returns the next call; undefined once the work has ended. @throws the error with which the work failed */
  next(): Promise<WaitingCall | undefined> {
    return this.#waiting.promise;
  }

  async answer(value: unknown): Promise<void> {
    (await this.#takeCall()).resolve(value as never);
  }

  async fail(error: unknown): Promise<void> {
    (await this.#takeCall()).reject(error);
  }

  async #takeCall(): Promise<Announced> {
    const call = await this.#waiting.promise;
    if (!call) throw new Error('the work has ended');
    this.#waiting = deferred();
    return call;
  }
}

interface Deferred<T> {
  readonly promise: Promise<T>;
  readonly resolve: (value: T) => void;
  readonly reject: (error: unknown) => void;
}

function deferred<T>(): Deferred<T> {
  let settle: Omit<Deferred<T>, 'promise'> | undefined;
  const promise = new Promise<T>((resolve, reject) => {
    settle = { resolve, reject };
  });
  if (!settle) throw new Error('a promise runs its executor at once');
  return { promise, ...settle };
}
