/**
 * What this installation asks of a create beyond its shape. Its answer changes with the
 * configuration, so it holds for new payouts only: a repeat is given its first answer.
 */

export type CreateRules = {
  /**
   * Whether the platform is notified, which needs its pin and front_end_name. It is a value of the
   * installation that a start of another replica may change, and is read anew for each body.
   */
  readonly notified: boolean;
  /** Names of the configured endpoints. */
  endpoints: readonly string[];
};

export type Finding = { path: string[]; message: string };

/** The parts of a body that the rules read. */
export type Configured = {
  endpoint?: string | undefined;
  cashier?: { pin?: string | undefined; front_end_name?: string | undefined } | undefined;
};

/** What the rules have against an endpoint; left out, it is the one that is configured. */
export function judgeEndpoint({ endpoint }: Configured, { endpoints }: CreateRules): Finding[] {
  if (endpoint === undefined || endpoints.includes(endpoint)) return [];
  return [{ path: ['endpoint'], message: `must be one of ${endpoints.join(', ')}` }];
}

/** What the rules have against a cashier. */
export function judgeCashier({ cashier }: Configured, { notified }: CreateRules): Finding[] {
  if (!notified) return [];
  const message = 'is required, because the platform is notified';
  const found: Finding[] = [];
  if (cashier?.pin === undefined) found.push({ path: ['cashier', 'pin'], message });
  if (cashier?.front_end_name === undefined) {
    found.push({ path: ['cashier', 'front_end_name'], message });
  }
  return found;
}

/** What the rules have against a body of the right shape. */
export const judgeByRules = (body: Configured, rules: CreateRules): Finding[] => [
  ...judgeEndpoint(body, rules),
  ...judgeCashier(body, rules),
];
