/**
 * Every page that a person sees: accessible by axe-core, in the one stylesheet, under the product's
 * name. What the pages say is tested with the routes that show them. Of /docs this is the page as
 * it is served: what Swagger UI draws into it runs in no test.
 */

import { JSDOM } from 'jsdom';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { problemCodes } from '../../../src/flow/api/request-problem.ts';
import { registerDocs, registerOpenApi } from '../../../src/http/openapi/plugin.ts';
import { type ReceiverPage, sendReceiverPage } from '../../../src/http/pages/receiver.ts';
import { problemAddress } from '../../../src/http/problems/body.ts';
import { findViolations } from '../../support/axe.ts';
import { createBareServer } from '../bare-server.ts';

/** Total, so that a new page does not compile before it is checked here. */
const receiverPages: Record<ReceiverPage, string> = {
  thanks: '/returns/payneteasy/thanks',
  notFound: '/returns/payneteasy/below/notFound',
  notAccepted: '/returns/payneteasy/notAccepted',
  openedDirectly: '/returns/payneteasy/openedDirectly',
  tooMany: '/returns/payneteasy/tooMany',
  wrong: '/returns/payneteasy/wrong',
};

const { server } = createBareServer();
beforeAll(async () => {
  for (const [name, url] of Object.entries(receiverPages)) {
    server.get(url, (_, reply) => sendReceiverPage(reply, 200, name as ReceiverPage));
  }
  await registerOpenApi(server);
  await registerDocs(server, true);
});
afterAll(() => server.close());

const ownPages = [...problemCodes.map(problemAddress), ...Object.values(receiverPages)];
const docsPages = ['/docs', '/docs/'];
const pages = [...ownPages, ...docsPages];

async function load(path: string) {
  const reply = await server.inject(path);
  const { window } = new JSDOM(reply.body, { url: `http://service.test${path}` });
  return { reply, document: window.document };
}

const loaded = new Map<string, ReturnType<typeof load>>();

/** Loads each page once: jsdom takes its time. */
function read(path: string): ReturnType<typeof load> {
  const page = loaded.get(path) ?? load(path);
  loaded.set(path, page);
  return page;
}

const pathOf = (href: string): string => new URL(href).pathname;

describe.each(pages)('%s', (path) => {
  it('has no violation that axe-core finds', async () => {
    expect(await findViolations((await read(path)).reply.body)).toEqual([]);
  });

  it('names the product and no framework, and has one main with one h1', async () => {
    const { reply, document } = await read(path);
    expect(reply.headers['content-type']).toBe('text/html; charset=utf-8');
    expect(document.title).toMatch(/ – Payout service$/);
    expect(document.querySelector('header')?.textContent).toBe('Payout service');
    expect(document.documentElement.lang).toBe('en');
    expect(document.querySelectorAll('main')).toHaveLength(1);
    expect(document.querySelectorAll('h1')).toHaveLength(1);
    expect(document.querySelector('main h1')).not.toBeNull();
    const viewport = document.querySelector('meta[name=viewport]')?.getAttribute('content');
    expect(viewport).toBe('width=device-width, initial-scale=1');
    expect(`${document.title} ${document.body.textContent}`).not.toMatch(/swagger|fastify/i);
  });

  it('loads the stylesheet and the icon from this service, to be kept for good', async () => {
    const { document } = await read(path);
    const hrefOf = (link: HTMLLinkElement | null) => pathOf(link?.href ?? 'http://service.test/');
    const sheet = hrefOf(document.querySelector('link[href*=assets][rel=stylesheet]'));
    const icons = [...document.querySelectorAll<HTMLLinkElement>('link[rel~=icon]')].map(hrefOf);
    expect(sheet).toMatch(/^\/assets\/pages-[0-9a-f]{16}\.css$/);
    expect(icons).toEqual([expect.stringMatching(/^\/assets\/icon-[0-9a-f]{16}\.svg$/)]);
    for (const [file, type] of [
      [sheet, 'text/css; charset=utf-8'],
      [icons[0] ?? '', 'image/svg+xml; charset=utf-8'],
    ] as const) {
      const { statusCode, headers } = await server.inject(file);
      expect([statusCode, headers['content-type']]).toEqual([200, type]);
      expect(headers['cache-control']).toBe('public, max-age=31536000, immutable');
      expect(headers['x-content-type-options']).toBe('nosniff');
    }
  });

  it('has only links that lead somewhere', async () => {
    const { document } = await read(path);
    const links = [...document.querySelectorAll('a')].map(({ href }) => pathOf(href));
    const scripts = [...document.querySelectorAll('script')].map(({ src }) => pathOf(src));
    for (const each of [...links, ...scripts]) {
      expect([each, (await server.inject(each)).statusCode]).toEqual([each, 200]);
    }
  });
});

describe('the policy', () => {
  it.each(ownPages)('of %s allows no script and nothing inline', async (path) => {
    const { reply, document } = await read(path);
    const policy = `${reply.headers['content-security-policy']}`.split('; ');
    expect(policy).toEqual(
      expect.arrayContaining(["default-src 'none'", "style-src 'self'", "img-src 'self'"]),
    );
    expect(policy.join(' ')).not.toContain('unsafe');
    expect(document.querySelector('script, style, [style], [onclick]')).toBeNull();
    // The way back from the gateway's form may happen in a frame of the platform's own page.
    const isFramed = path.startsWith('/returns/');
    expect(policy.includes("frame-ancestors 'none'")).toBe(!isFramed);
  });
});

describe('the page of the API', () => {
  it('is without the top bar and the logo of Swagger UI', async () => {
    const { body } = await server.inject('/docs/static/swagger-initializer.js');
    expect(body).toContain('"layout":"BaseLayout"');
    const [, logo = ''] = /data:image\/svg\+xml;base64,([\w+/=]+)/.exec(body) ?? [];
    expect(Buffer.from(logo, 'base64').toString()).toBe(
      (await server.inject((await iconPath()) ?? '')).body,
    );
  });

  it('follows the colour scheme of the reader', async () => {
    const { document } = await read('/docs');
    const [first] = [...document.querySelectorAll('head script')];
    const script = await server.inject(pathOf((first as HTMLScriptElement).src));
    const { window } = new JSDOM('', { runScripts: 'outside-only' });
    let listener = (): void => undefined;
    const media = {
      matches: true,
      addEventListener: (_: string, to: () => void) => (listener = to),
    };
    Object.assign(window, { matchMedia: () => media });
    window.eval(script.body);
    const { classList } = window.document.documentElement;
    expect(classList.contains('dark-mode')).toBe(true);
    media.matches = false;
    listener();
    expect(classList.contains('dark-mode')).toBe(false);
  });
});

const iconPath = async () => {
  const { document } = await read('/docs');
  const icon = document.querySelector<HTMLLinkElement>('link[rel=icon]');
  return icon === null ? undefined : pathOf(icon.href);
};

it('another hash is another file, which is not there', async () => {
  const reply = await server.inject('/assets/pages-0000000000000000.css');
  expect(reply.json()).toMatchObject({ code: 'ROUTE_NOT_FOUND' });
  expect(reply.headers['cache-control']).toBe('no-store');
});

it('axe-core does find what is wrong in a page', async () => {
  const wrong = '<html><head><title>t</title></head><body><main><img src="x"></main></body></html>';
  const found = await findViolations(wrong);
  expect(found).toEqual(expect.arrayContaining([expect.stringMatching(/^html-has-lang: /)]));
  expect(found).toContain('image-alt: <img src="x">');
});
