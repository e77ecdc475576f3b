/** What a page asks by itself (a timer, an event) must not keep a session alive: nobody need be there. */
export const noRenewalHeader = 'X-Harbor-No-Session-Renewal';

/** So long after the last key or click somebody still counts as being there. */
const thereMs = 60_000;

let lastInputAt = Date.now();
let asking = 0;

/** Notes each key, click and wheel as a sign of somebody. Call once. */
export function watchInput(): void {
  const note = (): void => {
    lastInputAt = Date.now();
  };
  for (const type of ['keydown', 'pointerdown', 'wheel', 'dragover'])
    addEventListener(type, note, { capture: true, passive: true });
}

/** Runs `ask` so that every request begun within it counts as asked by the page itself. */
export function byItself<T>(ask: () => T): T {
  asking += 1;
  try {
    return ask();
  } finally {
    asking -= 1;
  }
}

/** Whether a request that begins now is the page's own, not somebody's. */
export function isByItself(): boolean {
  return asking > 0 || Date.now() - lastInputAt > thereMs;
}
