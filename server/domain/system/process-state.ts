import { performance, type EventLoopUtilization } from 'node:perf_hooks';

export interface ProcessState {
  readonly nodeVersion: string;
  readonly platform: string;
  readonly upSeconds: number;
  readonly memoryBytes: number;
  /** Share of time that the event loop had work since this was last read, or since the start; from 0 to 1. */
  readonly loopBusy: number;
}

/** Reads what the process says about itself; costs nothing while nobody asks. */
export function createProcessState(): () => ProcessState {
  let before: EventLoopUtilization = performance.eventLoopUtilization();
  return () => {
    const now = performance.eventLoopUtilization();
    const { utilization } = performance.eventLoopUtilization(now, before);
    before = now;
    return {
      nodeVersion: process.version,
      platform: `${process.platform} ${process.arch}`,
      upSeconds: process.uptime(),
      memoryBytes: process.memoryUsage.rss(),
      loopBusy: Number.isFinite(utilization) ? utilization : 0,
    };
  };
}
