/**
 * The OpenAPI document, made from the routes' own schemas, and Swagger UI for it. What is added to
 * the generated document is decided in enrich.ts.
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

**Creating.** A create needs an \`Idempotency-Key\`. Retry it with the same key and the same body
as often as needed: one payout is created, and every retry gets the first response.

**Following.** \`status\` is the state of a payout, \`final\` whether the status can still change,
and \`money_moved\` whether the receiver was paid. To learn of changes, wait for them
(\`Prefer: wait=N\`, or \`after_version\` and \`wait\` on a read), read the feed of events, or
receive UpdatePayout.

**Versions.** Every visible change adds one to \`version\`, which is the \`ETag\`. A command with
\`If-Match\` is carried out only while the payout has that version.

**Errors** are \`application/problem+json\`. Branch on \`code\`, not on the text. \`type\` is the
address of a page that explains what happened, whether the outcome is known, and whether to retry.
Requests that cannot be read as HTTP get the same form: 408, 431 and 400.

**Compatibility.** Responses may gain fields and values; no field is removed or changes its type.
A code word in a response is an open string: its description and \`x-extensible-enum\` list the
values of this version, and your program has to accept others. Amounts are decimal text in major
units. Times are RFC 3339 in UTC.

**Texts** are Unicode. A length is the number of code points, as JSON Schema counts it: an emoji has
one or more of them, and a letter with a separate combining mark has two. Requests must not have
control characters or line ends in them, and a text that must not be empty needs more than blanks.`;

/**
 * A person types an API key into the page, so only its own scripts may run in it, and it may call
 * only this service. Its styles are inline.
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
 * Adds two facts to an operation: the scope that it needs, in the place where OpenAPI 3.1 lists the
 * roles of a key, and whether its body is optional. @fastify/swagger declares every body required.
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

/** Makes the document from the routes that are added afterwards; registerDocs serves it. */
export async function registerOpenApi(server: HttpServer): Promise<void> {
  await server.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: PRODUCT_NAME, version: '1.0.0', description },
      servers: [
        {
          url: server.publicPath('') || '/',
          description: 'The service that serves this document.',
        },
      ],
      tags: [
        { name: 'payouts', description: 'Create payouts, follow, cancel and release them.' },
        { name: 'events', description: 'Every change of every payout, in order.' },
        {
          name: 'operator',
          description: 'The decisions of an operator: resolve, acknowledge, pause.',
        },
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
          // Not `cashier`: generators give schemas and schemes one name space without case.
          cashierBasic: {
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
}

/**
 * Serves the document, and the page that shows it. `canTry`: the page may send requests, since it
 * is on the port of the API; its policy lets it call no other.
 */
export async function registerDocs(server: HttpServer, canTry: boolean): Promise<void> {
  await server.register(swaggerUi, {
    routePrefix: DOCS_PATH,
    // A key that was typed in is forgotten with the page: the browser's storage would keep it for
    // the next person at the machine. Every operation opens ready to try. The layout is the one
    // without a top bar, since the page has its own.
    uiConfig: {
      persistAuthorization: false,
      tryItOutEnabled: canTry,
      ...(canTry ? {} : { supportedSubmitMethods: [] }),
      layout: 'BaseLayout',
    },
    uiHooks: { preHandler: answerDocsPage },
    theme: { js: [colorSchemeScript] },
    logo: { type: 'image/svg+xml', content: icon },
    staticCSP: DOCS_CSP,
  });
  server.get('/openapi.json', { schema: { hide: true } }, async () => server.swagger());
}
