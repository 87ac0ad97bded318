/**
 * A platform's side of UpdatePayout, small enough to read in one go: verifies each notification,
 * processes it once, and releases held funds once. Nothing here but Node. Run it with
 *
 *   WEBHOOK_SECRET=whsec_… PORT=9000 node docs/examples/receiver.ts
 *
 * and start the service with PRAXIS_NOTIFY_URL=http://127.0.0.1:9000/UpdatePayout and the same
 * secret as PRAXIS_NOTIFY_SECRET. Run like this, it keeps every payout in memory from its first
 * notification on, and prints each letter. A real platform holds the money when it requests a
 * payout (`hold`), and refuses a payout that it does not know. It keeps what is in the two maps in
 * its database, changes it in one transaction, and answers 0 only after the commit.
 */

import { createHmac, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type Server } from 'node:http';

/** A payout that the platform requested: the money stays held until its end is known. */
export type Hold = { amount: string; state: 'held' | 'paid' | 'released'; lastLetter: string };

export type Receiver = {
  server: Server;
  /** Call it when the payout is created: its amount leaves the customer's free balance. */
  hold(reference: string, amount: string): void;
  holds: ReadonlyMap<string, Readonly<Hold>>;
};

export type Options = {
  /**
   * The amount of a payout that was not passed to `hold`, from the platform's own books; null where
   * they have no such payout. Without it, such a payout is refused with Status 2.
   */
  amountOf?: (reference: string) => string | null;
  /** Called for each letter that was booked. */
  onBooked?: (reference: string, hold: Readonly<Hold>) => void;
};

type Pair = { Status: number; Description: string };

/** Older messages may be recordings that a stranger sends again. */
const AGE_MAX_S = 300;
const BODY_BYTES_MAX = 65_536;

/** Standard Webhooks: HMAC-SHA256 over id, timestamp and the body's bytes; any match will do. */
export function isSigned(
  headers: IncomingMessage['headers'],
  body: string,
  secret: string,
): boolean {
  const { 'webhook-id': id, 'webhook-timestamp': time, 'webhook-signature': signatures } = headers;
  if (typeof id !== 'string' || typeof time !== 'string' || typeof signatures !== 'string') {
    return false;
  }
  if (!(Math.abs(Date.now() / 1000 - Number(time)) <= AGE_MAX_S)) return false;
  const key = Buffer.from(secret.slice('whsec_'.length), 'base64');
  const expected = createHmac('sha256', key).update(`${id}.${time}.${body}`).digest();
  return signatures.split(' ').some((part) => {
    const given = part.startsWith('v1,') ? Buffer.from(part.slice(3), 'base64') : Buffer.alloc(0);
    return given.length === expected.length && timingSafeEqual(given, expected);
  });
}

/** The letters that end a hold. Any other letter, also one of a later version, is only recorded. */
const ends: Readonly<Record<string, Hold['state']>> = { Y: 'paid', J: 'released', C: 'released' };

/** Books one letter; `hold` is changed only where the letter ends it. */
function book(hold: Hold, letter: string): Pair {
  const done: Pair = { Status: 0, Description: 'Update payout request success' };
  const state = Object.hasOwn(ends, letter) ? ends[letter] : undefined;
  if (state === undefined || hold.state === state) return done;
  // An end never becomes the other one by itself: a positive Status shows it to an operator.
  if (hold.state !== 'held') return { Status: 4, Description: `The payout is ${hold.state}` };
  hold.state = state;
  return done;
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > BODY_BYTES_MAX) throw new Error('the body is too large');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

export function createReceiver(
  secret: string,
  { amountOf = () => null, onBooked = () => undefined }: Options = {},
): Receiver {
  const holds = new Map<string, Hold>();
  const answered = new Map<string, Pair>();

  function hold(reference: string, amount: string): Hold {
    const held: Hold = { amount, state: 'held', lastLetter: '' };
    holds.set(reference, held);
    return held;
  }

  function find(reference: string): Hold | null {
    const known = holds.get(reference);
    if (known !== undefined) return known;
    const amount = amountOf(reference);
    return amount === null ? null : hold(reference, amount);
  }

  function accept(id: string, body: string): Pair {
    // The same message again, because our answer was lost: answered alike, and nothing is booked.
    const before = answered.get(id);
    if (before !== undefined) return before;
    const { ExtPayoutID = '', Status }: { ExtPayoutID?: string; Status?: string } =
      JSON.parse(body);
    const found = find(ExtPayoutID);
    if (found === null || Status === undefined) {
      return { Status: 2, Description: 'No payout has this ExtPayoutID' };
    }
    const pair = book(found, Status);
    // A refusal is not remembered: a redelivery after an operator looked is judged anew.
    if (pair.Status !== 0) return pair;
    found.lastLetter = Status;
    answered.set(id, pair);
    onBooked(ExtPayoutID, found);
    return pair;
  }

  const server = createServer((request, response) => {
    const answer = (httpStatus: number, pair: Pair): void => {
      response.writeHead(httpStatus, { 'content-type': 'application/json; charset=utf-8' });
      response.end(JSON.stringify(pair));
    };
    readBody(request).then(
      (body) => {
        if (!isSigned(request.headers, body, secret)) {
          answer(401, { Status: 8, Description: 'The signature does not verify' });
          return;
        }
        try {
          answer(200, accept(String(request.headers['webhook-id']), body));
        } catch {
          // Our own fault: -1 asks for the same message again in a moment.
          answer(200, { Status: -1, Description: 'Not saved, send it again' });
        }
      },
      () => answer(413, { Status: 1, Description: 'The body cannot be read' }),
    );
  });

  return { server, holds, hold: (reference, amount) => void hold(reference, amount) };
}

if (import.meta.main) {
  const { WEBHOOK_SECRET = '', PORT = '9000' } = process.env;
  const print = (line: string): void => void process.stdout.write(`${line}\n`);
  if (WEBHOOK_SECRET.startsWith('whsec_')) {
    const receiver = createReceiver(WEBHOOK_SECRET, {
      // For trying it out: every payout is known. A platform looks it up in its books.
      amountOf: () => 'unknown',
      onBooked: (reference, { lastLetter, state }) => print(`${reference} ${lastLetter}: ${state}`),
    });
    receiver.server.listen(Number(PORT), '127.0.0.1', () => print(`Listening on ${PORT}.`));
  } else {
    print('Set WEBHOOK_SECRET to the value of PRAXIS_NOTIFY_SECRET, which begins with whsec_.');
    process.exitCode = 1;
  }
}
