import { queryOptions } from '@tanstack/react-query';
import { berthApi, call, harborApi } from './client.ts';
import { keys } from './keys.ts';
import type { ConfigurationValues, NetworkFacts, ServerHealth, StorageFacts } from './types.ts';

type ConfigurationReply = {
  [K in keyof ConfigurationValues]: { value: ConfigurationValues[K]; editable: boolean };
};

/** What administrators set while the registry runs, as it is now. */
export const configurationQuery = queryOptions({
  queryKey: keys.settingsOf('configuration'),
  queryFn: async ({ signal }): Promise<ConfigurationValues> => {
    const reply = await call<ConfigurationReply>(`${harborApi}/configurations`, { signal });
    return {
      project_creation_restriction: reply.project_creation_restriction.value,
      self_registration: reply.self_registration.value,
      read_only: reply.read_only.value,
      session_timeout: reply.session_timeout.value,
      token_expiration: reply.token_expiration.value,
      banner_message: reply.banner_message.value,
      disabled_audit_log_event_types: reply.disabled_audit_log_event_types.value,
    };
  },
});

/** Changes what is given and leaves the rest. Throws ApiError 400 that names the key it cannot take. */
export function saveConfiguration(changes: Partial<ConfigurationValues>): Promise<void> {
  return call(`${harborApi}/configurations`, { method: 'PUT', body: changes });
}

/** Where the content lies and how much more fits there. */
export const storageQuery = queryOptions({
  queryKey: keys.settingsOf('storage'),
  queryFn: ({ signal }) => call<StorageFacts>(`${berthApi}/system/storage`, { signal }),
});

/** How the server is reached, and with which certificate. */
export const networkQuery = queryOptions({
  queryKey: keys.settingsOf('network'),
  queryFn: ({ signal }) => call<NetworkFacts>(`${berthApi}/system/network`, { signal }),
});

/** How the server's parts do; each question checks them anew. */
export const healthQuery = queryOptions({
  queryKey: keys.settingsOf('health'),
  queryFn: ({ signal }) => call<ServerHealth>(`${berthApi}/system/health`, { signal }),
  staleTime: 0,
});

/** Where browsers load the certificate authority from that clients have to trust first. */
export const authorityPath = `${harborApi}/systeminfo/getcert`;
