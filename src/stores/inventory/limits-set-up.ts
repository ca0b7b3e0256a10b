import { type Sql, sqltag as sql } from '@prisma/client/runtime/client';
import type { Decision, StepAnswer } from '../../domain/decision';
import type { EligibilityRule, EligibilityRuleEvent } from '../../domain/inventory/limits/eligibility';
import {
  type CapEvent,
  type CapFacts,
  type CapState,
  evolveCap,
  type SalesCap,
} from '../../domain/inventory/limits/sales-cap';
import {
  decideRemoveCap,
  decideRemoveRule,
  decideSetCap,
  decideSetRule,
  evolveRule,
  type RuleState,
} from '../../domain/inventory/limits/set-limits';
import type { StreamKey } from '../../names/stream-key';
import type { Prisma, PrismaClient } from '../generated/inventory/client';
import { type Cause, PendingLog } from '../log/event-log';
import { readClock } from '../postgres/clock';
import { inTransaction } from '../postgres/transaction';
import type { Wake } from '../postgres/wake';

type Session = Prisma.TransactionClient;
type RuleRow = NonNullable<Awaited<ReturnType<PrismaClient['eligibilityRule']['findUnique']>>>;
type Versioned<State> = { readonly state: State; readonly version: number };
type LimitEvent = { readonly type: string; readonly data: object };

/** The storage of one kind of limit: a row with a stream of its own. */
interface Kept<State, Event extends LimitEvent> {
  readonly key: StreamKey;
  lock(session: Session): Promise<unknown>;
  load(session: Session): Promise<Versioned<State> | undefined>;
  evolve(state: State | undefined, event: Event): State | undefined;
  save(session: Session, state: State, version: number): Promise<unknown>;
}

/**
 * The set-up of sales caps and eligibility rules, each changed under its row's lock. Reservations lock the caps on
 * their SKUs too, so a cap limits every grant after it in its stream. Reservations read rules and nodes without
 * locks.
 */
export class LimitsSetUp {
  constructor(
    private readonly client: PrismaClient,
    private readonly saved: Wake,
  ) {}

  async setCap(cap: SalesCap, cause: Cause): Promise<void> {
    await this.#change(keptCap(cap.id), cause, (state) => decideSetCap(state, cap));
  }

  /** Removes a cap. Returns false when the cap never existed. */
  removeCap(id: string, cause: Cause): Promise<boolean> {
    return this.#change(keptCap(id), cause, (state) => state && decideRemoveCap(state));
  }

  /** Reads a cap and its use now, by the database's clock; undefined when the cap is removed or never existed. */
  async cap(id: string): Promise<CapFacts | undefined> {
    const found = await loadCap(this.client, id);
    return found?.state.isActive ? found.state : undefined;
  }

  /** Lists the caps in force after an id, in order of their ids. */
  async caps(after: string, limit: number): Promise<readonly CapFacts[]> {
    const rows = await capRows(this.client, sql`id > ${after} AND is_active ORDER BY id LIMIT ${limit}::int`);
    return rows.map(({ state }) => state);
  }

  /** Lists the rules in force after an id, in order of their ids. */
  async rules(after: string, limit: number): Promise<readonly EligibilityRule[]> {
    const rows = await this.client.eligibilityRule.findMany({
      where: { id: { gt: after }, isActive: true },
      orderBy: { id: 'asc' },
      take: limit,
    });
    return rows.map((row) => toRule(row).state.rule);
  }

  async setRule(rule: EligibilityRule, cause: Cause): Promise<void> {
    await this.#change(keptRule(rule.id), cause, (state) => decideSetRule(state, rule));
  }

  /** Removes a rule. Returns false when the rule never existed. */
  removeRule(id: string, cause: Cause): Promise<boolean> {
    return this.#change(keptRule(id), cause, (state) => state && decideRemoveRule(state));
  }

  /** Reads a rule; undefined when the rule is removed or never existed. */
  async rule(id: string): Promise<EligibilityRule | undefined> {
    const found = await loadRule(this.client, id);
    return found?.state.isActive ? found.state.rule : undefined;
  }

