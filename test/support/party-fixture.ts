import type { AuditOptions } from '../../src/audit/audit';
import { auditedClose } from './audited-close';
import { type FixtureOptions, openSagaFixture, type SagaFixture } from './saga-fixture';
import { type SimulatorProcess, startSimulator } from './simulator-process';

/** The servers of a test, with third parties that are played. */
export interface PartyFixture {
  readonly fixture: SagaFixture;
  readonly simulator: SimulatorProcess;
  /** Stops all of it; fails where the books do not add up by then. */
  close(audit?: AuditOptions): Promise<void>;
}

export async function openPartyFixture(
  options: Pick<FixtureOptions, 'partnerPatienceMs'> = {},
): Promise<PartyFixture> {
  const simulator = await startSimulator();
  const fixture = await openSagaFixture({ ...options, partnersUrl: simulator.partnersUrl });
  return {
    fixture,
    simulator,
    async close(audit) {
      const findings = await auditedClose(fixture, audit);
      await simulator.stop();
      expect(findings).toEqual([]);
    },
  };
}
