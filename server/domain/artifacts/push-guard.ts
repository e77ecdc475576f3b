/** Says whether anything may be pushed now. Guards are asked in order; the first that refuses is told to the client. */
export interface PushGuard {
  /**
   * Rejects with `denied` and a sentence for the person who pushes. `incomingBytes` are about to be written. Cheap:
   * asked at each request that pushes, and again for each MiB of a stream.
   */
  check(incomingBytes: number): Promise<void>;
}

/** Asks each guard in turn. */
export async function checkGuards(guards: readonly PushGuard[], incomingBytes: number): Promise<void> {
  for (const guard of guards) await guard.check(incomingBytes);
}
