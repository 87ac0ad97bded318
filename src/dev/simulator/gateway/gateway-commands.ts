/**
 * The gateway's three commands: which merchant calls, whether the call is allowed, and the reply.
 * `gateway-routes.ts` does the HTTP.
 */

import type { Bank, PayVerdict } from '../bank/bank.ts';
import { endingOf } from '../bank/magic-amounts.ts';
import { formPathOf, type Order, shownAt } from '../bank/order.ts';
import type { BehaviourStore } from '../behaviour.ts';
import type { Command } from '../faults.ts';
import type { Form } from '../form.ts';
import { type Endpoint, type Merchant, type Merchants, ownsEndpoint } from '../merchants.ts';
import type { Answer, Fields } from '../wire.ts';
import { echoOf, readCheckFields } from './check-fields.ts';
import { isStatusControl } from './control-check.ts';
import type { createOauthCheck } from './oauth-check.ts';

/**
 * Why the fake gateway rejects a correctly signed request. The real gateway publishes no list of
 * error codes, so these numbers are the simulator's own: distinct, stable, and no promise about the
 * real ones.
 */
export const REFUSAL_CODES = {
  unknown_login: 10,
  wrong_control: 11,
  wrong_endpoint: 12,
  invalid_field: 20,
  duplicate_client_orderid: 21,
  refused_amount: 22,
  checks_refused: 23,
  order_not_found: 30,
  other_endpoint: 31,
  not_validated: 40,
  already_paid: 41,
} as const;

export type RefusalKind = keyof typeof REFUSAL_CODES;

/** `message` names fields, never their values: it is stored in the list of received requests. */
export function refuse(kind: RefusalKind, message: string): Answer {
  return { kind: 'refused', code: REFUSAL_CODES[kind], message };
}

export interface Call {
  readonly endpoint: Endpoint;
  readonly form: Form;
  /** Scheme and host as the caller named them. */
  readonly origin: string;
  /** Scheme and host of the form behind redirect-to. */
  readonly formOrigin: string;
  readonly path: string;
  readonly authorization: string | undefined;
}

export type Commands = Readonly<Record<Command, (call: Call) => Answer>>;

interface Deps {
  readonly merchants: Merchants;
  readonly bank: Bank;
  readonly behaviour: BehaviourStore;
  readonly checkOauth: ReturnType<typeof createOauthCheck>;
  readonly clock: () => number;
}

const PAY_REFUSALS: Readonly<Record<Exclude<PayVerdict, 'accepted'>, string>> = {
  not_validated: 'the order is not at payout_check_validated',
  already_paid: 'payout-pay was taken before',
};

export function createCommands(deps: Deps): Commands {
  return {
    'payout-check': (call) => withSignature(deps, call, (merchant) => check(deps, call, merchant)),
    'payout-pay': (call) => withSignature(deps, call, (merchant) => pay(deps, call, merchant)),
    status: (call) => status(deps, call),
  };
}

function withSignature(deps: Deps, call: Call, act: (merchant: Merchant) => Answer): Answer {
  const verdict = deps.checkOauth({
    method: 'POST',
    url: call.origin + call.path,
    authorization: call.authorization,
    bodyPairs: call.form.pairs,
  });
  if (verdict.kind === 'forbidden') return verdict;
  if (!ownsEndpoint(verdict.merchant, call.endpoint)) return notYourEndpoint(call);
  return act(verdict.merchant);
}

function check(deps: Deps, call: Call, merchant: Merchant): Answer {
  if (!deps.behaviour.current().echo) return checkFields(deps, call, merchant);
  const echo = echoOf(call.form);
  const answer = checkFields(deps, call, merchant, { echo });
  return answer.kind === 'refused' ? { ...answer, echo } : answer;
}

function checkFields(
  { bank, behaviour }: Deps,
  call: Call,
  merchant: Merchant,
  echoed: { echo?: string } = {},
): Answer {
  if (behaviour.current().refuseChecks) {
    return refuse('checks_refused', 'the endpoint takes no payout');
  }
  const fields = readCheckFields(call.form);
  if (fields.kind === 'invalid') return refuse('invalid_field', fields.message);
  const { request } = fields;
  if (endingOf(request.amount, request.currency).afterCheck === null) {
    return refuse('refused_amount', 'amount is not accepted by the bank');
  }
  const isKnown = bank.findNewest(merchant.login, request.clientOrderId) !== undefined;
  if (isKnown && behaviour.current().uniqueClientOrderId) {
    return refuse('duplicate_client_orderid', 'client_orderid was used before');
  }
  const order = bank.open(merchant.login, call.endpoint, { ...request, ...echoed });
  return accepted(order, { 'end-point-id': endpointTaking(call.endpoint, merchant) });
}

