/**
 * Preloaded into a service process (`node --import`): its wall clock runs CLOCK_SHIFT_MS ahead, as
 * if it had been started that much later. Deadlines of half a minute need not be waited for.
 */

const shiftMs = Number(process.env['CLOCK_SHIFT_MS'] ?? '0');
const realNow = Date.now.bind(Date);
Date.now = () => realNow() + shiftMs;
