import { describe, expect, it } from 'vitest';
import { readLabelProject, readLabelScope, readLabelText } from '#server/domain/labels/rules.ts';

describe('what a label says', () => {
  it('is kept as it was given, and empty where it was not', () => {
    expect(readLabelText({ name: ' ß ', description: '<b>', color: '#aBc' })).toEqual({
      name: ' ß ',
      description: '<b>',
      color: '#aBc',
    });
    expect(readLabelText({ name: 'x', description: null })).toEqual({
      name: 'x',
      description: '',
      color: '',
    });
  });

  it('has a name of 1 to 128 characters, as people count them', () => {
    expect(readLabelText({ name: '🏷'.repeat(128) }).name).toHaveLength(256);
    for (const name of [undefined, null, '', '\t \n', '🏷'.repeat(129)])
      expect(() => readLabelText({ name })).toThrow(/^name/);
  });

  it('has a colour of three or six digits after "#", or one word, or none', () => {
    for (const color of ['', '#000', '#0065AB', 'red', 'false', null])
      expect(() => readLabelText({ name: 'x', color })).not.toThrow();
    for (const color of [
      '000',
      '#0000',
      '#gggggg',
      'x'.repeat(17),
      'dark red',
      '#fff\n',
      'url(x)',
      '#0065abff',
    ])
      expect(() => readLabelText({ name: 'x', color }), color).toThrow(/^color/);
  });
});

describe('where a label lies', () => {
  it('is said, never guessed', () => {
    expect([readLabelScope('g'), readLabelScope('p'), readLabelProject(7)]).toEqual(['g', 'p', 7]);
    for (const scope of [undefined, null, '', 'G', 'project'])
      expect(() => readLabelScope(scope)).toThrow(/use g for labels of the registry/);
    for (const id of [undefined, null, 0]) expect(() => readLabelProject(id)).toThrow(/project_id/);
  });
});
