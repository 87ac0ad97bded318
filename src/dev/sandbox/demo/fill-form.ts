/**
 * Fills in the gateway's form as the receiver's browser would: it reads the page, submits its form,
 * and submits the page that leads back to the service.
 */

type Form = { action: string; fields: URLSearchParams };

const TIMEOUT_MS = 10_000;

const unescapeHtml = (text: string): string =>
  text
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&');

const attribute = (tag: string, name: string): string | null => {
  const found = new RegExp(`\\s${name}="([^"]*)"`).exec(tag)?.[1];
  return found === undefined ? null : unescapeHtml(found);
};

/** The first form of a page, with a made-up value in every field that is empty. */
function readForm(html: string, base: string): Form {
  const tag = /<form[^>]*>/.exec(html)?.[0];
  if (tag === undefined) throw new Error('the page has no form');
  const fields = new URLSearchParams();
  for (const [input] of html.matchAll(/<input[^>]*>/g)) {
    const name = attribute(input, 'name');
    if (name !== null) fields.append(name, attribute(input, 'value') ?? 'Demo');
  }
  return { action: new URL(attribute(tag, 'action') ?? '', base).href, fields };
}

const submit = ({ action, fields }: Form): Promise<Response> =>
  fetch(action, {
    method: 'POST',
    body: fields,
    redirect: 'manual',
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });

/** Does every step from the gateway's form back to the service; throws where a step fails. */
export async function fillForm(redirectUrl: string): Promise<void> {
  const page = await fetch(redirectUrl, { signal: AbortSignal.timeout(TIMEOUT_MS) });
  const leadsBack = await submit(readForm(await page.text(), redirectUrl));
  if (!leadsBack.ok) throw new Error(`the gateway's form answered ${leadsBack.status}`);
  const returned = await submit(readForm(await leadsBack.text(), redirectUrl));
  if (returned.status !== 303 && returned.status !== 200) {
    throw new Error(`the way back answered ${returned.status}`);
  }
}
