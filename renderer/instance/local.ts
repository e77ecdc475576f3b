import { useBoot } from '../api/session.ts';

/** The one instance there is so far: the server that serves this page. */
export const localInstance = 'local';

export interface Instance {
  name: string;
  /** Letter of its square, white on `color`. */
  letter: string;
  color: string;
}

export function useInstance(): Instance {
  const name = useBoot().instance_name;
  return { name, letter: (name.at(0) ?? 'B').toUpperCase(), color: '#12786f' };
}
