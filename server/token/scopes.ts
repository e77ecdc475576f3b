import type { TokenGrant } from '../access/principal.ts';

/** More scopes than this in one request are not looked at. */
const MAX_SCOPES = 100;
const ACTIONS = new Set(['pull', 'push', 'delete', '*']);

/**
 * Reads requested scopes, `type:name:action,action`, given repeatedly or separated by spaces; the same name twice is
 * merged (containerd asks for `N:pull` and `N:pull,push` together). What is malformed is left out, as the token
 * specification asks of what cannot be granted.
 */
export function parseScopes(values: readonly string[]): TokenGrant[] {
  const merged = new Map<string, { type: string; name: string; actions: Set<string> }>();
  for (const text of values
    .flatMap((value) => value.split(' '))
    .filter((item) => item !== '')
    .slice(0, MAX_SCOPES)) {
    // The name may hold a port, `host:5000/a/b`, so the actions are what follows the last colon.
    const first = text.indexOf(':');
    const last = text.lastIndexOf(':');
    if (first <= 0 || last <= first) continue;
    const head = text.slice(0, first);
    // A class, `repository(plugin)`, is left out. No expression for it: one goes back and forth for seconds over `((((`.
    const bracket = head.endsWith(')') ? head.indexOf('(') : -1;
    const type = bracket < 0 ? head : head.slice(0, bracket);
    const name = text.slice(first + 1, last);
    const actions = text
      .slice(last + 1)
      .split(',')
      .filter((action) => ACTIONS.has(action));
    if (name === '' || name.length > 255 || actions.length === 0) continue;
    const entry = merged.get(`${type}:${name}`) ?? { type, name, actions: new Set<string>() };
    for (const action of actions) entry.actions.add(action);
    merged.set(`${type}:${name}`, entry);
  }
  return [...merged.values()].map((entry) => ({
    type: entry.type,
    name: entry.name,
    actions: [...entry.actions],
  }));
}

/** The scopes as the token specification writes them: separated by spaces. */
export function writeScopes(grants: readonly TokenGrant[]): string {
  return grants.map(({ type, name, actions }) => `${type}:${name}:${actions.join(',')}`).join(' ');
}
