import { type AuditOptions, auditBooks } from '../../src/stores/audit';
import { openSagaFixture, type SagaFixture } from './saga-fixture';
import { type SimulatorProcess, startSimulator } from './simulator-process';

/** The servers of a test, with third parties that are played. */
export interface PartyFixture {
  readonly fixture: SagaFixture;
  readonly simulator: SimulatorProcess;
  /** Stops all of it; fails where the books do not add up by then. */
  close(audit?: AuditOptions): Promise<void>;
}

export async function openPartyFixture(): Promise<PartyFixture> {
  const simulator = await startSimulator();
  const fixture = await openSagaFixture({ partnersUrl: simulator.partnersUrl });
  return {
    fixture,
    simulator,
    async close(audit) {
      const findings = await auditBooks(fixture.context.stores, audit);
      await fixture.close();
      await simulator.stop();
      expect(findings).toEqual([]);
    },
  };
}
