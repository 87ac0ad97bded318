/**
 * What creates are compared with: Fastify, and one INSERT of the same body. A process of its own,
 * with the service's number of connections.
 */

import Fastify from 'fastify';
import { Pool } from 'pg';

const CONNECTIONS = 20;

const pool = new Pool({ connectionString: process.env['DATABASE_URL'], max: CONNECTIONS });
const server = Fastify();
server.get('/ready', async () => 'ready');
server.post('/v1/payouts', async (request, reply) => {
  const { rows } = await pool.query<{ id: string }>({
    name: 'insert-bare',
    text: 'insert into bench_bare (body) values ($1) returning id',
    values: [JSON.stringify(request.body)],
  });
  return reply.code(201).send({ id: rows[0]?.id });
});
process.once('SIGTERM', () => process.exit(0));
await server.listen({ host: '127.0.0.1', port: Number(process.env['PORT']) });
