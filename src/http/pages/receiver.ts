/**
 * The pages that a receiver of money sees on the way back from the gateway's form, where the payout
 * has no return address. They show nothing of the payout: a return is only a hint, and the visitor
 * may be someone other than its receiver.
 */

import type { FastifyReply } from 'fastify';
import { escapeHtml, sendPage } from './html-page.ts';

const CLOSE = 'You can close this page now.';
const UNTOUCHED = 'This does not change your payout.';

const receiverPages = {
  thanks: { title: 'Thank you', text: `There is nothing more to do here. ${CLOSE}` },
  notFound: {
    title: 'Page not found',
    text: `There is no payout at this address. ${CLOSE}`,
  },
  notAccepted: {
    title: 'Your visit could not be confirmed',
    text: `This page opens by itself after the payout form. ${UNTOUCHED} ${CLOSE}`,
  },
  openedDirectly: {
    title: 'Nothing to show here',
    text: `This page opens by itself after the payout form. ${UNTOUCHED} ${CLOSE}`,
  },
  tooMany: { title: 'Too many visits', text: 'Please try again in a minute.' },
  wrong: {
    title: 'Something went wrong',
    text: `This page could not be shown. ${UNTOUCHED} ${CLOSE}`,
  },
} as const;

export type ReceiverPage = keyof typeof receiverPages;

/** The page for a fault, which only its HTTP status tells apart. */
export function pageOfFault(status: number): ReceiverPage {
  if (status === 404) return 'notFound';
  if (status === 405) return 'openedDirectly';
  return status === 429 ? 'tooMany' : 'wrong';
}

/** May be framed: a platform can show the gateway's form, and so the way back, inside its own. */
export function sendReceiverPage(
  reply: FastifyReply,
  status: number,
  name: ReceiverPage,
): FastifyReply {
  const { title, text } = receiverPages[name];
  const content = `<main class="text">
<h1>${escapeHtml(title)}</h1>
<p>${escapeHtml(text)}</p>
</main>`;
  reply.code(status).header('cache-control', 'no-store');
  return sendPage(reply, { title, content }, 'anywhere');
}