function pay({ bank }: Deps, call: Call, merchant: Merchant): Answer {
  if (call.form.get('login') !== merchant.login) {
    return refuse('invalid_field', 'login is missing or not the one that signed');
  }
  if (call.form.get('orderid') === '') return refuse('invalid_field', 'orderid is missing');
  const order = findOrder(bank, call, merchant);
  if (order === undefined) return refuse('order_not_found', 'there is no such order');
  if (!isSameEndpoint(order, call)) return otherEndpoint();
  const verdict = bank.pay(order);
  return verdict === 'accepted' ? accepted(order, {}) : refuse(verdict, PAY_REFUSALS[verdict]);
}

function status({ merchants, bank, behaviour, clock }: Deps, call: Call): Answer {
  const { form } = call;
  const merchant = merchants.get(form.get('login'));
  if (merchant === undefined) return refuse('unknown_login', 'login is unknown');
  const signed = {
    login: form.get('login'),
    clientOrderId: form.get('client_orderid'),
    orderId: form.get('orderid'),
    control: form.get('control'),
  };
  if (!isStatusControl(signed, merchant.controlKey)) {
    return refuse('wrong_control', 'control does not match');
  }
  if (!ownsEndpoint(merchant, call.endpoint)) return notYourEndpoint(call);
  const order = findOrder(bank, call, merchant);
  if (order === undefined) return refuse('order_not_found', 'there is no such order');
  if (!isSameEndpoint(order, call)) return otherEndpoint();
  const shown = shownAt(order, clock() - behaviour.current().statusLagMs);
  return { kind: 'answered', fields: statusFields(shown, call.formOrigin) };
}

/**
 * Finds an order by both ids where `orderid` is given, otherwise the newest order with this
 * client_orderid.
 */
function findOrder(bank: Bank, call: Call, merchant: Merchant): Order | undefined {
  const clientOrderId = call.form.get('client_orderid');
  const orderId = call.form.get('orderid');
  if (orderId === '') return bank.findNewest(merchant.login, clientOrderId);
  const order = bank.find(orderId);
  const isTheirs = order?.login === merchant.login && order.clientOrderId === clientOrderId;
  return isTheirs ? order : undefined;
}

function accepted(order: Order, more: Fields): Answer {
  return {
    kind: 'answered',
    fields: {
      type: 'async-response',
      'merchant-order-id': order.clientOrderId,
      'paynet-order-id': order.orderId,
      ...more,
    },
  };
}

function statusFields(order: Order, formOrigin: string): Fields {
  return {
    type: 'status-response',
    'merchant-order-id': order.clientOrderId,
    // A number here and a text in the other replies: in JSON the real gateway writes both.
    'paynet-order-id': Number(order.orderId),
    status: order.status,
    'order-stage': order.stage,
    amount: order.amount,
    currency: order.currency,
    'transaction-type': 'payout',
    ...(order.form?.isOpen === true && {
      'redirect-to': formOrigin + formPathOf(order.form.token),
    }),
    ...(order.processorTxId !== null && { 'processor-tx-id': order.processorTxId }),
    ...(order.reason !== null && {
      'error-message': `${order.reason.message}${order.echo ?? ''}`,
      'error-code': order.reason.code,
    }),
  };
}

/** A group passes the order to one of its endpoints; which one has no meaning here. */
function endpointTaking(endpoint: Endpoint, merchant: Merchant): string {
  return endpoint.form === 'endpoint' ? endpoint.id : (merchant.endpointIds[0] ?? endpoint.id);
}

function isSameEndpoint(order: Order, call: Call): boolean {
  return order.endpoint.form === call.endpoint.form && order.endpoint.id === call.endpoint.id;
}

function notYourEndpoint(call: Call): Answer {
  return refuse('wrong_endpoint', `this ${call.endpoint.form} is not the merchant's`);
}

function otherEndpoint(): Answer {
  return refuse('other_endpoint', 'the order was checked on another endpoint or group');
}
