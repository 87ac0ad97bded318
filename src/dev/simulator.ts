/**
 * `npm run simulator`: runs the fake gateway on its own port until it is stopped. It only reads
 * settings and prints; `simulator/simulator.ts` does the rest.
 */

import process from 'node:process';
import { readSettings } from './simulator/settings.ts';
import { createSimulator } from './simulator/simulator.ts';

const reading = readSettings(process.env);
if (reading.kind === 'problems') {
  const list = reading.problems.map((problem) => `  - ${problem}\n`).join('');
  process.stderr.write(`The simulator cannot start:\n${list}`);
  process.exit(1);
}

const { host, port, merchant, ...rest } = reading.settings;
const simulator = createSimulator({ merchants: [merchant], ...rest });
try {
  const { url } = await simulator.listen({ host, port });
  process.stdout.write(`simulator: gateway at ${url}/paynet, control API at ${url}/control\n`);
} catch (error) {
  const reason = error instanceof Error ? error.message : String(error);
  process.stderr.write(`The simulator cannot listen on ${host} port ${port}: ${reason}\n`);
  process.exit(1);
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => void simulator.close());
}
