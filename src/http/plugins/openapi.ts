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
import type { HttpShell } from '../shell.ts';

const description = `Pays people through the Payneteasy gateway with the bank's confirmation.

Every request needs an API key as a bearer token. Amounts are decimal text in major units. Errors are
\`application/problem+json\`; branch on \`code\`, not on the text.`;

export async function registerOpenApi(app: HttpShell): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: 'Payout service', version: '1.0.0', description },
      tags: [
        { name: 'payouts', description: 'Ask for payouts, follow them, stop or release them.' },
        { name: 'health', description: 'For orchestrators and load balancers.' },
      ],
      components: { securitySchemes: { apiKey: { type: 'http', scheme: 'bearer' } } },
      security: [{ apiKey: [] }],
    },
    transform: createJsonSchemaTransform({ skipList: ['/docs', '/docs/*'] }),
    transformObject: createJsonSchemaTransformObject({ schemaRegistry: z.globalRegistry }),
  });
  await app.register(swaggerUi, { routePrefix: '/docs' });
  app.get('/openapi.json', { schema: { hide: true } }, async () => app.swagger());
}
