import { describe, expect, it } from 'vitest';
import { parseScopes } from '#server/token/scopes.ts';

describe('requested scopes', () => {
  it('merges the same name given twice, repeated or in one text', () => {
    const wanted = [{ type: 'repository', name: 'a/b', actions: ['pull', 'push'] }];
    expect(parseScopes(['repository:a/b:pull', 'repository:a/b:push,pull'])).toEqual(wanted);
    expect(parseScopes(['repository:a/b:pull repository:a/b:pull,push'])).toEqual(wanted);
  });

  it('keeps a port in the name and drops a class of the type', () => {
    expect(parseScopes(['repository(plugin):host:5000/a:*'])).toEqual([
      { type: 'repository', name: 'host:5000/a', actions: ['*'] },
    ]);
  });

  it.each(['', 'repository', 'repository:a/b', 'repository:a/b:', 'repository:a/b:fly', ':a:pull'])(
    'leaves %j out',
    (text) => {
      expect(parseScopes([text])).toEqual([]);
    },
  );
});
