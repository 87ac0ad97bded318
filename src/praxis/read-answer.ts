/**
 * Classifies the platform's answer to our UpdatePayout. Reading is lenient, because a notification
 * that the platform has must not be retried for three days over a spelling. When to retry is
 * decided in retry.ts.
 */

import type { PlatformAnswer } from '../flow/platform/dialect.ts';
import type { OutboundCause } from '../lib/outbound/cause.ts';
import { readRetryAfter } from '../lib/retry-after.ts';
import { type FlatValue, type Member, readFlatJson } from './flat-json.ts';

/** What came back from one attempt, if anything. */
export type AttemptOutcome =
  | {
      kind: 'answered';
      httpStatus: number;
      headers: { contentType: string | null; retryAfter: string | null; date: string | null };
      body: string;
    }
  | { kind: 'not_sent' | 'unknown'; cause: OutboundCause };

/** praxis: Description is varchar(256). A longer one is cut. */
export const DESCRIPTION_MAX = 256;

/** praxis: Status is an int, which ends here; a larger number is not a defined answer. */
const INTEGER_MAX = 2_147_483_647;

/** Classifies an attempt by the pair in it; a readable pair counts more than the HTTP status. */
export function readAnswer(outcome: AttemptOutcome): PlatformAnswer {
  if (outcome.kind !== 'answered') return unrecognised(null);
  const retryAfterMs = readRetryAfter(outcome.headers);
  const answer = readPair(outcome);
  if (answer === null) return unrecognised(retryAfterMs);
  const { status } = answer;
  if (status < 0) return { kind: 'transient', ...answer, retryAfterMs };
  return { kind: status === 0 ? 'delivered' : 'refused', ...answer, retryAfterMs: null };
}

type Pair = { status: number; description: string | null };

function readPair(outcome: AttemptOutcome & { kind: 'answered' }): Pair | null {
  const { httpStatus, body } = outcome;
  // A redirect is not an answer of the platform's handler, whatever its body holds.
  if (httpStatus >= 300 && httpStatus < 400) return null;
  const read = readFlatJson(body);
  if (read.kind === 'unreadable') return null;
  const [found, second] = named(read.members, 'status');
  const status = found === undefined || second !== undefined ? null : toInteger(found.value);
  if (found === undefined || status === null) return null;
  const [described] = named(read.members, 'description');
  const description = described?.value.kind === 'text' ? described.value.text : null;
  // Error pages of common frameworks carry {"status":500}: that is HTTP's number, not an answer.
  const isSuccess = httpStatus >= 200 && httpStatus < 300;
  if (!isSuccess && description === null) return null;
  return { status, description: toOneLine(description) };
}

const named = (members: Member[], folded: string): Member[] =>
  members.filter(({ name }) => name.toLowerCase() === folded);

function toInteger(value: FlatValue): number | null {
  if (value.kind !== 'number' && value.kind !== 'text') return null;
  const digits = value.kind === 'number' ? value.source : value.text.trim();
  if (!/^-?\d{1,10}$/.test(digits)) return null;
  // Adding 0 turns -0 into 0.
  const integer = Number(digits) + 0;
  return Math.abs(integer) <= INTEGER_MAX ? integer : null;
}

function toOneLine(description: string | null): string | null {
  const line = description?.replaceAll(/\p{Cc}+/gu, ' ').trim() ?? '';
  return line === '' ? null : line.slice(0, DESCRIPTION_MAX).toWellFormed();
}

function unrecognised(retryAfterMs: number | null): PlatformAnswer {
  return { kind: 'unrecognised', status: null, description: null, retryAfterMs };
}
