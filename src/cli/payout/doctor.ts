/**
 * `doctor`: one line for each thing that was looked at, and whether anything is wrong. Unlike the
 * other commands it needs no readable configuration and no database. What it looks at is decided
 * in service/doctor/doctor.ts.
 */

import { examineAll } from '../../service/doctor/doctor.ts';
import type { Finding } from '../../service/doctor/finding.ts';
import { type BareCommand, CommandFailed } from './command.ts';

const KIND_WIDTH = 'warning'.length;
const PART_WIDTH = 'configuration'.length;

const lineOf = ({ kind, part, says }: Finding): string =>
  `${kind.padEnd(KIND_WIDTH)}  ${part.padEnd(PART_WIDTH)}  ${says}`;

export const doctorCommand: BareCommand = {
  summary: 'check configuration, database, clock, gateway, platform and keys, and say what to do',
  operands: [],
  options: {},
  runBare: async (loaded, print) => {
    const findings = await examineAll(loaded);
    for (const finding of findings) print(lineOf(finding));
    const countOf = (wanted: Finding['kind']): number =>
      findings.filter(({ kind }) => kind === wanted).length;
    const wrong = countOf('wrong');
    const warnings = countOf('warning');
    if (wrong === 0) print(`Nothing is wrong${warnings === 0 ? '' : `; warnings: ${warnings}`}.`);
    else throw new CommandFailed(wrong === 1 ? '1 thing is wrong.' : `${wrong} things are wrong.`);
  },
};
