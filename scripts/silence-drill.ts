import {
  playSilence,
  SILENCE_SEEDS,
  SILENCE_WORLD,
  type SilenceResult,
  WITH_EXPIRY_SECONDS,
  WITHOUT_EXPIRY_SECONDS,
} from './silence/silence-model';

/**
 * `npm run drill:silence`: plays partners that go silent, without and with expiry of their supply, on the same random
 * demand, and prints how often they refuse. The model is in `scripts/silence/silence-model.ts`.
 */
function main(): void {
  console.log('| seed | expiry | orders | requests | refused | in silence | orders rejected | not offered |');
  console.log('|---|---|---|---|---|---|---|---|');
  for (const seed of SILENCE_SEEDS) {
    for (const [name, ttlSeconds] of [
      ['without', WITHOUT_EXPIRY_SECONDS],
      ['with', WITH_EXPIRY_SECONDS],
    ] as const) {
      console.log(`| ${seed} | ${name} | ${row(playSilence({ ...SILENCE_WORLD, seed }, ttlSeconds))} |`);
    }
  }
}

function row(result: SilenceResult): string {
  const { orders, requests, refused, refusedInSilence, rejected, notOffered } = result;
  return [
    orders,
    requests,
    `${refused} (${percent(refused, requests)})`,
    refusedInSilence,
    `${rejected} (${percent(rejected, orders - notOffered)})`,
    notOffered,
  ].join(' | ');
}

function percent(part: number, whole: number): string {
  return `${((100 * part) / Math.max(1, whole)).toFixed(2)} %`;
}

main();
