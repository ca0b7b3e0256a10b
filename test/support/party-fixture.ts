import type { AuditOptions } from '../../src/audit/audit';
import { auditedClose } from './audited-close';
import { type FixtureOptions, openSagaFixture, type SagaFixture } from './saga-fixture';
import { type SimulatorProcess, startSimulator } from './simulator-process';

/** The servers of a test, with simulated third parties. */
export interface PartyFixture {
  readonly fixture: SagaFixture;
  readonly simulator: SimulatorProcess;
  /** Stops all servers; fails when the books do not balance. */
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
