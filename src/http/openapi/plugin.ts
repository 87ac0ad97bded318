/**
 * The OpenAPI document, made from the routes' own schemas, and Swagger UI over it.
 */

import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import {
  createJsonSchemaTransform,
  createJsonSchemaTransformObject,
} from 'fastify-type-provider-zod';
import { z } from 'zod';
import { PRODUCT_NAME } from '../pages/html-page.ts';
import { icon } from '../pages/stylesheet.ts';
import { mayBeLeftOut } from '../plugins/json-body.ts';
import { updatePayoutWebhook } from '../schema/update-payout.ts';
import type { HttpServer } from '../server.ts';
import { answerDocsPage, colorSchemeScript, DOCS_PATH } from './docs-page.ts';
import { BODY_OPTIONAL, enrichDocument, renameInputs } from './enrich.ts';
import { tidyDocument } from './tidy.ts';

const description = `Pays people through the Payneteasy gateway with the bank's confirmation: never
twice, never lost, never guessed.

**Keys.** Every request carries an API key as a bearer token; each operation names the scope that
it needs.

**Creating.** A create needs an \`Idempotency-Key\`. Repeat it with the same key and the same body
as often as needed: it is taken once, and every repeat gets the first answer.

**Following.** \`status\` says where a payout stands, \`final\` whether it can still change, and
\`money_moved\` whether the receiver was paid. Learn of changes by waiting (\`Prefer: wait=N\`, or
\`after_version\` and \`wait\` on a read), from the feed of events, or from UpdatePayout.

**Versions.** Every change that can be seen adds one to \`version\`, which is the \`ETag\`. A
command with \`If-Match\` is done only while the payout has that version.

**Errors** are \`application/problem+json\`; branch on \`code\`, not on the text. \`type\` is the
address of a page that says what happened, whether the outcome is known, and whether to try again.
Requests that cannot be read as HTTP get the same form: 408, 431 and 400.

**Compatibility.** Answers may gain fields and values; nothing is taken away or changes its type.
A word in an answer is an open string: its description and \`x-extensible-enum\` list the values of
this version, and a program has to live with others. Amounts are decimal text in major units; times
are RFC 3339 in UTC.`;

/**
 * The page keeps an API key, so nothing but its own scripts may run beside it, and it may call
 * nobody but this service. Its styles are inline.
 */
const DOCS_CSP = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

const toJsonSchema = createJsonSchemaTransform({ skipList: [DOCS_PATH, `${DOCS_PATH}/*`] });

/**
 * An operation names the scope it needs, as OpenAPI 3.1 lets roles of a key be listed, and tells
 * whether its body may be left out, which @fastify/swagger believes of none.
 */
const withFacts: typeof toJsonSchema = (input) => {
  const { schema, url } = toJsonSchema(input);
  const scope = input.route.config?.scope;
  const isBodyOptional = mayBeLeftOut(input.schema?.body);
  return {
    url,
    schema: {
      ...schema,
      ...(scope === undefined ? {} : { security: [{ apiKey: [scope] }] }),
      ...(isBodyOptional ? { [BODY_OPTIONAL]: true } : {}),
    },
  };
};

const namedSchemas = createJsonSchemaTransformObject({ schemaRegistry: z.globalRegistry });

export async function registerOpenApi(server: HttpServer): Promise<void> {
  await server.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: PRODUCT_NAME, version: '1.0.0', description },
      servers: [{ url: '/', description: 'The service that serves this document.' }],
      tags: [
        { name: 'payouts', description: 'Ask for payouts, follow them, stop or release them.' },
        { name: 'events', description: 'Every change of every payout, in one order.' },
        { name: 'operator', description: 'What a person decides: resolve, acknowledge, pause.' },
        { name: 'cashier', description: 'UpdatePayout, in both directions.' },
        { name: 'health', description: 'For orchestrators and load balancers.' },
      ],
      components: {
        securitySchemes: {
          apiKey: {
            type: 'http',
            scheme: 'bearer',
            description: 'An API key. `npm run sandbox` prints one; `npm run keygen` makes one.',
          },
          cashier: {
            type: 'http',
            scheme: 'basic',
            description: 'Only UpdatePayout, and only where PRAXIS_BASIC_AUTH is set.',
          },
        },
      },
      webhooks: { UpdatePayout: updatePayoutWebhook },
      security: [{ apiKey: [] }],
    },
    transform: withFacts,
    transformObject: (document) =>
      renameInputs(tidyDocument(enrichDocument({ ...namedSchemas(document) }))),
  });
  await server.register(swaggerUi, {
    routePrefix: DOCS_PATH,
    // The key survives a reload of the page, and every operation can be tried at once. The layout
    // is the one without a top bar, since the page has its own.
    uiConfig: { persistAuthorization: true, tryItOutEnabled: true, layout: 'BaseLayout' },
    uiHooks: { preHandler: answerDocsPage },
    theme: { js: [colorSchemeScript] },
    logo: { type: 'image/svg+xml', content: icon },
    staticCSP: DOCS_CSP,
  });
  server.get('/openapi.json', { schema: { hide: true } }, async () => server.swagger());
}
