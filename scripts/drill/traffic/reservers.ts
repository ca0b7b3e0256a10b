import { setTimeout as sleep } from 'node:timers/promises';
import type { StockCall } from '../checks/linearizability';
import type { DrillRandom } from '../drill-random';
import type { ApiAnswer } from './api-client';
import { command, keepCalling, shown, type Traffic } from './callers';
import { keyFrom } from './orders';
import { HOT_ITEM, SHORT_HOLD_ITEM } from './shop';

const LONG_SECONDS = 7_200;

type Call = { -readonly [Field in keyof StockCall]: StockCall[Field] };

/** The history of the hot item, as its callers saw it. */
export class StockHistory {
  readonly calls: StockCall[] = [];

  begin(kind: StockCall['kind'], quantity: number): Call {
    const call = { id: this.calls.length, kind, quantity, calledAt: performance.now() };
    this.calls.push(call);
    return call;
  }
}

/** Reserves units of the hot item, keeps them for a moment and gives them back. */
export function reserveHotItem(traffic: Traffic, random: DrillRandom, history: StockHistory): Promise<void> {
  return keepCalling(
    traffic,
    () => random.between(20, 200),
    async () => {
      const quantity = random.between(1, 3);
      const call = history.begin('reserve', quantity);
      const answer = await reserve(traffic, random, { sku: HOT_ITEM, quantity, ttlSeconds: LONG_SECONDS });
      if (noteReserved(call, answer) === 'unclear') {
        traffic.findings.add('answers', `a reservation ${shown(answer)}`);
        // The reservation may have been held and released.
        history.begin('release', quantity);
      }
      if (call.outcome !== 'granted') return;
      await sleep(random.between(50, 1_200));
      const released = history.begin('release', quantity);
      const given = await release(traffic, String(answer.body.id));
      if (given.status !== 200) {
        traffic.findings.add('answers', `the release of a hold that had not run out ${shown(given)}`);
        return;
      }
      released.returnedAt = performance.now();
      released.outcome = 'granted';
    },
  );
}

/** Takes short holds. Lets half of them expire. */
export function holdShortly(traffic: Traffic, random: DrillRandom): Promise<void> {
  return keepCalling(
    traffic,
    () => random.between(100, 500),
    async () => {
      const line = { sku: SHORT_HOLD_ITEM, quantity: random.between(1, 5), ttlSeconds: random.between(1, 4) };
      const answer = await reserve(traffic, random, line);
      traffic.journal.count(`short holds ${answer.status}`);
      if (answer.status !== 201) traffic.findings.add('rejections', `a short hold ${shown(answer)}`);
      else if (random.percent(50)) await release(traffic, String(answer.body.id));
    },
  );
}

function reserve(
  traffic: Traffic,
  random: DrillRandom,
  { ttlSeconds, ...line }: { readonly sku: string; readonly quantity: number; readonly ttlSeconds: number },
): Promise<ApiAnswer> {
  return command(traffic, random, {
    method: 'POST',
    path: '/v1/reservations',
    key: keyFrom(random),
    body: { lines: [line], shipTo: { region: 'north' }, ttlSeconds },
  });
}

/** Notes the outcome of a reservation. Returns 'unclear' when the refusal has a reason other than stock. */
function noteReserved(call: Call, { status, body }: ApiAnswer): 'clear' | 'unclear' {
  const isRefused = status === 409 && body.reason === 'OUT_OF_STOCK';
  if (status !== 201 && !isRefused) return 'unclear';
  call.returnedAt = performance.now();
  call.outcome = isRefused ? 'refused' : 'granted';
  const shortages = body.shortages as readonly { readonly available: number }[] | undefined;
  if (isRefused) call.available = shortages?.[0]?.available;
  return 'clear';
}

/** Releases a hold. If the hold has expired meanwhile, the answer is a conflict or the hold as it stands. */
async function release(traffic: Traffic, id: string): Promise<ApiAnswer> {
  const answer = await traffic.api.ask({ method: 'POST', path: `/v1/reservations/${id}/release` });
  traffic.journal.count(`releases ${answer.status}`);
  if (answer.status !== 200 && answer.status !== 409)
    traffic.findings.add('answers', `the release of a hold ${shown(answer)}`);
  return answer;
}
