/**
 * Rules 5 and 20 where a run is about many payouts: how many a wrong endpoint number declines, and
 * how long a payout waits for its status while new ones come in.
 */

import type { Auditing } from './audit.ts';

type Blame = (rule: number, what: string) => void;

/** Twenty in a row open the breaker; each probe after that costs one, and so does each start. */
const REFUSED_MAX = 20;
const PROBES_MAX = 12;

function checkRefused(auditing: Auditing, blame: Blame): void {
  const { watcher, crashes, replicas } = auditing;
  const ends = watcher.ids().map((id) => watcher.history(id).at(-1));
  const refused = auditing.gateway.orders.map(({ clientOrderId }) => clientOrderId);
  const declined = ends.filter(
    (seen) => seen?.status === 'declined' && !refused.includes(seen.clientOrderId),
  );
  const most = REFUSED_MAX + PROBES_MAX + crashes.length + replicas;
  // Each endpoint has a breaker of its own.
  for (const endpoint of new Set(declined.map((seen) => seen?.endpoint))) {
    const count = declined.filter((seen) => seen?.endpoint === endpoint).length;
    if (count > most) {
      blame(5, `a mistaken endpoint declined ${count} payouts, at most ${most} are needed`);
    }
  }
}

/** A callback is followed by a status request within this, and what others before it take. */
const SERVED_WITHIN_MS = 12_000;
const TURN_MS = 1000;
/** What a callback says that is not the end asks for nothing so soon after another one. */
const HINT_EVERY_MS = 5000;
const ENDS: ReadonlySet<string> = new Set(['approved', 'declined', 'filtered', 'error']);
/** So long a crash takes away from the budget, or leaves a payout leased. */
const CRASH_FELT_MS = 30_000;

function checkServed(auditing: Auditing, blame: Blame): void {
  const { callbacks, exchanges, watcher, clearedAt, crashes } = auditing;
  const late: string[] = [];
  const heard = new Set<string>();
  const hintedAt = new Map<string, number>();
  for (const { clientOrderId, status, sentAt, at } of callbacks.taken) {
    // What was heard before asks for nothing.
    const isRepeat = heard.has(`${clientOrderId} ${status}`);
    heard.add(`${clientOrderId} ${status}`);
    // The request that the one before asked for is served first, and may serve both.
    const isSoon = at - (hintedAt.get(clientOrderId) ?? Number.NEGATIVE_INFINITY) < HINT_EVERY_MS;
    if (at > clearedAt || isRepeat || (isSoon && !ENDS.has(status))) continue;
    hintedAt.set(clientOrderId, at);
    const row = watcher
      .ids()
      .map((id) => watcher.history(id).findLast((seen) => seen.at <= at))
      .find((seen) => seen?.clientOrderId === clientOrderId);
    if (row === undefined || row.isFinal) continue;
    const before = callbacks.taken.filter((one) => one.at <= at && one.at > at - 60_000).length;
    const asked = exchanges.find(
      (one) =>
        one.command === 'status' &&
        one.clientOrderId === clientOrderId &&
        one.requestedAt >= sentAt,
    );
    const waited = (asked?.requestedAt ?? Number.POSITIVE_INFINITY) - at;
    const allowed = SERVED_WITHIN_MS + before * TURN_MS;
    const isCrashed = crashes.some((crash) => crash > at - CRASH_FELT_MS && crash < at + allowed);
    if (waited > allowed && !isCrashed) late.push(`${clientOrderId} ${waited} ms`);
  }
  const [first] = late;
  if (first !== undefined) {
    blame(20, `${late.length} callbacks waited too long for their status request: ${first}`);
  }
}

export function checkCrowd(auditing: Auditing, blame: Blame): void {
  if (auditing.weather.crowd === 'endpoint_mistaken') checkRefused(auditing, blame);
  if (auditing.weather.crowd === 'creates_flood') checkServed(auditing, blame);
}
