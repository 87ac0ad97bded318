/**
 * The bank's form behind `redirect-to`. The receiver's input is only checked for presence; it is
 * neither stored nor shown.
 */

import type { FastifyInstance, FastifyReply } from 'fastify';
import type { Bank } from '../bank/bank.ts';
import { formPathOf, type Order } from '../bank/order.ts';
import { type Form, parseForm } from '../form.ts';
import type { Merchants } from '../merchants.ts';
import { FORM_FIELDS, renderForm, renderNotFound, renderReturn } from './form-pages.ts';

interface FormRequest {
  Params: { token: string };
  Body: Form | undefined;
}

export function addFormRoutes(
  app: FastifyInstance,
  deps: { readonly bank: Bank; readonly merchants: Merchants },
): void {
  const path = formPathOf(':token');
  const returnPage = (order: Order) =>
    renderReturn(order, deps.merchants.get(order.login)?.controlKey ?? '');

  app.get<FormRequest>(path, (request, reply) => {
    const { token } = request.params;
    const order = deps.bank.findByFormToken(token);
    if (order === undefined) return sendPage(reply, 404, renderNotFound());
    const isOpen = order.form?.isOpen === true;
    return sendPage(reply, 200, isOpen ? renderForm(order, token, null) : returnPage(order));
  });

  app.post<FormRequest>(path, (request, reply) => {
    const { token } = request.params;
    const order = deps.bank.findByFormToken(token);
    if (order === undefined) return sendPage(reply, 404, renderNotFound());
    const form = request.body ?? parseForm('');
    if (FORM_FIELDS.some(({ name }) => form.get(name) === '')) {
      return sendPage(reply, 422, renderForm(order, token, 'Please fill in both fields.'));
    }
    deps.bank.submitForm(order);
    return sendPage(reply, 200, returnPage(order));
  });
}

function sendPage(reply: FastifyReply, httpStatus: number, html: string): FastifyReply {
  return reply.code(httpStatus).type('text/html;charset=utf-8').send(html);
}
