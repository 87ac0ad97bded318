/**
 * The two encodings of the gateway's wire: request bodies as forms, replies as forms or flat JSON,
 * told apart by their content. Reading never throws; a body that is not certainly a reply is
 * `unreadable`. What the fields mean is decided in reply.ts and verdict.ts.
 */

import { type JsonMember, scanJson } from '../lib/strict-json.ts';

/** Names and values in the order in which they are sent. */
export type FormFields = readonly (readonly [name: string, value: string])[];

/** The scalar fields of a reply by name, trimmed; empty ones are left out. */
export type ReplyFields = ReadonlyMap<string, string>;

export type ParsedReply =
  | { kind: 'fields'; fields: ReplyFields; isJson: boolean }
  /** A field that decides something is there twice, with two values. */
  | { kind: 'contradictory' }
  | { kind: 'unreadable' };

/** A status reply names about 60 fields at most; more is not one. */
const FIELDS_MAX = 200;
/** Levels of nesting in JSON, the outermost counted: a reply is flat. */
const DEPTH_MAX = 8;
/** Longer values (an HTML page) are dropped: no field that is read comes near this length. */
const VALUE_CHARS_MAX = 4096;
/** Names are words like paynet-order-id; anything else is text that happens to parse. */
const fieldName = /^[A-Za-z][A-Za-z0-9_.-]{0,63}$/;
const isFieldName = (text: string) => fieldName.test(text.trim());
/** A reply carries at least one of these; a page or a proxy's message has none. */
const telltales = ['type', 'status', 'error-message', 'error-code'];

/** With two orders in one reply, or two statuses of one, choosing either would be a guess. */
const decisive = new Set([
  'type',
  'status',
  'order-stage',
  'paynet-order-id',
  'merchant-order-id',
  'amount',
  'currency',
  'transaction-type',
  'error-code',
]);

/**
 * Drops what the gateway would drop (payneteasy: white space around values) and empty values, so
 * that what is signed, hashed and sent is one and the same.
 */
export function trimFields(fields: readonly (readonly [string, string | undefined])[]): FormFields {
  return fields.flatMap(([name, value]) => {
    const trimmed = (value ?? '').trim();
    return trimmed === '' ? [] : [[name, trimmed] as const];
  });
}

/** The body of a request; a space becomes "+". */
export function encodeForm(fields: FormFields): string {
  return new URLSearchParams(
    fields.map(([name, value]): [string, string] => [name, value]),
  ).toString();
}

/**
 * Reads a reply body. JSON if it begins with "{" or the content type says so, else a form whose
 * values may end with a newline (payneteasy: "each value followed by 0x0A"). Of a repeated
 * field the first counts, where it decides nothing.
 */
export function parseReply(body: string, contentType: string | null): ParsedReply {
  const text = body.trim();
  const isJson = text.startsWith('{') || /json/i.test(contentType ?? '');
  const entries = isJson ? jsonEntries(text) : formEntries(text);
  if (entries === 'contradictory') return { kind: 'contradictory' };
  if (entries === null || entries.length > FIELDS_MAX) return { kind: 'unreadable' };
  const fields = new Map<string, string>();
  for (const [rawName, rawValue] of entries) {
    const name = rawName.trim();
    const value = storable(rawValue).trim();
    if (value === '' || value.length > VALUE_CHARS_MAX) continue;
    const first = fields.get(name) ?? value;
    if (first !== value && decisive.has(name)) return { kind: 'contradictory' };
    fields.set(name, first);
  }
  if (!telltales.some((name) => fields.has(name))) return { kind: 'unreadable' };
  return { kind: 'fields', fields, isJson };
}

/** Without what no database stores as text: NUL, and half of a pair of surrogates. */
export const storable = (text: string): string => text.replaceAll('\0', '').toWellFormed();

/** Null when a name has another form: an HTML page with a query string must not become fields. */
function formEntries(text: string): [string, string][] | null {
  if (text.startsWith('<') || text.split('&', FIELDS_MAX + 1).length > FIELDS_MAX) return null;
  const entries = [...new URLSearchParams(text)];
  return entries.every(([name, value]) => isFieldName(name) || (name + value).trim() === '')
    ? entries
    : null;
}

/** Whether a field that decides is repeated, and one of its values is no text and no number. */
function isContradictory(members: readonly JsonMember[]): boolean {
  const names = members.map(({ name }) => name.trim());
  return members.some(({ value }, index) => {
    const name = names[index] ?? '';
    const isText = value.kind === 'text' || value.kind === 'number';
    return !isText && decisive.has(name) && names.indexOf(name) !== names.lastIndexOf(name);
  });
}

/**
 * The scalars of a flat object as text, repeated names included; objects, arrays and null are left
 * out. Numbers keep the digits they were sent with: an order id above 2^53 would change as a
 * number.
 */
function jsonEntries(text: string): [string, string][] | 'contradictory' | null {
  const scan = scanJson(text, DEPTH_MAX);
  if (scan.kind !== 'scanned' || scan.members.length > FIELDS_MAX) return null;
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    // Text that is not JSON is expected here; null says so.
    return null;
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) return null;
  if (isContradictory(scan.members)) return 'contradictory';
  const last = new Map<string, unknown>(Object.entries(parsed));
  return scan.members.flatMap(({ name, value }): [string, string][] => {
    if (value.kind === 'text') return [[name, value.text]];
    if (value.kind === 'number') return [[name, value.source]];
    const other = last.get(name);
    return typeof other === 'boolean' ? [[name, String(other)]] : [];
  });
}
