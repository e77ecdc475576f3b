import { describe, expect, it } from 'vitest';
import { createLedger, type Change, type Ledger } from '#test/crash/ledger.ts';

const put = (to: string): Change[] => [{ key: 'tag', to }];
const remove: Change[] = [{ key: 'tag', to: undefined }];
const removeOnly = (onlyIf: string): Change[] => [{ key: 'tag', to: undefined, onlyIf }];

function done(ledger: Ledger, changes: readonly Change[]): string {
  const operation = ledger.begin(changes);
  operation.acknowledge();
  return operation.id;
}
const allowed = (ledger: Ledger): (string | undefined)[] => [...ledger.allowed('tag')];

describe('what may be read after a crash', () => {
  it('is nothing before anything was done', () => {
    expect(allowed(createLedger())).toEqual([undefined]);
  });

  it('is what was acknowledged last', () => {
    const ledger = createLedger();
    done(ledger, put('a'));
    done(ledger, put('b'));
    expect(allowed(ledger)).toEqual(['b']);
    done(ledger, remove);
    expect(allowed(ledger)).toEqual([undefined]);
  });

  it('is before or after what was not answered', () => {
    const ledger = createLedger();
    done(ledger, put('a'));
    ledger.begin(put('b'));
    ledger.crash();
    expect(allowed(ledger)).toEqual(['a', 'b']);
  });

  it('is not what was begun before the crash once something later is acknowledged', () => {
    const ledger = createLedger();
    ledger.begin(put('a'));
    ledger.crash();
    done(ledger, put('b'));
    expect(allowed(ledger)).toEqual(['b']);
  });

  it('is either of two that went on at once', () => {
    const ledger = createLedger();
    const one = ledger.begin(put('a'));
    const two = ledger.begin(put('b'));
    one.acknowledge();
    two.acknowledge();
    expect(allowed(ledger)).toEqual(['a', 'b']);
  });

  it('is not changed by what was refused', () => {
    const ledger = createLedger();
    done(ledger, put('a'));
    ledger.begin(put('b')).refuse();
    expect(allowed(ledger)).toEqual(['a']);
  });

  it('is nothing where the value that a deletion takes along was, and only there', () => {
    const ledger = createLedger();
    done(ledger, put('a'));
    done(ledger, removeOnly('b'));
    expect(allowed(ledger)).toEqual(['a']);
    done(ledger, removeOnly('a'));
    expect(allowed(ledger)).toEqual([undefined]);
    done(ledger, put('b'));
    done(ledger, removeOnly('a'));
    expect(allowed(ledger)).toEqual(['b']);
  });

  it('is what was seen, until it is changed', () => {
    const ledger = createLedger();
    ledger.begin(put('a'));
    ledger.crash();
    ledger.observe('tag', undefined);
    expect(allowed(ledger)).toEqual([undefined]);
  });

  it('is told for an earlier moment by what was answered then', () => {
    const ledger = createLedger();
    const first = done(ledger, put('a'));
    done(ledger, put('b'));
    expect([...ledger.allowed('tag', (id) => id === first)]).toEqual(['a', 'b']);
    expect([...ledger.allowed('tag', () => false)]).toEqual([undefined, 'a', 'b']);
  });
});
