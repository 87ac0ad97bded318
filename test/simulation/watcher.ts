/**
 * Looks at the rows after every write, by its own SQL, and records how each payout changed: what
 * no journal of the service can hide. Also tells when something is due next, so that idle hours are
 * skipped.
 */

import type { Database } from '../../src/store/database/pool.ts';
import { createLetterClaims, type LetterClaim } from './letter-claims.ts';
import type { World } from './world.ts';

/** A payout's row as a stranger sees it. */
export type Sighting = {
  id: string;
  reference: string;
  /** What the gateway knows the payout by. */
  clientOrderId: string;
  endpoint: string;
  status: string;
  moneyMoved: string;
  orderId: string | null;
  version: number;
  revision: number;
  isFinal: boolean;
  dueAt: number | null;
  leaseUntil: number | null;
  authorizedAt: number | null;
  expiresAt: number | null;
  withheld: boolean;
  release: string;
  /** The gateway that its order lives at; null where no version has written one. */
  gateway: string | null;
  attention: readonly string[];
};

/** One change of a payout: at which moment of the world it was on disk, and who put it there. */
export type Seen = Sighting & { at: number; writer: string };

/** What happened in between is not in the database any more. */
export type Lost = {
  from: number;
  until: number;
  /** The payouts of the copy: one created in the same millisecond may be missing. */
  kept: ReadonlySet<string>;
};

export type Due = { at(): number; onChange(listener: () => void): void };

export type Watcher = {
  /** A statement of this process ran and answered these rows. */
  wrote(writer: string, name: string, rows: readonly Record<string, unknown>[]): Promise<void>;
  /** Every change of every payout that the database still knows of, oldest first. */
  history(payoutId: string): readonly Seen[];
  ids(): string[];
  /** Every client_orderid that a payout with this reference ever had, also in a lost history. */
  clientOrderIds(reference: string): ReadonlySet<string>;
  references(): string[];
  /** The first sighting of every row that there ever was, by its payout's id. */
  births: ReadonlyMap<string, Seen>;
  /** No statement of a process changed the rows; the next one that reads the clock shows them. */
  overtaken(): void;
  /** This process reads the database's clock, as each does before it does anything. */
  heartbeat(writer: string): Promise<void>;
  /** A copy of the database was made, to which it may come back. */
  kept(): void;
  /** The database is that copy again. */
  restored(): Promise<void>;
  /** Parts of history that the database has lost, oldest first. */
  lost: readonly Lost[];
  /** When the earliest payout of an endpoint can be claimed; infinity when nothing is due. */
  nextDue(endpoint: string): Due;
  /** The same of letters to the platform. */
  nextLetter: Due;
  /** Letters that the platform has neither taken nor refused. */
  pendingLetters(): number;
  /** Under which claim this process sends that letter now. */
  letterClaim(process: string, letterId: string): LetterClaim;
  /** Whether nothing can be claimed with these parameters of `claim-due`. */
  findsNothing(parameters: readonly unknown[]): boolean;
  /** Told of each change, when it is on disk and before any part of the service hears of it. */
  onSeen(listener: (seen: Seen) => void): void;
};

const text = `select id, reference, coalesce(client_order_id, id) as client_order_id, endpoint, status,
  money_moved, order_id, version, revision,
  finalized_at is not null as final, due_at, lease_until, authorized_at, expires_at,
  release_withheld, release, gateway_identity,
  jsonb_path_query_array(attention, '$[*].code') as attention,
  (select min(greatest(n.due_at, n.lease_until)) from notifications n where state = 'pending')
    as letter_at,
  (select count(*)::int from notifications where state = 'pending') as letters
  from payouts where $1::text[] is null or id = any($1) order by id`;

/** What an extension gives; an extension answers no times. */
const LEASE_MS = 6000;

const millis = (value: unknown): number | null => (value instanceof Date ? value.getTime() : null);

