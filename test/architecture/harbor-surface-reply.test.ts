import { describe, expect, it } from 'vitest';
import { matchOperation } from './harbor-surface-contract.ts';
import { checkReply, type Reply } from './harbor-surface-reply.ts';

const project = {
  project_id: 1,
  owner_id: 1,
  name: 'library',
  creation_time: '2026-01-01T00:00:00.000Z',
  repo_count: 0,
  metadata: { public: 'true' },
};

const reply = (changes: Partial<Reply> & { readonly json?: unknown } = {}): Reply => {
  const { json = project, ...rest } = changes;
  return {
    method: 'GET',
    url: '/api/v2.0/projects/library',
    status: 200,
    headers: { 'x-request-id': 'a', 'content-type': 'application/json; charset=utf-8' },
    body: JSON.stringify(json),
    ...rest,
  };
};
const problems = (changes: Partial<Reply> & { readonly json?: unknown }): string =>
  checkReply(reply(changes)).problems.join('\n');
const refusal = { errors: [{ code: 'NOT_FOUND', message: 'project x not found' }] };
const withHeaders = (headers: Record<string, string>) => ({ headers: { ...reply().headers, ...headers } });

describe('a reply against the contract', () => {
  it('is taken when it has the properties and types of the definition, and tells what it carried', () => {
    const verdict = checkReply(reply());
    expect(verdict).toMatchObject({ operation: 'GET /projects/{project_name_or_id}', problems: [] });
    expect(verdict.seen).toContain('reply metadata.public');
  });

  it.each([
    ['another property', { ...project, boat: 1 }, 'boat is no property'],
    [
      'another property further down',
      { ...project, metadata: { boat: 'x' } },
      'metadata.boat is no property',
    ],
    ['a number as text', { ...project, project_id: '1' }, 'project_id is no whole number'],
    ['a fraction', { ...project, project_id: 1.5 }, 'project_id is no whole number'],
    ['more than 32 bits where there are 32', { ...project, project_id: 2 ** 31 }, 'does not fit in 32 bits'],
    ['text as a number', { ...project, name: 7 }, 'name is no text'],
    ['a flag as text', { ...project, togglable: 'true' }, 'togglable is neither true nor false'],
    ['null', { ...project, owner_name: null }, 'owner_name is no text: null'],
    ['a text for a list', { ...project, current_user_role_ids: '1' }, 'current_user_role_ids is no list'],
    [
      'a time without milliseconds',
      { ...project, update_time: '2026-01-01T00:00:00Z' },
      'update_time is no time',
    ],
    ['a day that is none', { ...project, update_time: '2026-02-41T00:00:00.000Z' }, 'update_time is no time'],
    ['a list for an object', [project], 'the body is no object'],
    ['a body without what is always there', { name: 'library' }, 'repo_count is missing'],
  ])('is refused with %s', (_what, json, why) => {
    expect(problems({ json })).toContain(why);
  });

  it('may have null for a list below the body, as Go writes one that was never filled', () => {
    expect(problems({ json: { ...project, current_user_role_ids: null } })).toBe('');
  });

  it('may have null where the contract says so', () => {
    expect(problems({ json: { ...project, metadata: { public: 'true', severity: null } } })).toBe('');
  });

  it('is refused with a status that the operation does not document', () => {
    expect(problems({ status: 409, json: refusal })).toContain('answers 409');
    expect(problems({ status: 404, json: refusal })).toBe('');
    expect(problems({ status: 500, json: refusal })).toContain('answers 500');
  });

  it('is refused when a refusal is not the envelope', () => {
    for (const json of [
      {},
      { errors: [] },
      { errors: [{ code: 'X' }] },
      { errors: [{ code: 'X', message: '' }] },
    ])
      expect(problems({ status: 404, json })).toContain('not the error envelope');
    expect(problems({ status: 404, json: { ...refusal, statusCode: 404 } })).toContain(
      'not the error envelope',
    );
    expect(problems({ url: '/api/v2.0/nothing', status: 404, json: {} })).toContain('not the error envelope');
  });

  it('is refused with a body where there is none, and with another type', () => {
    const put = { method: 'PUT', status: 200 };
    expect(problems({ ...put, body: '' })).toBe('');
    expect(problems({ ...put, json: {} })).toContain("has a body, and Harbor's has none");
    expect(problems({ ...withHeaders({ 'content-type': 'text/html' }) })).toContain('not application/json');
    expect(problems({ body: '{' })).toContain('is no JSON');
  });

  it('has the headers that the contract names', () => {
    expect(problems({ headers: { 'content-type': 'application/json' } })).toContain('has no X-Request-Id');
    const created = { method: 'POST', url: '/api/v2.0/projects', status: 201, body: '' };
    expect(problems(created)).toContain('header Location is missing');
    expect(problems({ ...created, ...withHeaders({ location: '/nowhere' }) })).toContain('leads elsewhere');
    expect(problems({ ...created, ...withHeaders({ location: '/api/v2.0/projects/2' }) })).toBe('');
  });

  it('counts a list and links to its next page', () => {
    const list = { url: '/api/v2.0/projects?page_size=1', json: [project] };
    const link = '</api/v2.0/projects?page=2&page_size=1>; rel="next"';
    expect(problems(list)).toContain('header X-Total-Count is missing');
    expect(problems({ ...list, ...withHeaders({ 'x-total-count': '2' }) })).toContain('lacks the next page');
    expect(problems({ ...list, ...withHeaders({ 'x-total-count': '2', link }) })).toBe('');
    expect(problems({ ...list, ...withHeaders({ 'x-total-count': '1', link }) })).toContain('not there');
    expect(problems({ ...list, ...withHeaders({ 'x-total-count': '2', link: `${link},` }) })).toContain(
      'not as Harbor writes it',
    );
  });

  it('is no matter of the contract elsewhere', () => {
    expect(checkReply(reply({ url: '/v2/', status: 401, body: '' })).problems).toEqual([]);
  });
});

describe('the operation of a request', () => {
  it.each([
    ['/api/v2.0/users/current', '/users/current'],
    ['/api/v2.0/users/7', '/users/{user_id}'],
    ['/api/v2.0/projects/a/repositories/b%252Fc', '/projects/{project_name}/repositories/{repository_name}'],
    ['/api/v2.0/projects/a/metadatas/', '/projects/{project_name_or_id}/metadatas/'],
    ['/api/v2.0/projects/a/metadatas/public', '/projects/{project_name_or_id}/metadatas/{meta_name}'],
    ['/api/v2.0/projects/', undefined],
    ['/api/berth/v1/boot', undefined],
  ])('%s', (path, expected) => {
    expect(matchOperation('GET', path)?.path).toBe(expected);
  });
});
