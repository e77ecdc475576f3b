import type { BerthApi, ServerState } from '../ipc-contract.ts';
import { languageOf, textsFor } from '../text.ts';

declare const window: Window & { readonly berth: BerthApi };

const consoleFailed = new URLSearchParams(location.search).get('problem') === 'console';

/** The words for a state: what is happening, why, and whether trying again is a choice. */
function describe(state: ServerState, text: ReturnType<typeof textsFor>): [string, string, boolean] {
  switch (state.phase) {
    case 'running':
      return consoleFailed ? [text.consoleFailed, '', true] : [text.loading, '', false];
    case 'restarting':
      return [text.restarting, state.reason, false];
    case 'failed':
      return [text.failed, state.reason, true];
    case 'stopped':
      return [text.stopped, '', true];
    case 'starting':
    case 'stopping':
      return [text[state.phase], '', false];
  }
}

function element(id: string): HTMLElement {
  const found = document.getElementById(id);
  if (!found) throw new Error(`starting.html has no #${id}`);
  return found;
}

async function show(): Promise<void> {
  const { language = languageOf(navigator.language) } = await window.berth.invoke('preferences:read');
  const text = textsFor(language);
  document.documentElement.lang = language;
  element('retry').textContent = text.retry;
  element('logs').textContent = text.openLogs;
  element('retry').addEventListener('click', () => void window.berth.invoke('server:restart'));
  element('logs').addEventListener('click', () => void window.berth.invoke('shell:open-logs'));
  const render = (state: ServerState): void => {
    const [headline, reason, stuck] = describe(state, text);
    element('headline').textContent = headline;
    // The server's sentences are written to follow a "berth: ".
    element('reason').textContent = reason.charAt(0).toUpperCase() + reason.slice(1);
    element('actions').hidden = !stuck;
  };
  window.berth.onServerChanged(render);
  render(await window.berth.invoke('server:state'));
}

void show();
