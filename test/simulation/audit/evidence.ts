/**
 * What is recorded while a run goes on, because it cannot be told afterwards: what was on disk in
 * the moment in which a command's bytes left, what the service logged, which bugs it noticed
 * itself.
 */

import type { Database } from '../../../src/store/database/pool.ts';
import type { Exchange } from '../network.ts';
import type { World } from '../world.ts';

/** The journal of a payout at the moment in which a command left, newest first. */
export type Leaving = {
  exchange: Exchange;
  status: string;
  orderId: string | null;
  /**
   * Committed intents of this command, oldest first, by the clock of the replica that wrote them.
   */
  intents: readonly { id: string; at: number; sendBefore: number }[];
  isAuthorized: boolean;
  isPaused: boolean;
};

export type Evidence = {
  commandLeaves(exchange: Exchange): Promise<void>;
  leavings: readonly Leaving[];
  logged(line: string): void;
  /** Log lines that hold one of these texts. */
  linesWith(texts: readonly string[]): string[];
  assertions: readonly string[];
};

const rowText = `select p.status, p.order_id, p.authorized_at is not null as authorized,
  (select paused from pause) as paused,
  (select coalesce(jsonb_agg(e.data -> 'intent' order by e.id), '[]') from payout_events e
    where e.payout_id = p.id and e.kind = $2) as intents
  from payouts p where coalesce(p.client_order_id, p.id) = $1`;

/** Enough to find a leak; a run logs a few thousand lines. */
const LINES_MAX = 200_000;

/** What the service logs where it met a bug of its own. */
const BUGS = ['A bug keeps', 'AssertionFailed'];

export function createEvidence(world: World, real: Database): Evidence {
  const leavings: Leaving[] = [];
  const lines: string[] = [];
  const assertions: string[] = [];
  const note = (message: string): void => {
    world.note(`assertion: ${message.slice(0, 300)}`);
    assertions.push(message.slice(0, 600));
  };
  return {
    commandLeaves: async (exchange) => {
      const kind = exchange.command === 'payout-pay' ? 'pay_intended' : 'check_intended';
      const { rows } = await real.query<Record<string, unknown>>({
        name: 'leaving',
        text: rowText,
        values: [exchange.clientOrderId, kind],
      });
      const [row] = rows;
      const intents = Array.isArray(row?.['intents']) ? row['intents'] : [];
      const orderId = row?.['order_id'];
      leavings.push({
        exchange,
        status: typeof row?.['status'] === 'string' ? row['status'] : 'missing',
        orderId: typeof orderId === 'string' ? orderId : null,
        intents,
        isAuthorized: row?.['authorized'] === true,
        isPaused: row?.['paused'] === true,
      });
      world.note(`${exchange.command} of ${exchange.clientOrderId} leaves ${exchange.process}`);
    },
    leavings,
    logged: (line) => {
      if (BUGS.some((said) => line.includes(said))) note(line);
      if (lines.length < LINES_MAX) lines.push(line);
    },
    linesWith: (texts) => lines.filter((line) => texts.some((text) => line.includes(text))),
    assertions,
  };
}
