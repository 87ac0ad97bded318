/**
 * Rules over several variables. Each rule is checked as soon as the variables that it needs were
 * readable, so that one bad value does not hide the next problem. The bounds of a single variable
 * are in variables.ts.
 */

import { type HostKind, hostKind } from '../lib/host-kind.ts';
import { RETURNS_PATH } from '../lib/public-paths.ts';
import { CALL_TIMEOUT_MS, SEND_BEFORE_MS } from '../payout/model/limits.ts';
import { findUnsafe, OPEN_CASHIER } from './unsafe.ts';
import { NO_PLATFORM, type Values } from './variables.ts';

/** The shortest quiet period of payout-pay towards a gateway that moves real money. */
const QUIET_MS_MIN = 600_000;

/** A payout-check may still arrive until then: send_before of 5 s, plus 30 s of a call. */
const CHECK_QUIET_MS_MIN = SEND_BEFORE_MS + CALL_TIMEOUT_MS;

/**
 * The gateway accepts a redirect_url of up to 128 characters (payneteasy); every address is kept
 * within that.
 */
const GATEWAY_URL_MAX = 128;

/** A payout id has po_ and 26 characters. */
const LONGEST_PATH = `${RETURNS_PATH}/po_${'0'.repeat(26)}`;

/** The ports that the gateway calls (payneteasy: 80 and 8080 by http, 443 and 8443 by https). */
const CALLED_PORTS: Readonly<Record<string, readonly string[]>> = {
  'http:': ['', '80', '8080'],
  'https:': ['', '443', '8443'],
};

export type Findings = { problems: string[]; warnings: string[] };

/**
 * Checks every rule. An unreadable variable is undefined in `values`, like an unset one; `isSet`
 * tells the two apart.
 */
export function checkRules(
  values: Partial<Values>,
  isSet: (name: string) => boolean,
  hasEmbedded: boolean,
): Findings {
  const base = values.PAYNETEASY_BASE_URL;
  const gateway = base === undefined ? null : new URL(base);
  const kind = gateway === null ? null : hostKind(gateway.hostname);
  const unsafe = judgeUnsafe(values, kind);
  return {
    problems: [
      ...checkGateway(gateway, kind),
      ...checkEndpoint(isSet),
      ...checkInstallation(isSet, kind),
      ...checkTimes(values, kind),
      ...checkDatabase(isSet, kind, hasEmbedded),
      ...checkReturnAddress(values),
      ...unsafe.problems,
    ],
    // An open cashier is a warning everywhere, and must not be one twice where it is allowed.
    warnings: [
      ...new Set([...warnOfPort(values), ...warnOfPlatform(values, isSet), ...unsafe.warnings]),
    ],
  };
}

function checkGateway(gateway: URL | null, kind: HostKind | null): string[] {
  if (gateway?.protocol !== 'http:' || kind === 'loopback' || kind === 'private') return [];
  return [
    'PAYNETEASY_BASE_URL: must be https, unless the host is this machine or in a private network',
  ];
}

function checkEndpoint(isSet: (name: string) => boolean): string[] {
  const single = isSet('PAYNETEASY_ENDPOINT_ID');
  if (single !== isSet('PAYNETEASY_ENDPOINT_GROUP_ID')) return [];
  const names = 'PAYNETEASY_ENDPOINT_ID, PAYNETEASY_ENDPOINT_GROUP_ID';
  return [`${names}: ${single ? 'both are set; set only one of them' : 'one of them is required'}`];
}

/** Whether the gateway moves no real money, so that short times and a shared name do no harm. */
const isSandbox = (kind: HostKind | null): boolean => kind === 'loopback' || kind === 'sandbox';

function checkInstallation(isSet: (name: string) => boolean, kind: HostKind | null): string[] {
  if (isSet('INSTALLATION_NAME') || kind === null || isSandbox(kind)) return [];
  return ['INSTALLATION_NAME: is required with this gateway'];
}

function checkTimes(values: Partial<Values>, kind: HostKind | null): string[] {
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

function checkDatabase(
  isSet: (name: string) => boolean,
  kind: HostKind | null,
  hasEmbedded: boolean,
): string[] {
  if (isSet('DATABASE_URL')) return [];
  if (!hasEmbedded)
    return ['DATABASE_URL: is required, because no embedded PostgreSQL is installed here'];
  if (kind !== 'public') return [];
  return [
    'DATABASE_URL: is required with a production gateway; the embedded PostgreSQL is for sandboxes',
  ];
}

function checkReturnAddress({ PUBLIC_BASE_URL: base }: Partial<Values>): string[] {
  const max = GATEWAY_URL_MAX - LONGEST_PATH.length;
  if (base === undefined || base.length <= max) return [];
  return [
    `PUBLIC_BASE_URL: must be at most ${max} characters, because the gateway accepts no longer ` +
      'return address',
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
  if (values.PRAXIS_ALLOW_UNAUTHENTICATED === true) warnings.push(OPEN_CASHIER);
  const guarded = isSet('PRAXIS_BASIC_AUTH') || isSet('PRAXIS_ALLOWED_IPS');
  if (values.PRAXIS_ALLOW_UNAUTHENTICATED === true && guarded) {
    warnings.push(
      'PRAXIS_ALLOW_UNAUTHENTICATED: is true, so PRAXIS_BASIC_AUTH and ' +
        'PRAXIS_ALLOWED_IPS are not required',
    );
  }
  return warnings;
}

/** Beside a gateway that moves real money an unsafe setting is a problem, unless it is meant. */
function judgeUnsafe(values: Partial<Values>, kind: HostKind | null): Findings {
  const findings: Findings = { problems: [], warnings: [] };
  if (kind !== 'public') return findings;
  for (const { kind: unsafe, sentence } of findUnsafe(values)) {
    if (values.ALLOW_UNSAFE?.includes(unsafe) === true) findings.warnings.push(sentence);
    else findings.problems.push(`${sentence}; if it is meant, set ALLOW_UNSAFE=${unsafe}`);
  }
  return findings;
}
