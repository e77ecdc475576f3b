import { createRateLimit, type RateLimit } from '../http/rate-limit.ts';
import { HOURS, type Clock } from '../lib/clock.ts';

/** What people without an account may do here at most, while they may make themselves one. */
export interface StrangerLimits {
  /** Attempts to make an account: 30 an hour from one address, 300 from all. */
  readonly registrations: RateLimit;
  /** Questions whether a name is taken, which sign-up forms ask while one types. */
  readonly nameChecks: RateLimit;
}

export function limitStrangers(clock: Clock): StrangerLimits {
  const windowMs = HOURS(1);
  return {
    registrations: createRateLimit({
      clock,
      what: 'new accounts',
      windowMs,
      perAddress: 30,
      overall: 300,
    }),
    nameChecks: createRateLimit({
      clock,
      what: 'questions for names',
      windowMs,
      perAddress: 300,
      overall: 10_000,
    }),
  };
}