  /** Locks, loads, decides and saves one limit. Returns false when `decide` returns no decision. */
  async #change<State, Event extends LimitEvent>(
    kept: Kept<State, Event>,
    cause: Cause,
    decide: (state: State | undefined) => Decision<StepAnswer, Event> | undefined,
  ): Promise<boolean> {
    const isKnown = await inTransaction(this.client, async (session: Session) => {
      await kept.lock(session);
      const now = await readClock(session);
      const loaded = await kept.load(session);
      const decision = decide(loaded?.state);
      if (!decision) return false;
      const log = new PendingLog(now);
      const start = { state: loaded?.state, version: loaded?.version ?? 0 };
      const stream = log.open(kept.key, start, (state: State | undefined, event: Event) =>
        kept.evolve(state, event),
      );
      for (const event of decision.events) stream.append(event, cause);
      if (!stream.isTouched || stream.state === undefined) return true;
      await kept.save(session, stream.state, stream.version);
      await session.$executeRaw(log.insertion());
      return true;
    });
    this.saved.tell();
    return isKnown;
  }
}

function keptCap(id: string): Kept<CapState, CapEvent> {
  return {
    key: { kind: 'cap', id },
    lock: (session) => session.$queryRaw`SELECT 1 FROM sales_cap WHERE id = ${id} FOR UPDATE`,
    load: (session) => loadCap(session, id),
    evolve: evolveCap,
    save(session, { cap, isActive, used }, streamVersion) {
      const { skus, channel, customerId, start: startsAt, end: endsAt, limit: most } = cap;
      const row = {
        skus: [...skus],
        channel,
        customerId,
        startsAt,
        endsAt,
        most,
        isActive,
        used,
        streamVersion,
      };
      return session.salesCap.upsert({ where: { id }, create: { id, ...row }, update: row });
    },
  };
}

function keptRule(id: string): Kept<RuleState, EligibilityRuleEvent> {
  return {
    key: { kind: 'rule', id },
    lock: (session) => session.$queryRaw`SELECT 1 FROM eligibility_rule WHERE id = ${id} FOR UPDATE`,
    load: (session) => loadRule(session, id),
    evolve: evolveRule,
    save(session, { rule, isActive }, streamVersion) {
      const row = { ...rule.deny, reason: rule.reason, isActive, streamVersion };
      return session.eligibilityRule.upsert({ where: { id }, create: { id, ...row }, update: row });
    },
  };
}

async function loadCap(
  session: Pick<Session, '$queryRaw'>,
  id: string,
): Promise<Versioned<CapFacts> | undefined> {
  const [row] = await capRows(session, sql`id = ${id}`);
  return row;
}

/** Reads caps with their use now. `where` may also order and limit them. */
function capRows(session: Pick<Session, '$queryRaw'>, where: Sql): Promise<Versioned<CapFacts>[]> {
  return session.$queryRaw`
    SELECT stream_version AS version, jsonb_build_object('isActive', is_active, 'used', used,
      'usedNow', used - (SELECT coalesce(sum(quantity), 0) FROM cap_claim
         WHERE cap_id = sales_cap.id AND expires_at <= statement_timestamp()),
      'cap', jsonb_build_object('id', id, 'skus', skus, 'channel', channel, 'customerId', customer_id,
         'start', iso(starts_at), 'end', iso(ends_at), 'limit', most)) AS state
    FROM sales_cap WHERE ${where}`;
}

async function loadRule(
  session: Pick<Session, 'eligibilityRule'>,
  id: string,
): Promise<Versioned<RuleState> | undefined> {
  const row = await session.eligibilityRule.findUnique({ where: { id } });
  return row ? toRule(row) : undefined;
}

function toRule(row: RuleRow): Versioned<RuleState> {
  const { id, reason, isActive, streamVersion: version, ...deny } = row;
  return { state: { rule: { id, deny, reason }, isActive }, version };
}
