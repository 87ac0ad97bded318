/**
 * The HTML that the receiver's browser sees: the bank's form, and the page that returns the browser
 * to the merchant by a form POST. Plain HTML that works without scripts.
 */

import { formPathOf, type Order } from '../bank/order.ts';
import { outcomeControl } from './control-check.ts';

/** The fields of the form; the values are checked and discarded. */
export const FORM_FIELDS = [
  { name: 'receiver_name', label: 'Your name as the bank knows it' },
  { name: 'confirmation_code', label: 'Confirmation code (any)' },
] as const;

export function renderForm(order: Order, token: string, problem: string | null): string {
  const inputs = FORM_FIELDS.map(
    ({ name, label }) => `<p><label>${label}<br><input name="${name}" required></label></p>`,
  ).join('\n');
  return renderPage(
    'Confirm your payout',
    `<p>You are about to receive ${escapeHtml(`${order.amount} ${order.currency}`)}.</p>
${problem === null ? '' : `<p role="alert">${escapeHtml(problem)}</p>`}
<form method="post" action="${formPathOf(token)}">
${inputs}
<p><button type="submit">Confirm</button></p>
</form>`,
  );
}

/**
 * payneteasy: the final redirect is a form POST by the browser to redirect_url, whatever came out.
 */
export function renderReturn(order: Order, controlKey: string): string {
  if (order.redirectUrl === null) {
    return renderPage('Thank you', '<p>You can close this window now.</p>');
  }
  const hidden = Object.entries(finalRedirectFields(order, controlKey))
    .map(([name, value]) => `<input type="hidden" name="${name}" value="${escapeHtml(value)}">`)
    .join('\n');
  return renderPage(
    'Thank you',
    `<form method="post" action="${escapeHtml(order.redirectUrl)}">
${hidden}
<p><button type="submit">Back to the merchant</button></p>
</form>
<script>document.forms[0].submit()</script>`,
  );
}

export function renderNotFound(): string {
  return renderPage('Not found', '<p>There is no such form.</p>');
}

function finalRedirectFields(order: Order, controlKey: string): Readonly<Record<string, string>> {
  return {
    status: order.status,
    orderid: order.orderId,
    merchant_order: order.clientOrderId,
    client_orderid: order.clientOrderId,
    // payneteasy: the text null stands for no error.
    error_message: order.reason?.message ?? 'null',
    ...(order.reason !== null && { error_code: String(order.reason.code) }),
    descriptor: 'simulator',
    ...(order.processorTxId !== null && { 'processor-tx-id': order.processorTxId }),
    amount: order.amount,
    type: 'payout',
    control: outcomeControl(order, controlKey),
  };
}

function renderPage(title: string, body: string): string {
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>${title}</title></head>
<body>
<h1>${title}</h1>
${body}
</body>
</html>
`;
}

function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
