/**
 * Maps a recorded timeline entry to its public shape. Only the facts listed here are shown, so that
 * a new fact stays hidden until it is added to the list. The shape is declared in
 * schema/timeline.ts, the rows are read in store/payouts/timeline.ts.
 */

import type { TimelineRow } from '../store/payouts/timeline.ts';
import type { TimelineEntryBody } from './schema/timeline.ts';

/** The facts by their name in the journal, and their public name. */
const shownFacts = {
  cause: 'cause',
  command: 'command',
  code: 'code',
  finding: 'finding',
  evidence: 'evidence',
  source: 'source',
  letter: 'letter',
  letters: 'letters',
  outcome: 'outcome',
  answer: 'answer',
  answerStatus: 'answer_status',
  answerDescription: 'answer_description',
  durationMs: 'duration_ms',
  httpStatus: 'http_status',
  clockSkewMs: 'clock_skew_ms',
  intentId: 'intent_id',
  requestHash: 'request_hash',
  orderId: 'order_id',
  status: 'gateway_status',
  stage: 'gateway_stage',
  type: 'type',
  transactionType: 'type',
  amount: 'amount',
  currency: 'currency',
  errorCode: 'error_code',
} as const;

/** Text of other parties is shown in part, and long numbers in it are masked. */
const FOREIGN_TEXT_MAX = 500;

const maskForeign = (text: string): string =>
  text
    .slice(0, FOREIGN_TEXT_MAX)
    .replace(/\d(?:[ -]?\d){11,}/g, (number) => `****${number.slice(-4)}`);

type Details = TimelineEntryBody['details'];

function factsIn(data: Readonly<Record<string, unknown>>): Details {
  const facts: Details = {};
  for (const [key, name] of Object.entries(shownFacts)) {
    const value = data[key];
    if (typeof value === 'string') facts[name] = maskForeign(value);
    else if (typeof value === 'number' || typeof value === 'boolean') facts[name] = value;
  }
  return facts;
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const textIn = (data: Readonly<Record<string, unknown>>, key: string): string | null => {
  const value = data[key];
  return typeof value === 'string' ? value : null;
};

const numberIn = (data: Readonly<Record<string, unknown>>, key: string): number | null => {
  const value = data[key];
  return typeof value === 'number' ? value : null;
};

function callIn({ call }: Readonly<Record<string, unknown>>): TimelineEntryBody['call'] {
  if (!isRecord(call)) return null;
  return {
    command: textIn(call, 'command') ?? '',
    http_status: numberIn(call, 'http_status'),
    duration_ms: numberIn(call, 'duration_ms'),
    serial_number: textIn(call, 'serial_number'),
  };
}

const answered = (data: Readonly<Record<string, unknown>>): string => {
  const status = numberIn(data, 'answerStatus');
  const description = textIn(data, 'answerDescription');
  return `Status ${status}${description === null ? '' : ` (${maskForeign(description)})`}`;
};

const whySkipped = (data: Readonly<Record<string, unknown>>): string =>
  textIn(data, 'cause') === 'not_asked_for'
    ? 'PRAXIS_NOTIFY_STATUSES does not include it'
    : 'this installation did not notify its platform';

/** The sentence of an entry that is not from the journal, and so has none of its own. */
function sentenceFor({ origin, data }: TimelineRow): string {
  const letter = textIn(data, 'letter') ?? 'no known letter';
  if (origin === 'cashier') return `The cashier sent ${letter}; the reply was ${answered(data)}.`;
  if (data['outcome'] === 'skipped')
    return `Notification ${letter} was skipped: ${whySkipped(data)}.`;
  if (data['answerStatus'] === null) {
    const cause = textIn(data, 'cause') ?? 'no readable reply';
    return `Notification ${letter} was sent; the platform did not acknowledge it: ${cause}.`;
  }
  return `Notification ${letter} was sent; the platform replied ${answered(data)}.`;
}

/** A resolved payout has the typed name apart; entries from before had its key in `by`. */
function actorIn(data: Readonly<Record<string, unknown>>): Pick<TimelineEntryBody, 'by' | 'key'> {
  const name = textIn(data, 'name');
  const by = textIn(data, 'by');
  return { by: name ?? by, key: textIn(data, 'key') ?? (name === null ? null : by) };
}

/** One entry of the timeline in its public shape. */
export function presentTimelineRow(row: TimelineRow): TimelineEntryBody {
  const { data } = row;
  return {
    at: new Date(row.at).toISOString(),
    kind: row.kind,
    says: row.summary ?? sentenceFor(row),
    status: row.status,
    version: row.version,
    ...actorIn(data),
    call: callIn(data),
    details: { ...factsIn(data), ...(isRecord(data['reply']) ? factsIn(data['reply']) : {}) },
  };
}
