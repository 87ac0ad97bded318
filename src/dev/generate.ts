/**
 * `npm run generate`: writes every file of the repository that is made from its code. A test
 * compares them with what would be written, so a change of the code without them does not pass.
 */

import { mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { stringify } from 'yaml';
import { renderEnvExample } from '../config/example.ts';
import { openApiDocument } from '../http/openapi/openapi-document.ts';
import { renderAttentionDoc } from './generate/attention-doc.ts';
import { renderStatesDoc } from './generate/states-doc.ts';

export type GeneratedFile = {
  /** From the root of the repository. */
  path: string;
  content: string;
};

const root = new URL('../../', import.meta.url);

const OPENAPI_HEAD = '# Generated from the routes by `npm run generate`; change the routes.\n';

/**
 * Without aliases, which few readers of OpenAPI follow, without folding long sentences, and with
 * quotes around what YAML 1.1 takes for something else: many generators read "yes" as true.
 */
const renderYaml = (document: object): string =>
  OPENAPI_HEAD +
  stringify(document, { aliasDuplicateObjects: false, lineWidth: 0, compat: 'yaml-1.1' });

/** Every generated file with what it has to hold. */
export async function generatedFiles(): Promise<GeneratedFile[]> {
  return [
    { path: '.env.example', content: renderEnvExample() },
    { path: 'openapi/openapi.yaml', content: renderYaml(await openApiDocument()) },
    { path: 'docs/payout-states.md', content: renderStatesDoc() },
    { path: 'docs/attention.md', content: renderAttentionDoc() },
  ];
}

/** Writes them all. */
async function generate(): Promise<void> {
  for (const { path, content } of await generatedFiles()) {
    const target = fileURLToPath(new URL(path, root));
    await mkdir(dirname(target), { recursive: true });
    await writeFile(target, content);
    process.stdout.write(`${path}\n`);
  }
}

if (import.meta.main) await generate();
