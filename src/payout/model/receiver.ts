/**
 * The receiver: the one table of its fields, with the types and the masked receiver that follow
 * from it. Keys are those of the public contract, and values are kept as received. Checks of a
 * field's kind are in http/schema/receiver.ts, the request that carries the
 * fields in payneteasy/payout-check-fields.ts, and the search for them in payout/scrub/scrub.ts;
 * all three read this table, so a new field is one line here. A new part of a name also needs
 * the full names in scrub.ts.
 */

export type FieldKind = 'text' | 'digits' | 'email' | 'ip' | 'card_number' | 'month' | 'year';

export type ReceiverField = Readonly<{
  kind: FieldKind;
  /** The most code points of a value; a month or a year is sent with exactly as many digits. */
  width: number;
  /** The value as it may be shown. */
  mask: (text: string, width: number) => string;
  /**
   * How text from outside is searched for the value: as a whole, also word by word, or only as an
   * expiry of month and year, because either number alone identifies no receiver.
   */
  scrub: 'whole' | 'words' | 'expiry';
  /** The field's name in payout-check (payneteasy: payout-check). */
  wire: string;
}>;

export type FieldTable = Readonly<Record<string, ReceiverField>>;

/** A shorter number is hidden whole: four of five characters would be the number itself. */
const SHOWN_LENGTH_MIN = 8;
const SHOWN_CHARACTERS = 4;

/** At most the last four characters: "****1234". An IBAN may be written in groups. */
function lastFour(given: string): string {
  const text = given.replace(/\s/gu, '');
  return text.length < SHOWN_LENGTH_MIN ? '****' : `****${text.slice(-SHOWN_CHARACTERS)}`;
}

/** The first letter of every piece: "John Smith" is "J*** S***", "a@b.org" is "a***@b***.o***". */
function initials(text: string): string {
  return text.replace(/[^\s@.+()-]+/gu, (piece) => {
    const [letter = ''] = piece;
    return `${letter}***`;
  });
}

/** Shows only that a value was given. */
const hidden = () => '***';
const stars = (_text: string, width: number) => '*'.repeat(width);
const clear = (text: string) => text;

/**
 * The width of a text for which the gateway documents none: wider than any name, account number or
 * address, and bounded. What an endpoint does not take, the gateway refuses itself.
 */
const WIDE = 255;

// biome-ignore format: a table, one line per field.
export const personFields = {
  first_name: { kind: 'text',  width: WIDE, mask: initials, scrub: 'words', wire: 'first_name' },
  last_name:  { kind: 'text',  width: WIDE, mask: initials, scrub: 'words', wire: 'last_name' },
  email:      { kind: 'email', width: WIDE, mask: initials, scrub: 'whole', wire: 'email' },
  phone:      { kind: 'text',  width: WIDE, mask: initials, scrub: 'whole', wire: 'phone' },
  ip_address: { kind: 'ip',    width: 45,   mask: hidden,   scrub: 'whole', wire: 'ipaddress' },
} as const satisfies FieldTable;

// biome-ignore format: a table, one line per field.
export const bankAccountFields = {
  account_number: { kind: 'text', width: WIDE, mask: lastFour, scrub: 'whole', wire: 'account_number' },
  account_name:   { kind: 'text', width: WIDE, mask: initials, scrub: 'words', wire: 'account_name' },
  bank_name:      { kind: 'text', width: WIDE, mask: clear,    scrub: 'whole', wire: 'bank_name' },
  bank_branch:    { kind: 'text', width: WIDE, mask: clear,    scrub: 'whole', wire: 'bank_branch' },
  bank_code:      { kind: 'text', width: WIDE, mask: clear,    scrub: 'whole', wire: 'bank_code' },
  routing_number: { kind: 'text', width: WIDE, mask: clear,    scrub: 'whole', wire: 'routing_number' },
  bank_city:      { kind: 'text', width: WIDE, mask: clear,    scrub: 'whole', wire: 'bank_city' },
  bank_province:  { kind: 'text', width: WIDE, mask: clear,    scrub: 'whole', wire: 'bank_province' },
  bank_area:      { kind: 'text', width: WIDE, mask: clear,    scrub: 'whole', wire: 'bank_area' },
  bank_address:   { kind: 'text', width: WIDE, mask: clear,    scrub: 'whole', wire: 'bank_address1' },
  bank_zip_code:  { kind: 'text', width: WIDE, mask: clear,    scrub: 'whole', wire: 'bank_zip_code' },
} as const satisfies FieldTable;

