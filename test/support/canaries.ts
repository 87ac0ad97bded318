/**
 * Receiver data that is made up so that it can be searched for, and the search for it in raw bytes:
 * in clear, in base64 wherever it may begin, in hexadecimal and as a URL writes it.
 */

import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** A card number with its check digit, made of these 15 digits. */
export function cardNumber(digits: string): string {
  const doubled = digits
    .split('')
    .toReversed()
    .map((digit, index) => (index % 2 === 0 ? Number(digit) * 2 : Number(digit)))
    .map((value) => (value > 9 ? value - 9 : value));
  const sum = doubled.reduce((total, value) => total + value, 0);
  return `${digits}${(10 - (sum % 10)) % 10}`;
}

export type CanaryReceiver = { body: object; values: readonly string[] };

/** The receiver with this number; every second one is paid to a card. */
export function canaryReceiver(index: number): CanaryReceiver {
  const number = String(index).padStart(2, '0');
  const person = {
    first_name: `Zquintus${number}Ünal`,
    last_name: `Xvantongeren${number}`,
    email: `zq+${number}.xvt@canary-mail.example`,
    phone: `+49 170 55${number}7781${number}`,
  };
  const account = {
    account_number: `QX77CANARY9081726354${number}`,
    account_name: `Zq Xvt ${number} Holding`,
  };
  const card = {
    number: cardNumber(`4929${number}731846205`),
    printed_name: `ZQ XVT CARDED ${number}`,
  };
  const method =
    index % 2 === 0
      ? { bank_account: { ...account, bank_name: 'Analytical Bank' } }
      : { card: { ...card, expire_month: 12, expire_year: 2040 } };
  const values = [...Object.values(person), ...Object.values(index % 2 === 0 ? account : card)];
  return { body: { ...person, ...method }, values };
}

/**
 * What base64 makes of a text inside a longer one, without the characters its neighbours have part
 * in.
 */
function insideBase64(text: string): string[] {
  return [0, 1, 2].map((offset) => {
    const encoded = Buffer.concat([Buffer.alloc(offset), Buffer.from(text)]).toString('base64');
    return encoded.replace(/=+$/, '').slice(offset === 0 ? 0 : offset + 1, -1);
  });
}

/** Every form in which a text could be found; all of them long enough not to be found by chance. */
function formsOf(text: string): string[] {
  const hex = Buffer.from(text).toString('hex');
  const forms = [
    text,
    text.toLowerCase(),
    text.toUpperCase(),
    JSON.stringify(text).slice(1, -1),
    encodeURIComponent(text),
    new URLSearchParams({ v: text }).toString().slice(2),
    ...insideBase64(text),
    ...insideBase64(text).map((form) => form.replaceAll('+', '-').replaceAll('/', '_')),
    hex,
    hex.toUpperCase(),
  ];
  return [...new Set(forms)];
}

/** Finds any of these values in bytes, in any form; answers each finding in words. */
export type Search = (bytes: Buffer) => string[];

/** Looked up for every byte of some fifty megabytes, so by one number and not by text. */
const KEY_BYTES = 4;

/** A search for all of these values in one pass over the bytes. */
export function createSearch(values: readonly string[]): Search {
  const byKey = new Map<number, { form: Buffer; says: string }[]>();
  const begins = new Uint8Array(65_536);
  for (const value of values) {
    for (const text of formsOf(value)) {
      const form = Buffer.from(text);
      const key = form.readUInt32BE(0);
      byKey.set(key, [...(byKey.get(key) ?? []), { form, says: `${value} as ${text}` }]);
      begins[form.readUInt16BE(0)] = 1;
    }
  }
  return (bytes) => {
    const found: string[] = [];
    for (let at = 0; at + KEY_BYTES <= bytes.length; at += 1) {
      if (begins[((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0)] === 0) continue;
      const candidates = byKey.get(bytes.readUInt32BE(at)) ?? [];
      for (const { form, says } of candidates) {
        if (bytes.subarray(at, at + form.length).equals(form)) found.push(says);
      }
    }
    return found;
  };
}

/** The same for every file below a folder, each finding with its file. */
export async function searchBelow(folder: string, search: Search): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const found: string[] = [];
  for (const entry of entries.filter((one) => one.isFile())) {
    const path = join(entry.parentPath, entry.name);
    found.push(...search(await readFile(path)).map((says) => `${path}: ${says}`));
  }
  return found;
}
