/**
 * `npm run payout -- doctor`: looks at everything that an installation needs, and says of each
 * part that it is well or what to do. It makes only harmless calls. The checks are in the files
 * next to this one.
 */

import { type LoadedConfig, listenAddresses } from '../../config/config.ts';
import { type Clock, systemClock } from '../../lib/clock.ts';
import { createOutbound } from '../../lib/outbound/outbound.ts';
import { type ListenAddress, tryListening } from '../../lib/listen-address.ts';
import { type ExaminedDatabase, examineDatabase } from './database.ts';
import { causeOf, type Finding, ok, type Part, unknown, warning, wrong } from './finding.ts';
import { examineGateway } from './gateway.ts';
import { examinePlatform } from './platform.ts';

/** An operator waits for the answer, and 5 s are promised; the checks run at the same time. */
const CHECK_WITHIN_MS = 4500;
const HEALTH_WITHIN_MS = 2000;
const HEALTH_BYTES_MAX = 65_536;

/** What the check finds in time, or that it did not. Never rejects. */
async function within<T>(check: Promise<T>, otherwise: (says: string) => T): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<T>((resolve) => {
    const says = `no answer within ${CHECK_WITHIN_MS / 1000} s`;
    timer = setTimeout(() => resolve(otherwise(says)), CHECK_WITHIN_MS);
  });
  try {
    return await Promise.race([check, late]);
  } catch (error) {
    return otherwise(`the check failed (${causeOf(error)})`);
  } finally {
    clearTimeout(timer);
  }
}

const examineConfiguration = (loaded: LoadedConfig): Finding[] =>
  loaded.kind === 'problems'
    ? loaded.problems.map((problem) => wrong('configuration', problem))
    : [
        ok('configuration', 'every variable is readable'),
        ...loaded.warnings.map((text) => warning('configuration', text)),
      ];

/** The readiness of what listens at an address; null where it is not this service. */
async function readReadiness({ host, port }: ListenAddress): Promise<string[] | null> {
  const everywhere: Readonly<Record<string, string>> = { '0.0.0.0': '127.0.0.1', '::': '[::1]' };
  const asked = everywhere[host] ?? (host.includes(':') ? `[${host}]` : host);
  const outbound = createOutbound({
    connectTimeoutMs: HEALTH_WITHIN_MS,
    totalTimeoutMs: HEALTH_WITHIN_MS,
    bodyBytesMax: HEALTH_BYTES_MAX,
    connectionsMax: 1,
  });
  try {
    const url = `http://${asked}:${port}/health/ready`;
    const answer = await outbound.send({ url, method: 'GET', headers: {} });
    if (answer.kind !== 'answered') return null;
    const body: unknown = JSON.parse(answer.body);
    const problems =
      typeof body === 'object' && body !== null && 'problems' in body ? body.problems : null;
    return Array.isArray(problems) ? problems.map(String) : null;
  } catch {
    // Not JSON: another program.
    return null;
  } finally {
    await outbound.close();
  }
}

async function examineListening(addresses: readonly ListenAddress[]): Promise<Finding[]> {
  const [address, ...others] = addresses;
  if (address === undefined) return [];
  const listening = await tryListening(address);
  if (listening.kind === 'free') {
    const also = await Promise.all(others.map(tryListening));
    return [
      ok('listening', 'HOST and PORT are free; the service does not run here'),
      ...also.flatMap((each) => (each.kind === 'free' ? [] : [wrong('listening', each.problem)])),
    ];
  }
  if (listening.kind === 'refused') return [wrong('listening', listening.problem)];
  const problems = await readReadiness(address);
  if (problems === null) return [wrong('listening', listening.problem)];
  if (problems.length === 0) return [ok('listening', 'the service runs here, and is ready')];
  return problems.map((text) => wrong('listening', `the service runs here, not ready: ${text}`));
}

const only = (part: Part) => (says: string) => [wrong(part, says)];

/** Everything that is found, within 5 s; `machine` is the clock of this machine. */
export async function examineAll(
  loaded: LoadedConfig,
  machine: Clock = systemClock,
): Promise<Finding[]> {
  const listening = within(examineListening(listenAddresses(loaded)), only('listening'));
  if (loaded.kind === 'problems') {
    const rest = (['database', 'gateway', 'platform'] as const).map((part) =>
      unknown(part, 'is checked when the configuration is right'),
    );
    return [...examineConfiguration(loaded), ...(await listening), ...rest];
  }
  const { config } = loaded;
  const database = within<ExaminedDatabase>(examineDatabase(config, machine), (says) => ({
    findings: [wrong('database', says)],
    notifies: null,
  }));
  const notifies = database.then((examined) => examined.notifies);
  const parts = await Promise.all([
    listening,
    database.then(({ findings }) => findings),
    within(examineGateway(config), only('gateway')),
    within(examinePlatform(config, notifies), only('platform')),
  ]);
  return [...examineConfiguration(loaded), ...parts.flat()];
}
