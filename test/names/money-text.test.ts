import { moneyText } from '../../src/names/money-text';

test.each([
  [3_000, 'USD', 'USD 30.00'],
  [5, 'EUR', 'EUR 0.05'],
  [-1_000, 'EUR', 'EUR -10.00'],
  [3_000, 'JPY', 'JPY 3000'],
  [3_000, 'KWD', 'KWD 3.000'],
  [3_000, 'HUF', 'HUF 30.00'],
  [1_000_000_000_000, 'EUR', 'EUR 10000000000.00'],
])('%d minor units of %s are %s', (minor, currency, text) => {
  expect(moneyText(minor, currency)).toBe(text);
});
