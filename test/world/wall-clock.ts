/**
 * Preloaded into a service process (NODE_OPTIONS=--import): its machine's clock is WALL_AHEAD_MS
 * ahead of everybody else's, the database's among them.
 */

const aheadMs = Number(process.env['WALL_AHEAD_MS'] ?? '0');
const realNow = Date.now.bind(Date);
Date.now = () => realNow() + aheadMs;
