/**
 * How the fake gateway and its bank behave, and the only way to change that at run time. Unknown
 * fields and values out of bounds are refused.
 */

import { z } from 'zod';
import { COMMANDS, FAULT_KINDS } from './faults.ts';
import { PLATFORM_ANSWERS } from './platform/platform-answers.ts';

/** A delay beyond a day is a mistake, and timers stop working at 24 days. */
const DELAY_MAX_MS = 86_400_000;

const FAULTS_MAX = 1000;

const delaySchema = z.number().int().min(0).max(DELAY_MAX_MS);

const faultSchema = z.strictObject({
  command: z.enum(COMMANDS),
  fault: z.enum(FAULT_KINDS),
  times: z.number().int().min(1).max(1_000_000).default(1),
});

const plannedAnswerSchema = z.strictObject({
  answer: z.enum(PLATFORM_ANSWERS),
  times: z.number().int().min(1).max(1_000_000).default(1),
});

const behaviourSchema = z.strictObject({
  /** How long the bank looks at a payout-check. */
  validateDelayMs: delaySchema.default(500),
  /** How long the bank works on a payout-pay. */
  payDelayMs: delaySchema.default(500),
  /** How long an order stays unknown or chain-declined before it is approved. */
  unclearMs: delaySchema.default(3000),
  /** How far status replies lag behind the bank, as those of a read replica would. */
  statusLagMs: delaySchema.default(0),
  callbacks: z.enum(['on', 'off']).default('on'),
  /** Waits before the second, third and later attempts of a callback; the last wait repeats. */
  callbackRetryDelaysMs: z
    .array(delaySchema)
    .min(1)
    .max(30)
    .refine(isGrowing, 'must not shrink')
    .default([1000, 5000, 15_000, 60_000]),
  /** Refuses a second payout-check with the same client_orderid. */
  uniqueClientOrderId: z.boolean().default(false),
  /** Refuses every payout-check, as for an endpoint that is switched off. */
  refuseChecks: z.boolean().default(false),
  /** Repeats first name, account number and card number of the receiver in error messages. */
  echo: z.boolean().default(false),
  /** Lets a repeated payout-pay move the money again, so that a test can see it in the ledger. */
  payTwiceHappens: z.boolean().default(false),
  /** Faults for the requests of each command, used in this order. */
  faults: z.array(faultSchema).max(FAULTS_MAX).default([]),
  /** How long the platform takes for each answer. */
  platformDelayMs: delaySchema.default(0),
  /**
   * The planned answers of the platform, used in this order; after them it accepts every
   * notification.
   */
  platformAnswers: z.array(plannedAnswerSchema).max(FAULTS_MAX).default([]),
});

export type Behaviour = z.output<typeof behaviourSchema>;
export type BehaviourPatch = Partial<z.input<typeof behaviourSchema>>;
export type Delays = Pick<Behaviour, 'validateDelayMs' | 'payDelayMs' | 'unclearMs'>;

export interface BehaviourStore {
  current(): Behaviour;
  /**
   * Replaces the named fields, lists as a whole, and returns the result.
   * @throws ZodError when a field is unknown or out of bounds; nothing is changed then.
   */
  merge(patch: object): Behaviour;
}

/** @throws ZodError when a field of `initial` is unknown or out of bounds. */
export function createBehaviour(initial: BehaviourPatch): BehaviourStore {
  let current = behaviourSchema.parse(initial);
  return {
    current: () => current,
    merge(patch) {
      current = behaviourSchema.parse({ ...current, ...patch });
      return current;
    },
  };
}

function isGrowing(delays: readonly number[]): boolean {
  return delays.every((delay, index) => delay >= (delays[index - 1] ?? 0));
}
