import { Gauge, type Registry } from 'prom-client';

/** The commands that wait in an intake, and its sagas under way. */
export interface IntakeLoad {
  readonly waiting: number;
  readonly inFlight: number;
}

/** Registers the load of the intakes of this process, by the kind of command. */
export function registerIntakes(
  registry: Registry,
  intakes: () => Readonly<Record<string, IntakeLoad>>,
): void {
  const gauge = (name: string, help: string, measure: (intake: IntakeLoad) => number) =>
    new Gauge({
      name,
      help,
      labelNames: ['kind'],
      registers: [registry],
      collect() {
        for (const [kind, intake] of Object.entries(intakes())) this.labels(kind).set(measure(intake));
      },
    });
  gauge(
    'holdfast_commands_waiting',
    'Commands of this process that wait for a slot; they are not recorded yet',
    ({ waiting }) => waiting,
  );
  gauge(
    'holdfast_sagas_in_flight',
    'Sagas under way that take up a slot of their intake in this process',
    ({ inFlight }) => inFlight,
  );
}
