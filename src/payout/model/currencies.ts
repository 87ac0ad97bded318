/**
 * The currencies that can be paid, each with its decimals. The table is kept here, not taken from a
 * package, because an update that drops or redefines a currency would change stored amounts. How
 * an amount is read is decided in money.ts.
 */

type ByDecimals = readonly (readonly [decimals: number, codes: string])[];

/** When the tables below were last compared with list one of ISO 4217, and its last amendment. */
export const CURRENCIES_CHECKED = { on: '2026-11-28', amendment: 180 } as const;

/**
 * List one of ISO 4217 without the codes in which no receiver can be paid: codes for tests and for
 * no currency, precious metals, funds and units of account (XAD is one).
 */
const inUse: ByDecimals = [
  [0, 'BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF'],
  [
    2,
    'AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BRL BSD BTN BWP BYN BZD CAD ' +
      'CDF CHF CNY COP CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD ' +
      'GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL ' +
      'MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN ' +
      'PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP ' +
      'SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD UYU UZS VED VES WST XCD XCG YER ZAR ZMW ZWG',
  ],
  [3, 'BHD IQD JOD KWD LYD OMR TND'],
];

/**
 * Further currencies that earlier versions of this service accepted, with the decimals they used.
 * Only rows without stored decimals use this table; new payouts in these currencies are rejected.
 */
const takenBefore: ByDecimals = [
  [0, 'UYI XAG XAU XBA XBB XBC XBD XDR XPD XPT XSU XTS XUA XXX'],
  [2, 'ANG BGN BOV CHE CHW COU CUC MXV USN'],
  [4, 'CLF UYW'],
];

const toMap = (table: ByDecimals): ReadonlyMap<string, number> =>
  new Map(
    table.flatMap(([decimals, codes]) =>
      codes.split(' ').map((code): [string, number] => [code, decimals]),
    ),
  );

export const currencies = toMap(inUse);
const earlierCurrencies = toMap(takenBefore);

/** The decimals of a currency that can be paid (EUR 2, JPY 0, BHD 3); null for any other code. */
export const currencyDecimals = (currency: string): number | null =>
  currencies.get(currency) ?? null;

/**
 * The decimals of an amount that was stored without them. Throws for a code that no version of this
 * service accepted, because a guess would change the amount.
 */
export function decimalsOfOldRow(currency: string): number {
  const decimals = currencies.get(currency) ?? earlierCurrencies.get(currency);
  if (decimals !== undefined) return decimals;
  throw new Error(`${currency} is not in the table of currencies, and the row has no decimals`);
}
