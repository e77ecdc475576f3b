import { contextBridge, ipcRenderer, type IpcRendererEvent } from 'electron';
import { INVOKE_CHANNELS, SERVER_CHANGED, type BerthApi, type ServerState } from './ipc-contract.ts';

const api: BerthApi = {
  invoke: (channel, ...args) =>
    INVOKE_CHANNELS.includes(channel)
      ? ipcRenderer.invoke(channel, ...args)
      : Promise.reject(new Error(`unknown channel ${channel}`)),
  onServerChanged(listener) {
    // The event object leads to ipcRenderer itself: it stays on this side.
    const forward = (_event: IpcRendererEvent, state: ServerState): void => listener(state);
    ipcRenderer.on(SERVER_CHANGED, forward);
    return () => void ipcRenderer.off(SERVER_CHANGED, forward);
  },
};

contextBridge.exposeInMainWorld('berth', api);
