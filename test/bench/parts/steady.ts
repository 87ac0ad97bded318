/**
 * How long a payout takes at a steady rate: from the create to the last letter acknowledged, and
 * from the gateway's callback to that.
 */

import { setTimeout as sleep } from 'node:timers/promises';
import { type Figures, quantile } from '../figures.ts';
import { createSteadily } from '../load.ts';
import type { Rig } from '../rig.ts';

const SECONDS = 10;
/** Longer than any payout takes that meets a bank that answers immediately. */
const SETTLE_MS = 2000;

type Times = { whole_ms: number; after_callback_ms: number | null };

/** Only payouts whose callback came before their end: for the others it brought nothing forward. */
const TIMES = `
  select extract(epoch from n.finished_at - p.created_at)::float8 * 1000 as whole_ms,
    (select extract(epoch from n.finished_at - min(c.received_at))::float8 * 1000
     from callbacks c where c.payout_id = p.id and c.received_at <= p.finalized_at)
      as after_callback_ms
  from payouts p join notifications n on n.payout_id = p.id and n.letter = 'Y'
  where n.state = 'delivered' and p.created_at > $1`;

async function measure(rig: Rig, url: string, perSecond: number): Promise<Times[]> {
  const since = new Date();
  await createSteadily(url, rig.apiKeys, { perSecond, count: perSecond * SECONDS });
  await sleep(SETTLE_MS);
  const { rows } = await rig.db.query<Times>(TIMES, [since]);
  return rows;
}

export async function steady(rig: Rig, figures: Figures): Promise<void> {
  await rig.setBehaviour({});
  const service = await rig.startService();
  await createSteadily(service.url, rig.apiKeys, { perSecond: 20, count: 40 });
  const slow = (await measure(rig, service.url, 20)).map((times) => times.whole_ms);
  const busy = await measure(rig, service.url, 50);
  await service.end();
  const hinted = busy.flatMap(({ after_callback_ms: ms }) => (ms === null ? [] : [ms]));
  for (const share of [0.5, 0.99]) {
    const name = `create to last letter acknowledged, 20/s, p${share * 100}`;
    figures.add('steady', name, quantile(slow, share), 'ms');
  }
  for (const share of [0.5, 0.99]) {
    const name = `callback to last letter acknowledged, 50/s, p${share * 100}`;
    figures.add('steady', name, quantile(hinted, share), 'ms');
  }
  figures.add('steady', 'payouts acknowledged at 50/s', busy.length, `of ${50 * SECONDS}`);
}
