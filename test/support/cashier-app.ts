/**
 * The HTTP application over a database of its own, with nothing behind it that calls out:
 * payouts are put into it in any status, and the cashier calls it. Its clock moves only by hand.
 */

import { randomBytes, randomUUID } from 'node:crypto';
import { createChangeWatch } from '../../src/flow/change-watch.ts';
import type { AppContext } from '../../src/flow/context.ts';
import { observeNothing } from '../../src/flow/observe.ts';
import { createApp } from '../../src/http/app.ts';
import type { CashierAccess } from '../../src/http/plugins/cashier-access.ts';
import { registerUpdatePayout } from '../../src/http/routes/update-payout.ts';
import { hashApiKey } from '../../src/lib/api-key.ts';
import { uuidV7Text } from '../../src/lib/typeid.ts';
import { createLogger } from '../../src/log.ts';
import type { Payout } from '../../src/payout/model/payout.ts';
import { praxisDialect } from '../../src/praxis/dialect.ts';
import { createBatches } from '../../src/store/batches.ts';
import { createDatabase } from '../../src/store/database/pool.ts';
import { noMacs } from '../../src/store/integrity/row-signer.ts';
import { findPayout } from '../../src/store/payouts/payouts.ts';
import { createReceiverSeal } from '../../src/store/payouts/receiver-seal.ts';
import type { Cashier } from '../../src/store/payouts/columns.ts';
import { createTestDatabase, type TestDatabase } from './database.ts';
import { createManualClock, type ManualClock } from './manual-clock.ts';
import { undisturbedFlow } from './undisturbed.ts';

export const OPEN: CashierAccess = {
  basicAuth: null,
  allowedIps: [],
  allowUnauthenticated: true,
  formBodies: false,
};

/** A caller on this machine, or one that says so through a proxy on it, is the cashier. */
export const LOCAL: CashierAccess = {
  basicAuth: null,
  allowedIps: ['127.0.0.0/8', '::1', '10.0.0.0/8'],
  allowUnauthenticated: false,
  formBodies: false,
};

export const OPERATOR_KEY = 'operator-key-in-clear';

/** The owner in the published requests. */
export const OWNER: Cashier = { pin: '7', front_end_name: 'TEST EUR', site_id: 170 };

export type CallRow = {
  payout_id: string | null;
  letter: string | null;
  body: Buffer;
  content_type: string;
  answer_status: number;
  answer_description: string;
};

export type CashierApp = Awaited<ReturnType<typeof createCashierApp>>;

export async function createCashierApp(
  access: CashierAccess = LOCAL,
  more: { trustedProxies?: string[]; publicBaseUrl?: string; app?: Partial<AppContext> } = {},
) {
  const database: TestDatabase = await createTestDatabase();
  const clock: ManualClock = createManualClock();
  const logLines: string[] = [];
  const log = createLogger('debug', { write: (line) => void logLines.push(line) });
  const db = createDatabase(database.connectionString, () => {});
  const leaseNow = (): Date => new Date(clock.now());
  const app: AppContext = {
    db,
    batches: createBatches(db, leaseNow),
    clock,
    chance: { random: () => 0.5, bytes: randomBytes },
    policy: {
      payRepeat: true,
      repeatQuietMs: 600_000,
      checkQuietMs: 60_000,
      orderNotFoundCodes: [],
      errorMeansDeclined: false,
      pollMinMs: 3000,
      pollMaxMs: 5000,
    },
    authorizationExpiryMs: 720 * 3_600_000,
    cashierMayRelease: () => true,
    dialect: praxisDialect,
    // Empty: whatever tried to call the gateway would fail.
    endpoints: new Map(),
    seal: createReceiverSeal([{ id: 'test', key: randomBytes(32) }], randomBytes),
    log,
    observe: observeNothing,
    ...undisturbedFlow(clock),
    letters: [],
    leaseNow,
    sleep: async () => {},
    onDue: () => {},
    ...more.app,
  };
  const operator = { name: 'ops', sha256: hashApiKey(OPERATOR_KEY) };
  const server = await createApp({
    app,
    changes: createChangeWatch({ find: async () => [], onError: () => {} }),
    waitMaxS: 50,
    log,
    apiKeys: [{ ...operator, scopes: ['payouts:read', 'payouts:write', 'operator'] }],
    trustedProxies: more.trustedProxies ?? [],
    keepAliveMs: 72_000,
    publicBaseUrl: more.publicBaseUrl ?? 'http://localhost:8080',
    rules: { notified: true, endpoints: ['default'] },
    createRefusal: async () => null,
    registerCashier: (inside, of) => registerUpdatePayout(inside, of, access),
    readiness: async () => [],
    isDraining: () => false,
    metrics: null,
    servesDocuments: true,
  });
  return {
    server,
    app,
    clock,
    database,
    logLines,
    /** Stores a payout as it is, under a new id and reference; answers both. */
    put: async (payout: Payout, cashier: Cashier | null = OWNER) => {
      const id = `po_${uuidV7Text(clock.now(), randomBytes(10))}`;
      const reference = randomUUID();
      const stored = await app.batches.insert({
        payout: { ...payout, id, reference, clientOrderId: id },
        details: {
          apiKeyName: 'test',
          idempotencyKey: reference,
          fingerprint: 'test',
          description: null,
          purpose: null,
          returnUrl: null,
          cashier,
          metadata: null,
          receiver: app.seal.seal(id, '{}'),
        },
        macs: noMacs,
        due: { at: payout.createdAt, class: 2 },
        entry: {
          kind: 'created',
          at: payout.createdAt,
          version: payout.version,
          status: payout.status,
          summary: 'Put there by a test.',
          data: {},
          feed: [],
        },
      });
      if (!stored) throw new Error('the payout was there before');
      return { id, reference };
    },
    payout: async (id: string): Promise<Payout> => {
      const found = await findPayout(app.db, id);
      if (found === null) throw new Error(`no payout ${id}`);
      return found.payout;
    },
    calls: () => database.query<CallRow>('select * from cashier_calls order by id'),
    close: async () => {
      await server.close();
      await app.db.close();
      await database.drop();
    },
  };
}