const toSighting = (row: Record<string, unknown>): Sighting => ({
  id: String(row['id']),
  reference: String(row['reference']),
  clientOrderId: String(row['client_order_id']),
  endpoint: String(row['endpoint']),
  status: String(row['status']),
  moneyMoved: String(row['money_moved']),
  orderId: typeof row['order_id'] === 'string' ? row['order_id'] : null,
  version: Number(row['version']),
  revision: Number(row['revision']),
  isFinal: row['final'] === true,
  dueAt: millis(row['due_at']),
  leaseUntil: millis(row['lease_until']),
  authorizedAt: millis(row['authorized_at']),
  expiresAt: millis(row['expires_at']),
  withheld: row['release_withheld'] === true,
  release: String(row['release']),
  gateway: typeof row['gateway_identity'] === 'string' ? row['gateway_identity'] : null,
  attention: Array.isArray(row['attention']) ? row['attention'].map(String) : [],
});

const claimableAt = ({ dueAt, leaseUntil }: Sighting): number =>
  dueAt === null ? Number.POSITIVE_INFINITY : Math.max(dueAt, leaseUntil ?? 0);

/** So late a row is claimed by replicas of other gateways, too. */
const FOREIGN_LATE_MS = 10_000;

/** The claims of every replica within a second or two. */
const SERVED_MAX = 12;

/** Whether a claim may take this row; a reader of its own, more lenient than the statement. */
function mayClaim(seen: Sighting, parameters: readonly unknown[], now: number): boolean {
  const { dueAt, leaseUntil, gateway } = seen;
  const [endpoint, by] = parameters;
  const [gateways, takesUnknown] = parameters.slice(8);
  if (seen.endpoint !== endpoint || dueAt === null || !(by instanceof Date)) return false;
  if (dueAt > by.getTime() || (leaseUntil !== null && leaseUntil >= now)) return false;
  if (!Array.isArray(gateways) || dueAt <= by.getTime() - FOREIGN_LATE_MS) return true;
  return gateway === null ? takesUnknown === true : gateways.includes(gateway);
}

/** A moment that others wait for. */
function createDue(): Due & { set(at: number): void } {
  const listeners: (() => void)[] = [];
  let due = Number.POSITIVE_INFINITY;
  return {
    at: () => due,
    onChange: (listener) => void listeners.push(listener),
    set: (at) => {
      if (at === due) return;
      due = at;
      for (const listener of listeners) listener();
    },
  };
}

