/**
 * What this configuration asks of a new payout beyond its schema.
 */

export type CreateRules = {
  /** Whether the platform is notified, which needs its pin and front_end_name. */
  notified: boolean;
  /** Names of the configured endpoints. */
  endpoints: readonly string[];
};

/** One field that is not as it must be. */
export type Finding = { path: readonly string[]; message: string };

type Judged = {
  endpoint?: string | undefined;
  cashier?: { pin?: string | undefined; front_end_name?: string | undefined } | undefined;
};

/** Every field that stands against these rules. */
export function judgeByRules(
  { endpoint, cashier }: Judged,
  { notified, endpoints }: CreateRules,
): readonly Finding[] {
  const found: Finding[] = [];
  if (endpoint !== undefined && !endpoints.includes(endpoint)) {
    found.push({ path: ['endpoint'], message: `must be one of ${endpoints.join(', ')}` });
  }
  if (!notified) return found;
  const message = 'is required, because the platform is notified';
  if (cashier?.pin === undefined) found.push({ path: ['cashier', 'pin'], message });
  if (cashier?.front_end_name === undefined) {
    found.push({ path: ['cashier', 'front_end_name'], message });
  }
  return found;
}
