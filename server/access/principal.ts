/** What a registry token allows: Harbor's and Docker's `{type, name, actions}`. */
export interface TokenGrant {
  readonly type: string;
  readonly name: string;
  readonly actions: readonly string[];
}

export interface UserPrincipal {
  readonly kind: 'user';
  readonly userId: number;
  readonly username: string;
  readonly isAdmin: boolean;
  readonly via: 'session' | 'basic' | 'token';
}

/** Who asks. */
export type Principal = { readonly kind: 'anonymous' } | UserPrincipal;

export const ANONYMOUS: Principal = { kind: 'anonymous' };

/** The name written into audit rows. */
export function principalName(principal: Principal): string {
  return principal.kind === 'user' ? principal.username : 'anonymous';
}
