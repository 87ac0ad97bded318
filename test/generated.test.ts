import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { generatedFiles } from '../src/dev/generate.ts';

const files = await generatedFiles();

async function contentOf(path: string): Promise<string> {
  try {
    return await readFile(new URL(`../${path}`, import.meta.url), 'utf8');
  } catch {
    return '(there is no such file)';
  }
}

describe('generated files', () => {
  it.each(files)('$path is what the code gives; if not, run npm run generate', async (file) => {
    const { path, content } = file;
    expect(await contentOf(path), `${path} is outdated: run npm run generate`).toBe(content);
  });

  it('come out the same twice', async () => {
    expect(await generatedFiles()).toEqual(files);
  });
});
