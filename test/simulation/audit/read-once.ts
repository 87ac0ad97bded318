/**
 * Rule 5: a reply that is read knows of every reply that was read before. The row counts those, and
 * each request carries the count of its moment, so that of all replies with one count one is read
 * at most. Where two are, the count goes on by two, and no reply was requested at the one in
 * between.
 */

import type { Case } from './audit.ts';

/** The counts with which these were requested. */
const countsOf = (rows: Case['journal']): number[] =>
  rows.flatMap(({ data: { asOf } }) =>
    typeof asOf === 'object' && asOf !== null ? Number(Reflect.get(asOf, 'reply')) : [],
  );

export function checkReadOnce(one: Case): void {
  // A row that came back from a copy counts anew from there.
  if (one.auditing.watcher.lost.length > 0) return;
  const answered = new Set(countsOf(one.journal.filter(({ kind }) => kind === 'status_reported')));
  const last = Math.max(0, ...countsOf(one.journal));
  for (let count = 0; count < last; count += 1) {
    if (answered.has(count)) continue;
    return one.blame(5, `no. ${count} of the replies was read, and another one after its request`);
  }
}
