/**
 * `node src/cli/healthcheck.ts [PATH | ADDRESS]`: requests a path of the service in the same
 * container, by default its readiness. The exit code is 0 or 1. It imports nothing, since it starts
 * every few seconds. What readiness means is decided in service/readiness.ts.
 */

/** Below the timeout of the image's health check, so that the reason is still printed. */
const TIMEOUT_MS = 4000;

const port = process.env['PORT'] || '8080';
const host = process.env['HOST'] || '0.0.0.0';
/** A service that listens on one address only does not answer on another. */
const asked = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host;
const named = asked.includes(':') ? `[${asked}]` : asked;
const [target = '/health/ready'] = process.argv.slice(2);
const address = target.startsWith('/') ? `http://${named}:${port}${target}` : target;
try {
  const response = await fetch(address, { signal: AbortSignal.timeout(TIMEOUT_MS) });
  process.stdout.write(`${response.status} ${await response.text()}\n`);
  process.exitCode = response.status === 200 ? 0 : 1;
} catch (error) {
  process.stdout.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
