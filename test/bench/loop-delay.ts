// Loaded into the server by `node --import` for the measurement of its event loop, and never otherwise: each SIGUSR2
// appends one line of JSON (milliseconds) to BENCH_LOOP_FILE and begins anew.
import { appendFileSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { isMainThread } from 'node:worker_threads';

const RESOLUTION_MS = 1;
const file = process.env['BENCH_LOOP_FILE'];

if (isMainThread && file !== undefined) {
  const histogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  histogram.enable();
  process.on('SIGUSR2', () => {
    // What the timer itself waits for is no delay.
    const delay = (nanoseconds: number): number => Math.max(0, nanoseconds / 1e6 - RESOLUTION_MS);
    const line = { pid: process.pid, p99: delay(histogram.percentile(99)), max: delay(histogram.max) };
    appendFileSync(file, `${JSON.stringify(line)}\n`);
    histogram.reset();
  });
}
