import { describe, expect, it } from 'vitest';
import { asWritten, dockerfileOf, readRecorded } from '#renderer/pages/artifact/dockerfile.ts';

describe('a recorded build step', () => {
  it.each([
    ['/bin/sh -c #(nop) ADD file:1a2b in / ', 'ADD file:1a2b in /'],
    ['/bin/sh -c #(nop)  CMD ["node" "dist/main.js"]', 'CMD ["node", "dist/main.js"]'],
    ['CMD ["sh" "-c" "echo \\"a\\" \\"b\\""]', 'CMD ["sh", "-c", "echo \\"a\\" \\"b\\""]'],
    ['/bin/sh -c apt-get update', 'RUN apt-get update'],
    ['RUN /bin/sh -c npm ci # buildkit', 'RUN npm ci'],
    ['RUN |2 VERSION=1.2 NAME=a /bin/sh -c make # buildkit', 'RUN make'],
    ['|1 A=b /bin/sh -c make', 'RUN make'],
    ['EXPOSE map[8080/tcp:{} 9090/udp:{}]', 'EXPOSE 8080/tcp 9090/udp'],
    ['ENV A=1', 'ENV A=1'],
    ['cmd /S /C #(nop) USER ContainerUser', 'USER ContainerUser'],
    ['bazel build //app', 'bazel build //app'],
  ])('%s is written %s', (recorded, written) => {
    expect(asWritten(readRecorded(recorded))).toBe(written);
  });

  it('that is long has a line for each command, but not inside quotation marks', () => {
    const command = `RUN /bin/sh -c apt-get update && echo "one && two" 'three && four' && ${'x'.repeat(80)}`;
    expect(asWritten(readRecorded(command))).toBe(
      `RUN apt-get update \\\n && echo "one && two" 'three && four' \\\n && ${'x'.repeat(80)}`,
    );
  });
});

describe('a recorded step that somebody made up', () => {
  it.each([`|1 a=${'""'.repeat(40)} x`, `|1 ${'a=b '.repeat(5_000)}x`, `|1 a="${'"'.repeat(60)} x`])(
    'is read at once, however its quotation marks stand: %.20s…',
    (recorded) => {
      // Two ways to read the same marks took hours.
      expect(readRecorded(recorded).verb).toBe('');
    },
    2_000,
  );
});

describe('a Dockerfile from an image', () => {
  const content = {
    digest: '',
    media_type: '',
    size: 0,
    platforms: [],
    config: null,
    layers: [],
    annotations: {},
    history: [
      { created_by: 'ENV A=1', empty_layer: true },
      { created_by: 'made by hand\nRUN false', empty_layer: false },
      { created_by: '', empty_layer: true },
    ],
  };

  it('has a line for each step, and makes a comment of what is no instruction', () => {
    expect(dockerfileOf(content, { base: 'debian:13', lead: ['From an image'] })).toBe(
      '# From an image\n# FROM debian:13\n\nENV A=1\n# made by hand\n# RUN false\n',
    );
  });
});
