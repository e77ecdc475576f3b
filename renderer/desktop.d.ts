interface Window {
  /** What the desktop shell lets the page do; absent in a browser. */
  readonly berth?: import('#electron/ipc-contract.ts').BerthApi;
}
