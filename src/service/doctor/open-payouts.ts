/**
 * Open payouts that nothing is done for: those of an endpoint that is not configured, those of
 * another gateway than the configured one, and those whose row was met and could not be read.
 */

import type { Config } from '../../config/config.ts';
import { isOfGateway } from '../../payout/policy/gateway.ts';
import type { Queryable } from '../../store/database/pool.ts';
import {
  countOpenByIdentity,
  listContinuations,
  listIdentities,
} from '../../store/gateway-identities.ts';
import { countOpenByEndpoint } from '../../store/self-check.ts';
import { countUnreadable } from '../../store/unreadable-rows.ts';
import { configuredGateway } from '../configured-gateway.ts';
import { contextOfGateway } from '../gateways.ts';
import { type Finding, wrong } from './finding.ts';

async function examineEndpoints(db: Queryable, served: string): Promise<Finding[]> {
  const counts = await countOpenByEndpoint(db);
  return counts
    .filter(({ endpoint }) => endpoint !== served)
    .map(({ endpoint, count }) => {
      const says = `${count} open payouts are of the endpoint ${endpoint}, which is not configured`;
      return wrong('database', `${says} here: nothing is done for them`);
    });
}

/** How the operator names the gateway that is gone, in a shell. */
const quoted = (identity: string): string => `'${identity.replaceAll("'", String.raw`'\''`)}'`;

async function examineGateways(db: Queryable, config: Config): Promise<Finding[]> {
  const { name } = config.gateway.endpoint;
  const { identity } = configuredGateway(config);
  const known = await listIdentities(db);
  const gateway = contextOfGateway(name, identity, known, await listContinuations(db));
  // Before the first start nothing is recorded, and that start takes these payouts for its own.
  const isRecorded = known.some(({ endpoint }) => endpoint === name);
  const legacy = known.find((one) => one.isLegacy && one.endpoint === name)?.identity;
  return (await countOpenByIdentity(db, name)).flatMap(({ identity: stored, count }) => {
    if (isOfGateway(stored, gateway) || (stored === null && !isRecorded)) return [];
    const other = stored ?? legacy ?? null;
    const says =
      `${count} open payouts belong to another gateway (${other ?? 'of the first start'}) than ` +
      `the configured one (${identity}), and nothing is sent for them: restore its address, ` +
      'endpoint and login';
    const moved =
      other === null
        ? ''
        : '. If the gateway has moved and knows their orders: npm run payout -- endpoint ' +
          `continue ${quoted(other)} ${quoted(identity)} --name NAME`;
    return [wrong('database', `${says}${moved}`)];
  });
}

async function examineRows(db: Queryable): Promise<Finding[]> {
  const count = await countUnreadable(db);
  if (count === 0) return [];
  const says = `the rows of ${count} payouts were met and could not be read`;
  const todo = 'npm run payout -- list --attention names them; restore them from a backup';
  return [wrong('database', `${says}: ${todo}`)];
}

/** Everything that is found about open payouts. */
export const examineOpenPayouts = async (db: Queryable, config: Config): Promise<Finding[]> => [
  ...(await examineEndpoints(db, config.gateway.endpoint.name)),
  ...(await examineGateways(db, config)),
  ...(await examineRows(db)),
];
