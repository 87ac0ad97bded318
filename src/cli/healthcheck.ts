/**
 * `node src/cli/healthcheck.ts [ADDRESS]`: asks the service in the same container whether it can
 * work. Ends with 0 or 1; imports nothing, since it is started every few seconds.
 */

/** Below the timeout of the image's health check, so that the reason is told. */
const TIMEOUT_MS = 4000;

const port = process.env['PORT'] || '8080';
const [address = `http://127.0.0.1:${port}/health/ready`] = process.argv.slice(2);
try {
  const response = await fetch(address, { signal: AbortSignal.timeout(TIMEOUT_MS) });
  process.stdout.write(`${response.status} ${await response.text()}\n`);
  process.exitCode = response.status === 200 ? 0 : 1;
} catch (error) {
  process.stdout.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
