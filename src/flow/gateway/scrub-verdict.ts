/**
 * Which fields of a gateway's answer are text that may echo receiver data, and what is kept of
 * them. A listed word stays as it is, so scrubbing never changes what the core decides. What counts
 * as receiver data is decided in src/payout/scrub/scrub.ts.
 */

import { isSameAmount } from '../../payout/model/money.ts';
import {
  type CheckVerdict,
  ERROR_TEXT_CHARS_MAX,
  isLaterEvent,
  laterEventIn,
  type StatusReply,
  type StatusVerdict,
} from '../../payout/model/reply.ts';
import { stageKind } from '../../payout/model/stage.ts';
import type { StoredPayout } from '../../store/payouts/rows.ts';
import type { AppContext } from '../context.ts';
import { type Scrub, scrubOf, WITHHELD } from '../scrub.ts';

/** Error codes are opaque; the documented ones are whole numbers. */
const codeForm = /^-?\d{1,9}$/;

const statuses = new Set(['processing', 'approved', 'declined', 'filtered', 'error', 'unknown']);

/** The stages of the payout family, each with an ending that is listed. */
const stageForm = /^payout_(check_|chain_)?[a-z]+$/;

const amountForm = /^\d{1,9}(\.\d{1,8})?$/;
/** Too short to be compared with the receiver's numbers; a bank code may be equal by chance. */
const shortAmountForm = /^\d{1,5}(\.\d{1,4})?$/;
const currencyForm = /^[A-Za-z]{3}$/;

const isListedStage = (stage: string): boolean =>
  stageForm.test(stage) && stageKind(stage) !== 'unlisted';

function scrubCode({ policy }: AppContext, scrub: Scrub, code: string | null): string | null {
  const isCode = code === null || codeForm.test(code) || policy.orderNotFoundCodes.includes(code);
  return isCode ? code : scrub.text(code, ERROR_TEXT_CHARS_MAX);
}

type Refusal = { code: string | null; message: string | null };

const scrubRefusal = <T extends Refusal>(app: AppContext, scrub: Scrub, refusal: T): T => ({
  ...refusal,
  code: scrubCode(app, scrub, refusal.code),
  message: scrub.text(refusal.message, ERROR_TEXT_CHARS_MAX),
});

/** A later event stays one, whatever is removed from its name. */
function scrubType(scrub: Scrub, type: string | null): string | null {
  if (type === null || type === 'payout') return type;
  const scrubbed = scrub.word(type);
  return isLaterEvent(type) && !isLaterEvent(scrubbed) ? laterEventIn(type) : scrubbed;
}

/** Whether a text is an amount and none of the receiver's numbers, which can look like one. */
function isAmount(scrub: Scrub, text: string): boolean {
  if (shortAmountForm.test(text)) return true;
  return amountForm.test(text) && scrub.id(text) !== null;
}

/** A reply's amount stays: without one, the reply could not contradict ours. */
function scrubMoney(
  scrub: Scrub,
  { payout }: StoredPayout,
  { amount, currency }: StatusReply,
): Pick<StatusReply, 'amount' | 'currency'> {
  const isKept =
    amount === null || isSameAmount(amount, payout.money) || isAmount(scrub, amount.trim());
  const isCurrency = currency === null || currencyForm.test(currency.trim());
  return {
    amount: isKept ? amount : scrub.word(amount),
    currency: isCurrency ? currency : scrub.word(currency),
  };
}

function scrubReply(
  app: AppContext,
  scrub: Scrub,
  stored: StoredPayout,
  reply: StatusReply,
): StatusReply {
  const { status, stage } = reply;
  return {
    ...reply,
    ...scrubMoney(scrub, stored, reply),
    status: statuses.has(status) ? status : scrub.word(status),
    stage: stage === null || isListedStage(stage) ? stage : scrub.word(stage),
    processorTxId: scrub.id(reply.processorTxId),
    transactionType: scrubType(scrub, reply.transactionType),
    errorCode: scrubCode(app, scrub, reply.errorCode),
    errorMessage: scrub.text(reply.errorMessage, ERROR_TEXT_CHARS_MAX),
  };
}

/** A signed status of the gateway, as it may be kept; `stored` is null where no payout is meant. */
export function scrubSigned(app: AppContext, stored: StoredPayout | null, status: string): string {
  if (statuses.has(status)) return status;
  return stored === null ? WITHHELD : scrubOf(app, stored).word(status);
}

/** The answer to payout-check as it may be kept. */
export const scrubCheck = (
  app: AppContext,
  stored: StoredPayout,
  verdict: CheckVerdict,
): CheckVerdict =>
  verdict.kind === 'refused' ? scrubRefusal(app, scrubOf(app, stored), verdict) : verdict;

/** The answer to a status request as it may be kept. */
export function scrubStatus(
  app: AppContext,
  stored: StoredPayout,
  verdict: StatusVerdict,
): StatusVerdict {
  const scrub = scrubOf(app, stored);
  if (verdict.kind === 'refused') return scrubRefusal(app, scrub, verdict);
  if (verdict.kind !== 'reported') return verdict;
  return { kind: 'reported', reply: scrubReply(app, scrub, stored, verdict.reply) };
}
