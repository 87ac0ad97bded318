/**
 * The gateway's HTTP side: paths in both forms, faults, reply encodings, and the list of received
 * requests. That list never contains receiver data, only two order ids and the outcome of the
 * request.
 */

import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { BehaviourStore } from '../behaviour.ts';
import type { BoundedLog } from '../bounded-log.ts';
import {
  aboutOtherOrder,
  COMMANDS,
  type Command,
  type FaultKind,
  hasEffect,
  playFault,
  takeFault,
} from '../faults.ts';
import { type Form, parseForm } from '../form.ts';
import type { Endpoint } from '../merchants.ts';
import { describeAnswer, encodeAnswer, wantsJson } from '../wire.ts';
import type { Commands } from './gateway-commands.ts';

export interface ReceivedRequest {
  readonly at: string;
  readonly command: Command;
  readonly endpoint: Endpoint;
  readonly clientOrderId: string;
  readonly orderId: string;
  readonly serialNumber: string;
  readonly fault: FaultKind | null;
  /** The type of the reply and its reason; `no effect` where a fault came first. */
  readonly result: string;
}

interface Deps {
  readonly commands: Commands;
  readonly behaviour: BehaviourStore;
  readonly requests: BoundedLog<ReceivedRequest>;
  readonly clock: () => number;
  /**
   * The address of the form for a browser; null: the address at which the caller reached the
   * gateway.
   */
  readonly publicUrl: string | null;
}

interface EndpointRequest {
  Params: { id: string };
  Body: Form | undefined;
}

/** payneteasy: the v4 commands are signed with OAuth, v2/status with a control. */
const PATHS: Readonly<Record<Command, string>> = {
  'payout-check': '/paynet/api/v4/payout-check',
  'payout-pay': '/paynet/api/v4/payout-pay',
  status: '/paynet/api/v2/status',
};

/** Ids in the list of received requests are cut here, since they are read before validation. */
const ID_SHOWN_MAX = 128;

export function addGatewayRoutes(app: FastifyInstance, deps: Deps): void {
  const nextSerialNumber = createSerialNumbers();
  for (const command of COMMANDS) {
    for (const form of ['endpoint', 'group'] as const) {
      const path = form === 'group' ? `${PATHS[command]}/group/:id` : `${PATHS[command]}/:id`;
      app.post<EndpointRequest>(path, (request, reply) => {
        const endpoint: Endpoint = { form, id: request.params.id };
        receive(deps, { command, endpoint, serialNumber: nextSerialNumber() }, request, reply);
      });
    }
  }
}

function receive(
  deps: Deps,
  received: Pick<ReceivedRequest, 'command' | 'endpoint' | 'serialNumber'>,
  request: FastifyRequest<EndpointRequest>,
  reply: FastifyReply,
): void {
  const { command, endpoint, serialNumber } = received;
  const form = request.body ?? parseForm('');
  const fault = takeFault(deps.behaviour.current().faults, command);
  const note = (result: string) =>
    deps.requests.add({
      ...received,
      at: new Date(deps.clock()).toISOString(),
      clientOrderId: form.get('client_orderid').slice(0, ID_SHOWN_MAX),
      orderId: form.get('orderid').slice(0, ID_SHOWN_MAX),
      fault,
      result,
    });
  if (fault !== null && fault !== 'other_order' && !hasEffect(fault)) {
    note('no effect');
    playFault(reply, fault, null);
    return;
  }
  const { host = 'localhost', authorization, accept } = request.headers;
  const origin = `http://${host.toLowerCase().replace(/:80$/, '')}`;
  const formOrigin = deps.publicUrl ?? origin;
  const path = request.raw.url?.split('?')[0] ?? '';
  const call = { endpoint, form, origin, formOrigin, path, authorization };
  const answer = deps.commands[command](call);
  note(describeAnswer(answer));
  const told = fault === 'other_order' ? aboutOtherOrder(answer) : answer;
  const encoded = encodeAnswer(told, serialNumber, wantsJson(accept));
  if (fault !== null && fault !== 'other_order') {
    playFault(reply, fault, encoded);
    return;
  }
  void reply.code(encoded.httpStatus).type(encoded.contentType).send(encoded.body);
}

/** payneteasy: serial-number is the id of one request, 36 characters, shaped like a UUID. */
function createSerialNumbers(): () => string {
  let last = 0;
  return () => {
    last += 1;
    return `00000000-0000-0000-0000-${last.toString(16).padStart(12, '0')}`;
  };
}
