/** The receiver's form, used as a browser without scripts would use it. */

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Values } from './client.ts';
import { CONTROL_KEY, payOrder, sha1, startSimulator, until, untilStage } from './client.ts';

const RETURN_URL = 'https://merchant.example/returns?a=1&b="2"';
let simulator: Awaited<ReturnType<typeof startSimulator>>;

beforeAll(async () => {
  simulator = await startSimulator();
});

afterAll(() => simulator.close());

/** Pays an order that needs the form and gives the form's address. */
async function reachForm(body: Values = {}) {
  const { ids } = await payOrder(simulator.client, { amount: '20.07', ...body });
  const redirectTo = await until('redirect-to', async () => {
    const { fields } = await simulator.client.status(ids);
    return fields['redirect-to'];
  });
  return { ids, redirectTo };
}

async function open(url: string, values?: Values) {
  const body = values && new URLSearchParams(values);
  const response = await fetch(url, body ? { method: 'POST', body } : {});
  return { httpStatus: response.status, html: await response.text() };
}

function unescape(text: string): string {
  return text.replaceAll('&quot;', '"').replaceAll('&amp;', '&');
}

function formOf(html: string) {
  const action = unescape(/<form method="post" action="([^"]*)">/.exec(html)?.[1] ?? '');
  const inputs = [...html.matchAll(/<input[^>]* name="([^"]*)"(?: value="([^"]*)")?/g)];
  const values = Object.fromEntries(
    inputs.map(([, name = '', value = '']) => [name, unescape(value)]),
  );
  return { action, values };
}

describe("the receiver's form", () => {
  it('keeps the order processing until it is posted, then brings the browser back', async () => {
    const { ids, redirectTo } = await reachForm({ redirect_url: RETURN_URL });
    expect(redirectTo).toMatch(new RegExp(`^${simulator.url}/paynet/form/[0-9a-f]{32}$`));
    const page = await open(redirectTo);
    expect(page.httpStatus).toBe(200);
    const form = formOf(page.html);
    expect(Object.keys(form.values)).toEqual(['receiver_name', 'confirmation_code']);
    const waiting = await simulator.client.status(ids);
    expect(waiting.fields).toMatchObject({
      status: 'processing',
      'order-stage': 'payout_processing',
    });

    const posted = await open(new URL(form.action, redirectTo).href, {
      receiver_name: 'José O’Neil',
      confirmation_code: '1234',
    });
    expect(posted.html).toContain('<button type="submit">');
    expect(posted.html).not.toContain('O’Neil');
    const back = formOf(posted.html);
    expect(back.action).toBe(RETURN_URL);
    expect(back.values).toMatchObject({
      status: 'approved',
      orderid: ids.orderid,
      client_orderid: ids.client_orderid,
      merchant_order: ids.client_orderid,
      error_message: 'null',
      control: sha1(`approved${ids.orderid}${ids.client_orderid}${CONTROL_KEY}`),
    });
    const end = await untilStage(simulator.client, ids, 'payout_approved');
    expect(end).not.toHaveProperty('redirect-to');
  });

  it('pays once when it is posted twice', async () => {
    const { ids, redirectTo } = await reachForm();
    const values = { receiver_name: 'x', confirmation_code: 'y' };
    await open(redirectTo, values);
    const again = await open(redirectTo, values);
    expect(again.httpStatus).toBe(200);
    expect((await open(redirectTo)).html).toContain('You can close this window');
    const paid = simulator.control.ledger().filter(({ orderId }) => orderId === ids.orderid);
    expect(paid).toHaveLength(1);
  });

  it('is shown again when a field is empty, and nothing happens', async () => {
    const { ids, redirectTo } = await reachForm();
    const page = await open(redirectTo, { receiver_name: 'x', confirmation_code: ' ' });
    expect(page.httpStatus).toBe(422);
    expect(page.html).toContain('fill in both fields');
    const { fields } = await simulator.client.status(ids);
    expect(fields).toMatchObject({ status: 'processing', 'redirect-to': redirectTo });
  });

  it('does not exist under another token', async () => {
    const page = await open(`${simulator.url}/paynet/form/unknown`);
    expect(page.httpStatus).toBe(404);
    const posted = await open(`${simulator.url}/paynet/form/unknown`, { receiver_name: 'x' });
    expect(posted.httpStatus).toBe(404);
  });
});
