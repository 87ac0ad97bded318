/**
 * `npm run bench [-- --only creates,steady] [--json FILE]`: what the service costs and carries on
 * this machine, everything on loopback. It measures and asserts nothing.
 */

import { parseArgs } from 'node:util';
import { createFigures, type Figures } from './figures.ts';
import { creates } from './parts/creates.ts';
import { history } from './parts/history.ts';
import { lifecycles } from './parts/lifecycles.ts';
import { polling } from './parts/polling.ts';
import { steady } from './parts/steady.ts';
import { takeOver } from './parts/take-over.ts';
import { type Rig, startRig } from './rig.ts';

/** In this order; history compares itself with the parts before it. */
const parts: Readonly<Record<string, (rig: Rig, figures: Figures) => Promise<void>>> = {
  creates,
  lifecycles,
  steady,
  polling,
  'take-over': takeOver,
  history,
};

const print = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

const { values } = parseArgs({
  options: { only: { type: 'string' }, json: { type: 'string' } },
});
const wanted = values.only?.split(',') ?? Object.keys(parts);
const unknown = wanted.filter((name) => !Object.hasOwn(parts, name));
if (unknown.length > 0) {
  process.stderr.write(
    `There is no ${unknown.join(', ')}; parts: ${Object.keys(parts).join(' ')}\n`,
  );
  process.exit(1);
}

const figures = createFigures(print);
const rig = await startRig();
// Ended early, it leaves no server behind.
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => void rig.close().finally(() => process.exit(1)));
}
try {
  for (const [name, part] of Object.entries(parts)) {
    if (wanted.includes(name)) await part(rig, figures);
  }
} finally {
  await rig.close();
}
if (values.json !== undefined) figures.write(values.json);
