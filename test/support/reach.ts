import type { Reach } from './clients.ts';

/** Variables by which Go programs take their way to the registry over the proxy, and no other one. */
export function proxyEnv({ tls }: Reach): NodeJS.ProcessEnv {
  if (!tls) return {};
  return { HTTPS_PROXY: tls.proxy, https_proxy: tls.proxy, NO_PROXY: '', no_proxy: '' };
}
