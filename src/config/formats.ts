/**
 * The formats of variables: each one turns text into a typed value, or gives a sentence that names
 * the problem. The sentence never repeats the text, since the text may be a secret. Which variable
 * has which format is decided in variables.ts; formats of keys are in secrets.ts.
 */

import { isIP } from 'node:net';
import { z } from 'zod';

/** Longer addresses are refused: no field of the gateway and no header takes them. */
const URL_TEXT_MAX = 1024;

/** A list of more networks than this belongs in a firewall. */
const LIST_MAX = 200;

export const wholeNumber = (min: number, max: number) =>
  z
    .string()
    .refine(
      (text) => /^\d{1,15}$/.test(text) && Number(text) >= min && Number(text) <= max,
      `must be a whole number from ${min} to ${max}`,
    )
    .transform(Number);

export const yesOrNo = () =>
  z.enum(['true', 'false'], 'must be true or false').transform((text) => text === 'true');

/** One line of text without white space around it. */
export const oneLine = (max: number) =>
  z
    .string()
    .refine(
      (text) => text.length <= max && text.trim() === text && !/\p{Cc}/u.test(text),
      `must be one line of at most ${max} characters without white space around it`,
    );

/** Items separated by commas or white space, each of which `isItem` accepts. */
export const listOf = (isItem: (item: string) => boolean, what: string) =>
  z
    .string()
    .transform((text) => text.split(/[\s,]+/).filter((item) => item !== ''))
    .refine(
      (items) => items.length <= LIST_MAX && items.every(isItem),
      `must be a list of ${what}, separated by commas, at most ${LIST_MAX}`,
    );

/**
 * An http or https address without query, fragment or credentials; trailing slashes are dropped.
 */
export const baseAddress = () =>
  address((url) => url.search === '' && !url.href.includes('?'), ', without a query').transform(
    (text) => new URL(text).href.replace(/\/+$/, ''),
  );

/** An http or https address without fragment or credentials. */
export const address = (isMore: (url: URL) => boolean = () => true, more = '') =>
  z
    .string()
    .max(URL_TEXT_MAX, `must be at most ${URL_TEXT_MAX} characters`)
    .refine((text) => {
      const url = /^[\x21-\x7e]+$/.test(text) ? URL.parse(text) : null;
      return url !== null && isPlainWebAddress(url) && isMore(url);
    }, `must be an http or https address${more}, without a fragment or credentials`);

function isPlainWebAddress(url: URL): boolean {
  const web = url.protocol === 'http:' || url.protocol === 'https:';
  return web && !url.href.includes('#') && url.username === '' && url.password === '';
}

/** An address such as 10.0.0.1, or a network such as 10.0.0.0/8 or fd00::/8. */
export function isNetwork(text: string): boolean {
  const match = /^([0-9a-fA-F.:]+)(?:\/(\d{1,3}))?$/.exec(text);
  if (match === null) return false;
  const [, host = '', prefix] = match;
  const version = isIP(host);
  if (version === 0) return false;
  return prefix === undefined || Number(prefix) <= (version === 4 ? 32 : 128);
}
