import { Gauge, type Registry } from 'prom-client';

export interface RowGauges<Row> {
  readonly registry: Registry;
  /** The label that tells the rows apart, and its value for a row. */
  readonly label: string;
  nameOf(row: Row): string;
  /** Reads the rows at each scrape. */
  read(): Promise<readonly Row[]>;
}

/** Returns a read that answers with no rows while the store cannot be read; `onError` gets the error. */
export async function orNoRows<Row>(
  read: Promise<readonly Row[]>,
  onError: (error: unknown) => void,
): Promise<readonly Row[]> {
  try {
    return await read;
  } catch (error) {
    onError(error);
    return [];
  }
}

/**
 * Registers gauges that measure rows of a store at each scrape. The gauges of one scrape are collected side by side and
 * share one read, so all of them show the same moment.
 */
export function registerRowGauges<Row>(
  { registry, label, nameOf, read }: RowGauges<Row>,
  gauges: readonly { readonly name: string; readonly help: string; measure(row: Row): number }[],
): void {
  let reading: Promise<readonly Row[]> | undefined;
  const shared = () => {
    reading ??= read().finally(() => {
      reading = undefined;
    });
    return reading;
  };
  for (const { name, help, measure } of gauges) {
    new Gauge({
      name,
      help,
      labelNames: [label],
      registers: [registry],
      async collect() {
        const rows = await shared();
        this.reset();
        for (const row of rows) this.labels(nameOf(row)).set(measure(row));
      },
    });
  }
}
