import {
  playSilence,
  WITH_EXPIRY_SECONDS,
  WITHOUT_EXPIRY_SECONDS,
} from '../../scripts/silence/silence-model';

const WORLD = { seed: 7, partners: 8, items: 5, days: 10 };

test('plays silent partners on the same demand, with and without expiry of their supply', () => {
  const without = playSilence(WORLD, WITHOUT_EXPIRY_SECONDS);
  const withExpiry = playSilence(WORLD, WITH_EXPIRY_SECONDS);
  expect(withExpiry.demand).toBe(without.demand);
  for (const { orders, requests, refused, refusedInSilence, rejected, notOffered } of [without, withExpiry]) {
    expect(orders).toBe(WORLD.days * 24 * 12);
    expect(requests - refused + rejected + notOffered).toBe(orders);
    // A partner that speaks has counted its units in the same hour.
    expect(refusedInSilence).toBe(refused);
  }
  expect(without.refused).toBeGreaterThan(0);
});
