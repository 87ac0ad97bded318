/**
 * Rule 9: the letters on disk and those the platform heard, against how the payout's row changed
 * and what the bank did.
 */

import type { Database } from '../../../src/store/database/pool.ts';
import type { Heard } from '../platform.ts';
import type { Seen } from '../watcher.ts';
import type { Case } from './audit.ts';
import { excuseOf } from './ends.ts';
import { wasAuthorized } from './history.ts';

export type LetterRow = { id: string; letter: string; body: string; state: string };

/** Every payout's letters, in order. */
export async function readLetters(real: Database): Promise<Map<string, LetterRow[]>> {
  const { rows } = await real.query<LetterRow & { payout_id: string }>({
    text: `select payout_id, id, letter, body, state from notifications
      order by payout_id, position`,
  });
  const letters = new Map<string, LetterRow[]>();
  for (const row of rows) letters.set(row.payout_id, [...(letters.get(row.payout_id) ?? []), row]);
  return letters;
}

const lastLetter: Readonly<Record<string, string>> = {
  approved: 'Y',
  declined: 'J',
  filtered: 'J',
  error: 'J',
  rejected: 'J',
  canceled: 'C',
  expired: 'C',
};

const NOT_PAID: ReadonlySet<string> = new Set(['bank_confirmed', 'canceled', 'rejected']);

const answersPay = ({ kind }: { kind: string }): boolean => /^pay_(accepted|unknown)$/.test(kind);

/** Of either command. */
const isLostIntent = ({ attention }: Seen): boolean => attention.includes('lost_intent');

/**
 * What the platform has to be told, told from the row's changes; `isAnswered` says whether the
 * journal has an answer to a payout-pay. One whose intent the row has lost is told with the end.
 */
function expectedOf(history: readonly Seen[], isAnswered: boolean): string[] {
  const letters: string[] = [];
  const tell = (letter: string | undefined): void => {
    if (letter !== undefined && !letters.includes(letter)) letters.push(letter);
  };
  let isTakenUnrecorded = false;
  for (const [index, seen] of history.entries()) {
    const before = history[index - 1]?.status;
    if (seen.status === before) continue;
    isTakenUnrecorded ||= isAnswered && seen.status === 'processing' && isLostIntent(seen);
    if (seen.status === 'paying') tell('A');
    // Not back to bank_confirmed, nor to an end that was asked for: that payout-pay did not happen.
    if (before === 'paying' && !NOT_PAID.has(seen.status)) tell('P');
    if (seen.isFinal && isTakenUnrecorded) tell('P');
    if (seen.isFinal) tell(lastLetter[seen.status]);
  }
  return letters;
}

function checkHeard(one: Case, row: LetterRow, heard: readonly Heard[]): void {
  const own = heard.filter(({ webhookId }) => webhookId === row.id);
  const standing = own.filter(({ claim }) => !claim.isLost);
  if (standing.some(({ body }) => body !== row.body)) {
    one.blame(9, `the bytes of ${row.letter} differ between attempts`);
  }
  if (row.state === 'pending') one.blame(9, `${row.letter} is still on its way`);
  const taken = own.some(({ status }) => status === 0);
  if (row.state === 'delivered' && !taken) {
    one.blame(9, `${row.letter} counts as delivered, and the platform never took it`);
  }
  if (row.state !== 'parked') return;
  const told = one.auditing.watcher
    .history(one.id)
    .some((seen) => seen.attention.includes('notification_parked'));
  if (!told) one.blame(9, `${row.letter} is dead-lettered and no item is raised`);
}

/** The platform hears a letter for the first time only after it heard the ones before. */
function checkOrder(one: Case, heard: readonly Heard[]): void {
  const firsts = one.letters.map(({ id }) => heard.find(({ webhookId }) => webhookId === id)?.at);
  for (const [index, at] of firsts.entries()) {
    const before = firsts.slice(0, index).filter((earlier, place) => {
      const isDeadLettered = /^(parked|skipped)$/.test(one.letters[place]?.state ?? '');
      return at !== undefined && !isDeadLettered && (earlier === undefined || earlier > at);
    });
    if (before.length > 0) one.blame(9, `${one.letters[index]?.letter} was heard out of order`);
  }
}

/** Never J or C for money that the bank paid, nor Y for money that it did not. */
function checkTruth(one: Case, heard: readonly Heard[]): void {
  const paid = one.orders.some((order) => order.paidAt !== null);
  if (excuseOf(one) !== null) return;
  const { auditing, reference } = one;
  for (const { letter, at, claim } of heard) {
    // True when it was told, in a history that is gone; a person then let it be paid all the same.
    const released = wasAuthorized(auditing, reference, at, auditing.world.now());
    // Or the platform itself asked for it again.
    const again = auditing.watcher.history(one.id)[0];
    if (claim.isLost && (released || (again !== undefined && again.at > at))) continue;
    if (paid && (letter === 'J' || letter === 'C')) {
      one.blame(9, `the platform was told ${letter}, and the bank paid`);
    }
    if (!paid && letter === 'Y') one.blame(9, 'the platform was told Y, and the bank did not pay');
  }
}

export function checkLetters(one: Case): void {
  const { watcher, letters, platform } = one.auditing;
  const history = watcher.history(one.id);
  const reference = history[0]?.reference;
  const heard = platform.heard.filter((each) => each.reference === reference);
  // Every letter is written; whether it is wanted is decided when it is due.
  const expected = expectedOf(history, one.journal.some(answersPay));
  const written = one.letters.map(({ letter }) => letter);
  if (expected.join('') !== written.join('')) {
    one.blame(9, `the letters are ${written.join('')} and should be ${expected.join('')}`);
  }
  for (const row of one.letters) {
    const isWanted = letters.some((wanted) => wanted === row.letter);
    if (isWanted === (row.state === 'skipped')) {
      one.blame(9, `${row.letter} is ${row.state}, and ${isWanted ? '' : 'not '}wanted`);
    }
    checkHeard(one, row, heard);
  }
  checkOrder(
    one,
    heard.filter(({ claim }) => !claim.isLost),
  );
  checkTruth(one, heard);
}
