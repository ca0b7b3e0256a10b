/** The currencies of ISO 4217 whose minor unit is not a hundredth, by the number of digits. */
const OTHER_DIGITS: Readonly<Record<number, readonly string[]>> = {
  0: 'BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF'.split(' '),
  3: 'BHD IQD JOD KWD LYD OMR TND'.split(' '),
  4: ['CLF', 'UYW'],
};

const DIGITS = new Map(
  Object.entries(OTHER_DIGITS).flatMap(([digits, currencies]) =>
    currencies.map((currency) => [currency, Number(digits)] as const),
  ),
);

/**
 * Writes an amount of minor units as people write it, such as `USD 30.00`. `currency` is a code of ISO 4217. The digits
 * are those of ISO 4217 too: `Intl` has other ones, for example none for HUF.
 */
export function moneyText(minor: number, currency: string): string {
  const digits = DIGITS.get(currency) ?? 2;
  return `${currency} ${(minor / 10 ** digits).toFixed(digits)}`;
}
