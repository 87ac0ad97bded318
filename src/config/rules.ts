/**
 * Rules over several variables. Each rule is checked as soon as the variables that it needs were
 * readable, so that one bad value does not hide the next problem. Rules of the gateway are in
 * gateway.ts, those of the platform in platform.ts; the bounds of a single variable are where it is
 * declared.
 */

import type { HostKind } from '../lib/host-kind.ts';
import { checkGateway, gatewayKind, isSandbox, warnOfPort } from './gateway.ts';
import { warnOfPlatform } from './platform.ts';
import { findUnsafe } from './unsafe.ts';
import type { Values } from './variables.ts';

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
  const kind = gatewayKind(values);
  const unsafe = judgeUnsafe(values, kind);
  return {
    problems: [
      ...checkGateway(values, isSet),
      ...checkPorts(values),
      ...checkInstallation(isSet, kind),
      ...checkDatabase(isSet, kind, hasEmbedded),
      ...unsafe.problems,
    ],
    // An open cashier is a warning everywhere, and must not be one twice where it is allowed.
    warnings: [
      ...new Set([
        ...warnOfPort(values),
        ...warnOfPlatform(values, isSet),
        ...warnOfRows(isSet),
        ...unsafe.warnings,
      ]),
    ],
  };
}

function checkPorts({ PORT: port, METRICS_PORT: metricsPort }: Partial<Values>): string[] {
  const isSame = metricsPort !== undefined && metricsPort === port;
  return isSame ? ['METRICS_PORT: must be another port than PORT; leave it out for the same'] : [];
}

const warnOfRows = (isSet: (name: string) => boolean): string[] =>
  isSet('ROW_KEY')
    ? []
    : ['ROW_KEY: is not set: a payout whose row was changed by hand in the database is paid'];

function checkInstallation(isSet: (name: string) => boolean, kind: HostKind | null): string[] {
  if (isSet('INSTALLATION_NAME') || kind === null || isSandbox(kind)) return [];
  return ['INSTALLATION_NAME: is required with this gateway'];
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

/** With a gateway that moves real money an unsafe setting is a problem, unless it is meant. */
function judgeUnsafe(values: Partial<Values>, kind: HostKind | null): Findings {
  const findings: Findings = { problems: [], warnings: [] };
  if (kind !== 'public') return findings;
  for (const { kind: unsafe, sentence } of findUnsafe(values)) {
    if (values.ALLOW_UNSAFE?.includes(unsafe) === true) findings.warnings.push(sentence);
    else findings.problems.push(`${sentence}; if it is meant, set ALLOW_UNSAFE=${unsafe}`);
  }
  return findings;
}