export function createWatcher(world: World, real: Database): Watcher {
  let histories = new Map<string, Seen[]>();
  let copy = { at: 0, histories: new Map<string, Seen[]>() };
  const lost: Lost[] = [];
  const births = new Map<string, Seen>();
  const orderIds = new Map<string, Set<string>>();
  const seeing: ((seen: Seen) => void)[] = [];
  const nextDues = new Map<string, ReturnType<typeof createDue>>();
  const nextLetter = createDue();
  const claims = createLetterClaims();
  let letters = 0;
  let isOvertaken = false;
  const sightings = new Map<string, Sighting>();
  /** The gateways that the last claims were for. */
  let served: readonly unknown[] = [];

  /** No replica has to scan for a row of another gateway before it is late. */
  const dueOf = (sighting: Sighting): number =>
    sighting.attention.includes('other_gateway') && !served.includes(sighting.gateway)
      ? claimableAt(sighting) + FOREIGN_LATE_MS
      : claimableAt(sighting);

  const plan = (): void => {
    const all = [...sightings.values()];
    for (const [endpoint, due] of nextDues) {
      const own = all.filter((sighting) => sighting.endpoint === endpoint);
      due.set(Math.min(Number.POSITIVE_INFINITY, ...own.map(dueOf)));
    }
  };

  const serve = ([, , , , , , , , gateways]: readonly unknown[]): void => {
    if (!Array.isArray(gateways)) return;
    const isNew = gateways.some((gateway) => !served.includes(gateway));
    served = [...gateways, ...served].slice(0, SERVED_MAX);
    if (isNew) plan();
  };

  /** Claims and extensions change leases and nothing else: what they answer tells all of it. */
  const lease = (rows: readonly Record<string, unknown>[]): void => {
    for (const row of rows) {
      const sighting = sightings.get(String(row['id']));
      if (sighting === undefined) continue;
      const leaseUntil = millis(row['lease_until']) ?? world.now() + LEASE_MS;
      sightings.set(sighting.id, { ...sighting, leaseUntil });
    }
    plan();
  };

  const remember = (seen: Seen): void => {
    if (!births.has(seen.id)) births.set(seen.id, seen);
    const known = orderIds.get(seen.reference) ?? new Set();
    orderIds.set(seen.reference, known.add(seen.clientOrderId));
  };

  /** Reads these payouts, or all. */
  const look = async (writer: string, ids: readonly string[] | null): Promise<void> => {
    if (ids === null) isOvertaken = false;
    const values = [ids];
    const { rows } = await real.query<Record<string, unknown>>({ name: 'watch', text, values });
    if (rows.length === 0) return;
    for (const sighting of rows.map(toSighting)) {
      sightings.set(sighting.id, sighting);
      const history = histories.get(sighting.id) ?? [];
      histories.set(sighting.id, history);
      if (history.at(-1)?.revision === sighting.revision) continue;
      const seen = { ...sighting, at: world.now(), writer };
      history.push(seen);
      remember(seen);
      for (const listener of seeing) listener(seen);
      world.note(`${sighting.id} is ${sighting.status} r${sighting.revision}`);
    }
    letters = Number(rows[0]?.['letters'] ?? 0);
    nextLetter.set(millis(rows[0]?.['letter_at']) ?? Number.POSITIVE_INFINITY);
    plan();
  };

  return {
    wrote: async (writer, name, rows) => {
      claims.wrote(writer, name, rows);
      if (name === 'claim-due' || name === 'extend-leases') lease(rows);
      else if (name === 'save-payouts' || name === 'insert-payouts') {
        await look(
          writer,
          rows.map((row) => String(row['id'])),
        );
      } else if (name !== 'claim-notifications' || rows.length > 0) await look(writer, null);
    },
    history: (payoutId) => histories.get(payoutId) ?? [],
    ids: () => [...histories.keys()],
    clientOrderIds: (reference) => orderIds.get(reference) ?? new Set(),
    references: () => [...orderIds.keys()],
    births,
    lost,
    overtaken: () => {
      isOvertaken = true;
    },
    heartbeat: async (writer) => {
      if (isOvertaken) await look(writer, null);
    },
    kept: () => {
      claims.kept();
      const copied = [...histories].map(([id, seen]): [string, Seen[]] => [id, [...seen]]);
      copy = { at: world.now(), histories: new Map(copied) };
    },
    restored: async () => {
      claims.restored();
      lost.push({ from: copy.at, until: world.now(), kept: new Set(copy.histories.keys()) });
      histories = copy.histories;
      for (const id of sightings.keys()) if (!histories.has(id)) sightings.delete(id);
      letters = 0;
      nextLetter.set(Number.POSITIVE_INFINITY);
      await look('restore', null);
      plan();
    },
    nextDue: (endpoint) => {
      const due = nextDues.get(endpoint) ?? createDue();
      nextDues.set(endpoint, due);
      return due;
    },
    nextLetter,
    pendingLetters: () => letters,
    letterClaim: claims.latest,
    findsNothing: (parameters) => {
      serve(parameters);
      const mayFind = (seen: Sighting): boolean => mayClaim(seen, parameters, world.now());
      return !isOvertaken && ![...sightings.values()].some(mayFind);
    },
    onSeen: (listener) => void seeing.push(listener),
  };
}
