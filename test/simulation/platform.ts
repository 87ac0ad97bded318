/**
 * The platform that the service notifies: keeps every letter it hears, answers as the seed says,
 * and is away, slow, wrong or rude like any back end.
 */

import type { Outbound, OutboundRequest } from '../../src/lib/outbound/call.ts';
import { RECEIVER_MARK } from './callers.ts';
import type { LetterClaim } from './letter-claims.ts';
import type { Process } from './process.ts';
import type { Watcher } from './watcher.ts';
import type { Weather } from './weather.ts';
import type { World } from './world.ts';

/** One letter as the platform heard it. */
export type Heard = {
  at: number;
  /** Under which it was sent. */
  claim: LetterClaim;
  webhookId: string;
  reference: string;
  letter: string;
  body: string;
  /** Its answer, whether or not that came back; null for a page, a redirect or none. */
  status: number | null;
};

export type Platform = {
  heard: readonly Heard[];
  sender(process: Process): (request: OutboundRequest) => Promise<Outbound>;
};

/** As for the gateway: nothing arrives after the sender hung up. */
const TOTAL_TIMEOUT_MS = 30_000;
const QUICK_MS = [1, 80] as const;
const REFUSED = 4;

type Said = { httpStatus: number; body: string; status: number | null };

const pair = (status: number, why = 'no'): Said => ({
  httpStatus: 200,
  body: JSON.stringify({ Status: status, Description: status === 0 ? 'ok' : why }),
  status,
});

const page = (httpStatus: number): Said => ({ httpStatus, body: '<html>hm</html>', status: null });

function decide(weather: Weather): Said {
  if (weather.happens('letter_answered_minus_one')) return pair(-1);
  if (weather.happens('letter_refused')) {
    return pair(REFUSED, weather.happens('letter_echoed') ? `no ${RECEIVER_MARK}` : 'no');
  }
  if (weather.happens('letter_answered_500')) return page(500);
  if (weather.happens('letter_answered_html')) return page(200);
  if (weather.happens('letter_redirected')) return page(302);
  return pair(0);
}

function read(body: string): { reference: string; letter: string } {
  const parsed: unknown = JSON.parse(body);
  const of = (name: string): string =>
    typeof parsed === 'object' && parsed !== null && name in parsed
      ? String(Reflect.get(parsed, name))
      : '';
  return { reference: of('ExtPayoutID'), letter: of('Status') };
}

export function createPlatform(
  world: World,
  weather: Weather,
  isAway: () => boolean,
  claimOf: Watcher['letterClaim'],
): Platform {
  const random = world.random.fork('platform');
  const heard: Heard[] = [];
  const quick = (): number => random.int(...QUICK_MS);

  const webhookIdOf = ({ headers }: OutboundRequest): string => headers['webhook-id'] ?? '';

  const hear = (
    request: OutboundRequest,
    claim: LetterClaim,
    end: (delayMs: number, outbound: Outbound) => void,
  ) => {
    const body = request.body ?? '';
    const said = decide(weather);
    const webhookId = webhookIdOf(request);
    const letter = read(body);
    heard.push({ at: world.now(), claim, webhookId, body, status: said.status, ...letter });
    world.note(`the platform hears ${letter.letter} of ${letter.reference}: ${said.status}`);
    if (weather.happens('letter_hangs') || weather.happens('letter_answer_lost')) return;
    const headers = { contentType: 'application/json', retryAfter: null, date: null };
    const { httpStatus } = said;
    end(quick(), { kind: 'answered', httpStatus, headers, body: said.body, durationMs: 1 });
  };

  return {
    heard,
    sender: (process) => (request) =>
      new Promise((resolve) => {
        const startedAt = world.now();
        const claim = claimOf(process.name, webhookIdOf(request));
        let ended = false;
        let left = false;
        const end = (delayMs: number, outbound: Outbound): void =>
          process.deliver(delayMs, `letter ${outbound.kind}`, () => {
            if (ended) return;
            ended = true;
            resolve(outbound);
          });
        if (isAway())
          return end(quick(), { kind: 'not_sent', cause: 'ECONNREFUSED', durationMs: 1 });
        process.deliver(random.int(0, 5), 'letter leaves', () => {
          if (ended) return;
          if (request.mayStillSend?.() === false) {
            return end(0, { kind: 'not_sent', cause: 'too_late', durationMs: 1 });
          }
          left = true;
          if (weather.happens('letter_lost')) return;
          const latest = Math.max(1, startedAt + TOTAL_TIMEOUT_MS - 1 - world.now());
          const slow = weather.happens('letter_delayed');
          const delayMs = slow ? random.int(1, latest) : quick();
          world.in(delayMs, 'letter arrives', () => hear(request, claim, end));
        });
        process.deliver(TOTAL_TIMEOUT_MS, 'letter times out', () => {
          const kind = left ? 'unknown' : 'not_sent';
          end(0, { kind, cause: 'total_timeout', durationMs: 1 });
        });
      }),
  };
}
