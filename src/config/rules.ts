/**
 * Rules that join several variables. Each is judged as soon as the variables it needs were
 * readable, so that one bad value does not hide the next problem.
 */

import { type HostKind, hostKind } from '../lib/host-kind.ts';
import { CALL_TIMEOUT_MS, SEND_BEFORE_MS } from '../payout/model/limits.ts';
import { NO_PLATFORM, type Values } from './variables.ts';

/** The shortest quiet period of payout-pay towards a gateway that moves real money. */
const QUIET_MS_MIN = 600_000;

/** Until then a payout-check may still arrive: send_before of 5 s, and the 30 s of a call. */
const CHECK_QUIET_MS_MIN = SEND_BEFORE_MS + CALL_TIMEOUT_MS;

/**
 * The gateway takes redirect_url up to 128 characters (payneteasy: kept within that for every
 * address).
 */
const GATEWAY_URL_MAX = 128;

/** A payout id is po_ and 26 characters. */
const LONGEST_PATH = `/returns/payneteasy/po_${'0'.repeat(26)}`;

/** The ports the gateway calls (payneteasy: 80 and 8080 by http, 443 and 8443 by https). */
const CALLED_PORTS: Readonly<Record<string, readonly string[]>> = {
  'http:': ['', '80', '8080'],
  'https:': ['', '443', '8443'],
};

export type Findings = { problems: string[]; warnings: string[] };

/**
 * Whose variables were unreadable, those are undefined here; `isSet` tells them from unset ones.
 */
export function judge(
  values: Partial<Values>,
  isSet: (name: string) => boolean,
  hasEmbedded: boolean,
): Findings {
  const base = values.PAYNETEASY_BASE_URL;
  const gateway = base === undefined ? null : new URL(base);
  const kind = gateway === null ? null : hostKind(gateway.hostname);
  return {
    problems: [
      ...judgeGateway(gateway, kind),
      ...judgeEndpoint(isSet),
      ...judgeInstallation(isSet, kind),
      ...judgeTimes(values, kind),
      ...judgeDatabase(isSet, kind, hasEmbedded),
      ...judgeReturnAddress(values),
    ],
    warnings: [...warnOfPort(values), ...warnOfPlatform(values, isSet)],
  };
}

function judgeGateway(gateway: URL | null, kind: HostKind | null): string[] {
  if (gateway?.protocol !== 'http:' || kind === 'loopback' || kind === 'private') return [];
  return ['PAYNETEASY_BASE_URL: must be https, unless the host is on this machine or private'];
}

function judgeEndpoint(isSet: (name: string) => boolean): string[] {
  const single = isSet('PAYNETEASY_ENDPOINT_ID');
  if (single !== isSet('PAYNETEASY_ENDPOINT_GROUP_ID')) return [];
  const names = 'PAYNETEASY_ENDPOINT_ID, PAYNETEASY_ENDPOINT_GROUP_ID';
  return [`${names}: ${single ? 'both are set; set one of them' : 'one of them is required'}`];
}

/** Whether no real money moves there, so that short times and a common name do no harm. */
const isSandbox = (kind: HostKind | null): boolean => kind === 'loopback' || kind === 'sandbox';

function judgeInstallation(isSet: (name: string) => boolean, kind: HostKind | null): string[] {
  if (isSet('INSTALLATION_NAME') || kind === null || isSandbox(kind)) return [];
  return ['INSTALLATION_NAME: is required with this gateway'];
}

function judgeTimes(values: Partial<Values>, kind: HostKind | null): string[] {
  const {
    REPEAT_QUIET_MS: quiet,
    CHECK_QUIET_MS: checkQuiet,
    PAYNETEASY_POLL_MIN_MS: min,
    PAYNETEASY_POLL_MAX_MS: max,
  } = values;
  const problems: string[] = [];
  const mayBeShort = kind === null || isSandbox(kind);
  if (quiet !== undefined && !mayBeShort && quiet < QUIET_MS_MIN) {
    problems.push(`REPEAT_QUIET_MS: must be at least ${QUIET_MS_MIN} with this gateway`);
  }
  if (checkQuiet !== undefined && !mayBeShort && checkQuiet < CHECK_QUIET_MS_MIN) {
    problems.push(`CHECK_QUIET_MS: must be at least ${CHECK_QUIET_MS_MIN} with this gateway`);
  }
  if (min !== undefined && max !== undefined && min > max) {
    problems.push('PAYNETEASY_POLL_MIN_MS: must not be greater than PAYNETEASY_POLL_MAX_MS');
  }
  return problems;
}

function judgeDatabase(
  isSet: (name: string) => boolean,
  kind: HostKind | null,
  hasEmbedded: boolean,
): string[] {
  if (isSet('DATABASE_URL')) return [];
  if (!hasEmbedded)
    return ['DATABASE_URL: is required, as no embedded PostgreSQL is installed here'];
  if (kind !== 'public') return [];
  return ['DATABASE_URL: is required with a production gateway; the embedded one is for sandboxes'];
}

function judgeReturnAddress({ PUBLIC_BASE_URL: base }: Partial<Values>): string[] {
  const max = GATEWAY_URL_MAX - LONGEST_PATH.length;
  if (base === undefined || base.length <= max) return [];
  return [
    `PUBLIC_BASE_URL: must be at most ${max} characters, for the gateway to take ` +
      `what is made of it`,
  ];
}

function warnOfPort({ PUBLIC_BASE_URL: base }: Partial<Values>): string[] {
  if (base === undefined) return [];
  const { protocol, port } = new URL(base);
  if (CALLED_PORTS[protocol]?.includes(port) === true) return [];
  return [
    'PUBLIC_BASE_URL: the gateway calls only the ports 80 and 8080 by http, 443 ' +
      'and 8443 by https; no callback will arrive',
  ];
}

function warnOfPlatform(values: Partial<Values>, isSet: (name: string) => boolean): string[] {
  const warnings: string[] = [];
  const { PRAXIS_NOTIFY_URL: url } = values;
  if (url !== undefined && url !== NO_PLATFORM && !isSet('PRAXIS_NOTIFY_SECRET')) {
    warnings.push('PRAXIS_NOTIFY_SECRET: is not set; notifications are sent unsigned');
  }
  if (values.PRAXIS_ALLOW_UNAUTHENTICATED === true) {
    warnings.push(
      'PRAXIS_ALLOW_UNAUTHENTICATED: is true, so that anybody who reaches /UpdatePayout can ' +
        'hold, release and stop payouts',
    );
  }
  const guarded = isSet('PRAXIS_BASIC_AUTH') || isSet('PRAXIS_ALLOWED_IPS');
  if (values.PRAXIS_ALLOW_UNAUTHENTICATED === true && guarded) {
    warnings.push(
      'PRAXIS_ALLOW_UNAUTHENTICATED: is true, so PRAXIS_BASIC_AUTH and ' +
        'PRAXIS_ALLOWED_IPS are not asked for',
    );
  }
  return warnings;
}
