import { type Client, clientNames } from '../../ui/commands.ts';

/** The name of a client the server recognised; others stay as they call themselves. */
export function clientNameOf(client: string): string {
  return Object.hasOwn(clientNames, client) ? clientNames[client as Client] : client;
}
