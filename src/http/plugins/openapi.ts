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
import { updatePayoutWebhook } from '../schema/update-payout.ts';
import type { HttpShell } from '../shell.ts';
import { tidyDocument } from '../tidy-document.ts';

const description = `Pays people through the Payneteasy gateway with the bank's confirmation.

Every request needs an API key as a bearer token. Amounts are decimal text in major units. Errors
are \`application/problem+json\`; branch on \`code\`, not on the text.`;

const namedSchemas = createJsonSchemaTransformObject({ schemaRegistry: z.globalRegistry });

export async function registerOpenApi(app: HttpShell): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: 'Payout service', version: '1.0.0', description },
      tags: [
        { name: 'payouts', description: 'Ask for payouts, follow them, stop or release them.' },
        { name: 'operator', description: 'What a person decides: resolve, acknowledge, pause.' },
        { name: 'cashier', description: 'UpdatePayout, in both directions.' },
        { name: 'health', description: 'For orchestrators and load balancers.' },
      ],
      components: {
        securitySchemes: {
          apiKey: { type: 'http', scheme: 'bearer' },
          cashier: { type: 'http', scheme: 'basic' },
        },
      },
      webhooks: { UpdatePayout: updatePayoutWebhook },
      security: [{ apiKey: [] }],
    },
    transform: createJsonSchemaTransform({ skipList: ['/docs', '/docs/*'] }),
    transformObject: (document) => tidyDocument(namedSchemas(document)),
  });
  await app.register(swaggerUi, { routePrefix: '/docs' });
  app.get('/openapi.json', { schema: { hide: true } }, async () => app.swagger());
}
