import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { toSwagger, type CompactContract, type CompactOperation } from './swagger.ts';

const operation: CompactOperation = {
  method: 'PUT',
  path: '/ships/{name}',
  operationId: 'updateShip',
  tags: ['ship'],
  parameters: [
    { name: 'name', in: 'path', type: 'string', required: true, $ref: '#/parameters/shipName' },
    { name: 'dry', in: 'query', type: 'boolean' },
  ],
  requestBody: { name: 'ship', required: true, schema: { $ref: '#/definitions/Ship' } },
  responses: {
    200: { schema: { $ref: '#/definitions/Ship' } },
    404: { $ref: '#/responses/404' },
    418: { headers: { 'X-Tea': { type: 'string' } } },
  },
};

const contract: CompactContract = {
  basePath: '/api',
  consumes: ['application/json'],
  produces: ['application/json'],
  securityDefinitions: { basic: { type: 'basic' } },
  parameters: { shipName: { name: 'name', in: 'path', type: 'string', required: true } },
  responses: { 404: { schema: { $ref: '#/definitions/Ship' } } },
  definitions: { Ship: { type: 'object', properties: { name: { type: 'string' } } } },
  operations: [operation],
};

const withOperation = (change: Partial<CompactOperation>): CompactContract => ({
  ...contract,
  operations: [{ ...operation, ...change }],
});

describe('an operation', () => {
  const put = toSwagger(contract).paths['/ships/{name}']?.['put'];

  it('names a shared parameter by a reference alone, and its own whole', () => {
    expect(put?.['parameters']).toEqual([
      { $ref: '#/parameters/shipName' },
      { name: 'dry', in: 'query', type: 'boolean' },
      { name: 'ship', in: 'body', required: true, schema: { $ref: '#/definitions/Ship' } },
    ]);
  });

  it('describes the replies that are its own', () => {
    expect(put?.['responses']).toEqual({
      200: { description: 'Done.', schema: { $ref: '#/definitions/Ship' } },
      404: { $ref: '#/responses/404' },
      418: { description: 'Status 418.', headers: { 'X-Tea': { type: 'string' } } },
    });
  });

  it('keeps its id and tags, and says what it produces where it differs', () => {
    expect(put).toMatchObject({ operationId: 'updateShip', tags: ['ship'] });
    expect(put).not.toHaveProperty('produces');
    const text = toSwagger(withOperation({ produces: ['text/plain'], deprecated: true }));
    expect(text.paths['/ships/{name}']?.['put']).toMatchObject({
      produces: ['text/plain'],
      deprecated: true,
    });
  });
});

describe('the document', () => {
  it('offers credentials and asks for none', () => {
    expect(toSwagger(contract)['security']).toEqual([{ basic: [] }, {}]);
  });

  it('has every operation of the contract once, in its place', () => {
    const file = join(import.meta.dirname, '../fixtures/harbor-contract.json');
    const harbor = JSON.parse(readFileSync(file, 'utf8')) as CompactContract;
    const places = Object.entries(toSwagger(harbor).paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    );
    expect(places.toSorted()).toEqual(
      harbor.operations.map(({ method, path }) => `${method} ${path}`).toSorted(),
    );
  });
});

describe('a contract that contradicts itself is refused', () => {
  const cases: readonly (readonly [what: string, CompactContract, RegExp])[] = [
    [
      'a place taken twice',
      { ...contract, operations: [operation, operation] },
      /PUT \/ships\/\{name\} is there twice/,
    ],
    [
      'an id used twice',
      { ...contract, operations: [operation, { ...operation, method: 'GET' }] },
      /updateShip names two operations/,
    ],
    [
      'a parameter unlike the shared one it names',
      withOperation({
        parameters: [{ name: 'name', in: 'path', type: 'integer', $ref: '#/parameters/shipName' }],
      }),
      /name has another type than #\/parameters\/shipName/,
    ],
    [
      'a reference to nothing',
      withOperation({ responses: { 200: { schema: { $ref: '#/definitions/Boat' } } } }),
      /#\/definitions\/Boat is not in the contract/,
    ],
  ];
  it.each(cases)('%s', (_, broken, message) => {
    expect(() => toSwagger(broken)).toThrow(message);
  });
});
