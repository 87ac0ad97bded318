/**
 * `show`: prints one payout for an operator, with every open attention item and the end of its
 * journal. The public shape is decided in http/present.ts, the attention sentences in
 * payout/model/attention.ts.
 */

import { markShown } from '../../flow/mark-unreadable.ts';
import { presentPayout } from '../../http/present.ts';
import type { PayoutBody } from '../../http/schema/payout.ts';
import { factsOfAttention } from '../../payout/model/attention.ts';
import { type JournalLine, lastJournalLines } from '../../store/payouts/journal.ts';
import type { ShownPayout } from '../../store/payouts/rows.ts';
import type { Command } from './command.ts';
import { showTyped } from './find.ts';

type Shown = ShownPayout['payout'];

/** Enough for a whole life without its polls; the timeline of the API has every entry. */
const JOURNAL_LINES = 30;
/** Read so many, since equal ones in a row become one line. */
const ENTRIES_READ = 300;

const line = (name: string, ...parts: (string | null)[]): string =>
  `  ${name.padEnd(14)}${parts.filter((part) => part !== null && part !== '').join(', ') || '-'}`;

const about = (word: string, value: string | null): string | null =>
  value === null ? null : `${word} ${value}`;

function headOf(body: PayoutBody, { statusSince, authorization }: Shown): string[] {
  const { gateway, reason } = body;
  const since = new Date(statusSince).toISOString();
  return [
    `${body.id}  ${body.reference}`,
    line('status', body.status, `since ${since}`, body.stalled ? 'stalled' : null),
    line('money moved', body.money_moved),
    line(
      'reason',
      about('source', reason?.source ?? null),
      reason?.code ?? null,
      reason?.message ?? null,
    ),
    line('amount', `${body.amount} ${body.currency}`),
    line('endpoint', body.endpoint),
    line('release', body.release, authorization.withheld ? 'withheld' : null),
    line('authorized', body.authorization.authorized_at, about('by', body.authorization.by)),
    line('expires', body.authorization.expires_at),
    line(
      'order',
      gateway.order_id,
      about('stage', gateway.stage),
      about('bank', gateway.processor_tx_id),
      about('shows', gateway.amount),
      gateway.currency,
    ),
    line('redirect to', body.redirect_url),
    line('receiver', JSON.stringify(body.receiver)),
    line('next due', body.next_check_at),
    line('you may', ...body.allowed_actions),
    line('version', String(body.version)),
  ];
}

const attentionOf = ({ attention }: Shown): string[] =>
  attention.flatMap(({ code, since, detail, acknowledgedBy }) => {
    const { severity, message, action } = factsOfAttention(code);
    const seen = acknowledgedBy === null ? '' : `, acknowledged by ${acknowledgedBy}`;
    return [
      `  ! ${code} (${severity}, since ${new Date(since).toISOString()}${seen})`,
      `    ${message}${detail === null ? '' : ` (${detail})`}`,
      `    ${action}`,
    ];
  });

/** One line for each entry; equal ones in a row, such as polls, are one line with their number. */
function journalOf(entries: readonly JournalLine[]): string[] {
  const groups: { first: JournalLine; lastAt: number; count: number }[] = [];
  for (const entry of entries) {
    const group = groups.at(-1);
    const { first } = group ?? {};
    if (
      group !== undefined &&
      first?.kind === entry.kind &&
      first.status === entry.status &&
      first.summary === entry.summary
    ) {
      group.lastAt = entry.at;
      group.count += 1;
    } else groups.push({ first: entry, lastAt: entry.at, count: 1 });
  }
  return groups.map(({ first: { at, kind, status, summary }, lastAt, count }) => {
    const more = count === 1 ? '' : ` (${count} times, until ${new Date(lastAt).toISOString()})`;
    const since = new Date(at).toISOString();
    return `  ${since}  ${status.padEnd(17)} ${kind.padEnd(17)} ${summary}${more}`;
  });
}

export const showCommand: Command = {
  summary: 'show one payout, its open attention items and the end of its journal',
  operands: ['payout'],
  options: { json: { type: 'boolean', about: 'print the payout in the form of the API' } },
  run: async ({ app, operands, options, print }) => {
    const stored = await showTyped(app, operands[0]);
    await markShown(app, [stored]);
    const body = presentPayout(app, stored);
    if (options['json'] === true) {
      for (const text of JSON.stringify(body, null, 2).split('\n')) print(text);
      return;
    }
    for (const text of headOf(body, stored.payout)) print(text);
    for (const text of attentionOf(stored.payout)) print(text);
    print('');
    const entries = await lastJournalLines(app.db, stored.payout.id, ENTRIES_READ);
    for (const text of journalOf(entries).slice(-JOURNAL_LINES)) print(text);
  },
};
