import { expect, test } from 'vitest';
import { sharedBase, type Layer } from '#renderer/pages/artifact/steps.ts';

const layers = (...sharing: (number | null)[]): Layer[] =>
  sharing.map((shared_with, index) => ({
    digest: `sha256:${index}`,
    media_type: 'application/vnd.oci.image.layer.v1.tar+gzip',
    size: 1,
    annotations: {},
    urls: [],
    stored: true,
    shared_with,
  }));

test.each([
  [[3, 2, 0, 1], 2],
  [[3, 2], 2],
  [[0, 2], 0],
  [[3, 0, null], 1],
  [[null, 2, 0], 0],
  [[3, null, 0], 0],
])('of layers that so many others have, %j, the base is %i', (sharing, count) => {
  expect(sharedBase(layers(...sharing))).toHaveLength(count);
});