// biome-ignore format: a table, one line per field.
export const cardFields = {
  number:       { kind: 'card_number', width: 19,   mask: lastFour, scrub: 'whole',  wire: 'credit_card_number' },
  printed_name: { kind: 'text',        width: WIDE, mask: initials, scrub: 'words',  wire: 'card_printed_name' },
  expire_month: { kind: 'month',       width: 2,    mask: stars,    scrub: 'expiry', wire: 'expire_month' },
  expire_year:  { kind: 'year',        width: 4,    mask: stars,    scrub: 'expiry', wire: 'expire_year' },
  card_ref_id:  { kind: 'digits',      width: 20,   mask: lastFour, scrub: 'whole',  wire: 'destination-card-ref-id' },
} as const satisfies FieldTable;

type ValueOf<Kind extends FieldKind> = Kind extends 'month' | 'year' ? number : string;
type ValuesOf<Fields extends FieldTable> = {
  -readonly [Name in keyof Fields]?: ValueOf<Fields[Name]['kind']> | undefined;
};
type TextsOf<Fields extends FieldTable> = {
  -readonly [Name in keyof Fields]?: string | undefined;
};

export type Receiver = ValuesOf<typeof personFields> & {
  bank_account?: ValuesOf<typeof bankAccountFields> | undefined;
  card?: ValuesOf<typeof cardFields> | undefined;
};

export type MaskedReceiver = TextsOf<typeof personFields> & {
  bank_account?: TextsOf<typeof bankAccountFields> | undefined;
  card?: TextsOf<typeof cardFields> | undefined;
};

/** A given value, as text. A key that no table has was stored by a newer version. */
export type Given = { name: string; field: ReceiverField | undefined; text: string };

type Values = Readonly<Record<string, unknown>>;

function textOf(value: unknown, field: ReceiverField | undefined): string | null {
  if (typeof value === 'string') return value;
  if (typeof value !== 'number' || field === undefined) return null;
  return String(value).padStart(field.width, '0');
}

/** The values in the order of the table, then those that no table has. */
function givenIn(fields: FieldTable, values: Values): Given[] {
  const names = new Set([...Object.keys(fields), ...Object.keys(values)]);
  return [...names].flatMap((name) => {
    const field = Object.hasOwn(fields, name) ? fields[name] : undefined;
    const text = textOf(values[name], field);
    return text === null ? [] : [{ name, field, text }];
  });
}

/** Every value of the receiver: personal fields, bank account, card. */
export function givenValues({ bank_account = {}, card = {}, ...person }: Receiver): Given[] {
  return [
    ...givenIn(personFields, person),
    ...givenIn(bankAccountFields, bank_account),
    ...givenIn(cardFields, card),
  ];
}

/** A key that no table has stays hidden, because its mask is not known. */
const maskIn = (fields: FieldTable, values: Values): Record<string, string> =>
  Object.fromEntries(
    givenIn(fields, values).flatMap(({ name, field, text }): [string, string][] =>
      field === undefined ? [] : [[name, field.mask(text, field.width)]],
    ),
  );

/**
 * The receiver as it may be shown: bank names in clear, account and card numbers by their last four
 * characters, personal data by first letters, and a card's expiry as stars.
 */
export function maskReceiver({ bank_account, card, ...person }: Receiver): MaskedReceiver {
  return {
    ...maskIn(personFields, person),
    ...(bank_account && { bank_account: maskIn(bankAccountFields, bank_account) }),
    ...(card && { card: maskIn(cardFields, card) }),
  };
}
