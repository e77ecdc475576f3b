import { LiveWindows } from './live-windows.ts';

// A worker that all windows of the browser share. It ends with the last of them.
const windows = new LiveWindows('/api/berth/v1/events');
const scope = globalThis as unknown as { onconnect: (event: MessageEvent) => void };
scope.onconnect = ({ ports }) => {
  if (ports[0]) windows.add(ports[0]);
};
