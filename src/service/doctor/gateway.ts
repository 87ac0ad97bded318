/**
 * Whether the gateway can be reached and takes our credentials: one status request about an order
 * that cannot exist. It changes nothing at the gateway.
 */

import type { Config } from '../../config/config.ts';
import { systemChance } from '../../lib/clock.ts';
import { createOutbound } from '../../lib/outbound/outbound.ts';
import { createGatewayClient } from '../../payneteasy/client.ts';
import { gatewayIdentity } from '../../payneteasy/gateway.ts';
import type { StatusVerdict } from '../../payout/model/reply.ts';
import { type Finding, ok, warning, wrong } from './finding.ts';

/** Below the time that all checks have. */
const CALL_TIMEOUT_MS = 4000;
const CONNECT_TIMEOUT_MS = 3000;
const BODY_BYTES_MAX = 262_144;
const ID_BYTES = 16;
const QUOTED_MAX = 200;

type Complaint = readonly [pattern: RegExp, names: string];

/**
 * What the gateway's own sentence complains of. It has no public list of error codes, and refuses a
 * wrong credential in the same form as an unknown order (payneteasy, open question 1), so the
 * sentence is all there is.
 */
const complaints: readonly [Complaint, ...Complaint[]] = [
  [/control|checksum|signature/i, 'PAYNETEASY_CONTROL_KEY'],
  [/end-?point|\bgroup\b|\bproject\b/i, 'PAYNETEASY_ENDPOINT_ID or PAYNETEASY_ENDPOINT_GROUP_ID'],
  [/\blogin\b|\bmerchant\b/i, 'PAYNETEASY_LOGIN'],
];

/** A sentence that speaks of the order is the expected one, whatever else it mentions. */
const OF_THE_ORDER = /\border\b|client_orderid|\btransaction\b/i;

/** Text from outside for a terminal: without control characters and changes of direction. */
const printable = (text: string): string =>
  text.replaceAll(/[\p{Cc}\p{Cf}\p{Cs}]/gu, '?').slice(0, QUOTED_MAX);

function judgeRefusal(code: string | null, message: string | null): Finding {
  const text = printable(message ?? '');
  const quoted = `"${text}"${code === null ? '' : ` (${printable(code)})`}`;
  const [ofKey, ...others] = complaints;
  const isOfOrder = OF_THE_ORDER.test(text);
  // Only the control is never part of a sentence about an order that is not there.
  const complaint = [ofKey, ...(isOfOrder ? [] : others)].find(([pattern]) => pattern.test(text));
  if (complaint !== undefined) {
    const says = `${complaint[1]}: the gateway refuses a status request with ${quoted}; `;
    return wrong('gateway', `${says}compare the value with the gateway's`);
  }
  const says = `it answers a status request about an unknown order with ${quoted}`;
  if (isOfOrder) return ok('gateway', says);
  const doubt = 'if that does not mean that it has no such order, compare the credentials';
  return warning('gateway', `${says}; ${doubt}`);
}

function judge(verdict: StatusVerdict): Finding {
  switch (verdict.kind) {
    case 'reported':
      return warning('gateway', 'it reports an order that cannot exist; is it a gateway at all?');
    case 'refused':
      return judgeRefusal(verdict.code, verdict.message);
    case 'turned_away': {
      const { httpStatus } = verdict;
      const isAccess = httpStatus === 401 || httpStatus === 403;
      const names = isAccess
        ? 'PAYNETEASY_LOGIN, or the addresses that the gateway lets in'
        : 'PAYNETEASY_BASE_URL with its context path';
      const isBusy = httpStatus === 429 || httpStatus === 408 || httpStatus === 425;
      return isBusy
        ? warning('gateway', `it is busy (HTTP ${httpStatus}); try again`)
        : wrong(
            'gateway',
            `${names}: the gateway turns a status request away (HTTP ${httpStatus})`,
          );
    }
    case 'failed':
      return wrong(
        'gateway',
        `PAYNETEASY_BASE_URL: no readable answer to a status request (${verdict.cause}); check ` +
          'the address, its context path, the network and the firewall',
      );
    default:
      return verdict satisfies never;
  }
}

/** Sends one status request with a client_orderid made for it. Never rejects for the network. */
export async function examineGateway({ gateway }: Config): Promise<Finding[]> {
  const outbound = createOutbound({
    connectTimeoutMs: CONNECT_TIMEOUT_MS,
    totalTimeoutMs: CALL_TIMEOUT_MS,
    bodyBytesMax: BODY_BYTES_MAX,
    connectionsMax: 1,
  });
  const randomHex = (count: number) => Buffer.from(systemChance.bytes(count)).toString('hex');
  const client = createGatewayClient({
    outbound,
    ...gateway,
    controlKey: gateway.controlKey.reveal(),
    clock: { now: () => 0 },
    randomHex,
  });
  try {
    const ids = { clientOrderId: `doctor-${randomHex(ID_BYTES)}`, orderId: null };
    const { verdict } = await client.status(ids);
    const { kind, part, says } = judge(verdict);
    return [{ kind, part, says: `${gatewayIdentity(gateway)}: ${says}` }];
  } finally {
    await outbound.close();
  }
}
