/**
 * Reads an UpdatePayout call to us, from JSON or a form, into plain data or a refusal. It looks at
 * the body alone: whether the payout exists, belongs to the caller and may change is decided in
 * flow/platform/take-update-payout.ts.
 */

import { z } from 'zod';
import { type Letter, letters } from '../payout/model/letter.ts';
import { answerSentences, because, printable } from './answer.ts';
import { BODY_MAX_BYTES, type FlatRead, type FlatValue, readFlatJson } from './flat-json.ts';

/** One call. Fields the caller left out are null; amounts are decimal text exactly as written. */
export type UpdatePayoutCall = {
  pin: string;
  frontEndName: string;
  extPayoutId: string;
  letter: Letter;
  siteId: number | null;
  traceId: string | null;
  pp: string | null;
  transactionId: string | null;
  updatedBy: string | null;
  amount: string | null;
  currency: string | null;
  fee: string | null;
};

export type ReadCall =
  /** `ignored` names fields we do not know, printable and cut, for the log. */
  | { kind: 'call'; call: UpdatePayoutCall; ignored: string[] }
  | { kind: 'refused'; status: 1 | 7; description: string };

/** Enough to see what a cashier sends beyond the protocol, without letting it fill the log. */
const IGNORED_NAMES_MAX = 20;
/** A printed name of this length may have been cut. */
export const NAME_PRINTED_MAX = 40;

const MORE_THAN_ONCE = 'is given more than once';

const given = z.string({
  error: ({ input }) => (input === undefined ? 'is missing' : 'is neither text nor a whole number'),
});

/** Control characters and lone surrogates are refused: a database cannot keep them as they came. */
const text = (max: number) =>
  given
    .max(max, `is longer than ${max} characters`)
    .regex(/^[^\p{Cc}\p{Cs}]*$/u, 'has control characters');

/** praxis: "money or int", fixed point with four decimals. No sign, no exponent. */
const decimal = given.regex(/^\d{1,15}(\.\d{1,4})?$/, 'is not a decimal amount such as 100.50');

/** Widths, needs and order are those published (praxis: UpdatePayout 3.0, request fields). */
const fieldsSchema = z.object({
  PIN: text(50),
  SiteID: given
    .regex(/^\d{1,10}$/, 'is not a whole number')
    .transform(Number)
    .optional(),
  FrontEndName: text(256),
  // Declared int, yet a string in every published example.
  TraceID: text(50).optional(),
  ExtPayoutID: text(50),
  Status: given,
  PP: text(64).optional(),
  TransactionID: text(50).optional(),
  UpdatedBy: text(50).optional(),
  Amount: decimal.regex(/[1-9]/, 'is zero').optional(),
  Currency: given
    .regex(/^[A-Za-z]{3}$/, 'is not a code of three letters')
    .toUpperCase()
    .optional(),
  Fee: decimal.optional(),
});

type FieldName = keyof z.input<typeof fieldsSchema>;
const fieldNames = fieldsSchema.keyof().options;
const namesByFold = new Map<string, FieldName>(fieldNames.map((name) => [fold(name), name]));

/**
 * Reads one call. Every other field is checked before the letter, so that 1 comes before 7; the
 * first bad field, in the published order, is the one the description names. Never throws.
 */
export function readUpdatePayout(body: string, contentType: 'json' | 'form'): ReadCall {
  const read = contentType === 'json' ? readFlatJson(body) : readForm(body);
  if (read.kind === 'unreadable') return refused(1, read.why);
  const seen = new Set<string>();
  const ignored: string[] = [];
  const fields: Partial<Record<FieldName, string | false>> = {};
  for (const { name, value } of read.members) {
    const folded = fold(name);
    const known = namesByFold.get(folded);
    const printed = known ?? printable(name, NAME_PRINTED_MAX);
    if (seen.has(folded)) return refused(1, `${printed} ${MORE_THAN_ONCE}`);
    seen.add(folded);
    if (known !== undefined) Object.assign(fields, { [known]: toField(known, value) });
    else if (ignored.length < IGNORED_NAMES_MAX) ignored.push(printed);
  }
  return toCall(fields, ignored);
}

function toCall(fields: Partial<Record<FieldName, string | false>>, ignored: string[]): ReadCall {
  const { data, error } = fieldsSchema.safeParse(fields);
  if (error) {
    const [issue] = error.issues;
    return refused(1, `${String(issue?.path[0])} ${issue?.message}`);
  }
  const letter = letters.find((known) => known === data.Status.trim().toUpperCase());
  if (letter === undefined) return refused(7, printable(data.Status, NAME_PRINTED_MAX));
  const call: UpdatePayoutCall = {
    pin: data.PIN,
    frontEndName: data.FrontEndName,
    extPayoutId: data.ExtPayoutID,
    letter,
    siteId: data.SiteID ?? null,
    traceId: data.TraceID ?? null,
    pp: data.PP ?? null,
    transactionId: data.TransactionID ?? null,
    updatedBy: data.UpdatedBy ?? null,
    amount: data.Amount ?? null,
    currency: data.Currency ?? null,
    fee: data.Fee ?? null,
  };
  return { kind: 'call', call, ignored };
}

/**
 * A value as text; undefined when there is none, which null and blank text also mean; false when it
 * cannot be text. An id written as a number counts only while doubles are exact: beyond that, the
 * sender may have rounded it to the id of another payout.
 */
function toField(name: FieldName, value: FlatValue): string | false | undefined {
  if (value.kind === 'text') return value.text.trim() === '' ? undefined : value.text;
  if (value.kind === 'null') return undefined;
  if (value.kind === 'other') return false;
  const isMoney = name === 'Amount' || name === 'Fee';
  const isExact = /^\d+$/.test(value.source) && Number.isSafeInteger(Number(value.source));
  return isMoney || isExact ? value.source : false;
}

function readForm(body: string): FlatRead {
  if (Buffer.byteLength(body) > BODY_MAX_BYTES) {
    return { kind: 'unreadable', why: 'the body is too large' };
  }
  const members = [...new URLSearchParams(body)].map(([name, value]) => ({
    name,
    value: { kind: 'text' as const, text: value },
  }));
  return { kind: 'members', members };
}

/** The published pages spell the same names in several ways, so letter case says nothing. */
function fold(name: string): string {
  return name.toLowerCase();
}

function refused(status: 1 | 7, why: string): ReadCall {
  return { kind: 'refused', status, description: because(status, why) };
}

/** What is kept of a refusal: its reason, without the text of the call that it quotes. */
export function unquoted({ status, description }: Extract<ReadCall, { kind: 'refused' }>): string {
  if (status === 7) return answerSentences[7];
  const isOfKnown = fieldNames.some(
    (name) => description === because(1, `${name} ${MORE_THAN_ONCE}`),
  );
  const isQuote = description.endsWith(` ${MORE_THAN_ONCE}`) && !isOfKnown;
  return isQuote ? because(1, `a field ${MORE_THAN_ONCE}`) : description;
}
