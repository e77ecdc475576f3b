import { describe, expect, it } from 'vitest';
import { layOut, nodeHeight, nodeWidth } from '#renderer/pages/artifact/graph-layout.ts';

const node = (digest: string) => ({
  digest,
  media_type: '',
  artifact_type: '',
  kind: 'IMAGE',
  size: 1,
  stored: true,
  predicate_types: [],
});
const lists = (from: string, to: string) => ({ from, to, kind: 'lists' as const });
const refers = (from: string, to: string) => ({ from, to, kind: 'refers' as const });
const graph = (digests: string[], edges: ReturnType<typeof lists | typeof refers>[]) => ({
  digest: 'this',
  pull_count: 0,
  truncated: false,
  nodes: digests.map(node),
  edges,
});

describe('the picture of relations', () => {
  it('has the artifact in the middle: its parts and referrers right of it, what it belongs to left', () => {
    const layout = layOut(
      graph(
        ['this', 'index', 'amd64', 'sbom', 'attestation'],
        [
          lists('index', 'this'),
          lists('this', 'amd64'),
          refers('sbom', 'this'),
          refers('attestation', 'amd64'),
        ],
      ),
    );
    const columns = Object.fromEntries(layout.nodes.map((placed) => [placed.node.digest, placed.depth]));
    expect(columns).toEqual({ index: -1, this: 0, amd64: 1, sbom: 1, attestation: 2 });
    expect(layout.lines).toHaveLength(4);
    expect(layout.hidden).toBe(0);
  });

  it('has no two nodes on one another, and none outside', () => {
    const many = Array.from({ length: 30 }, (_, number) => `n${number}`);
    const layout = layOut(
      graph(
        ['this', 'a', 'b', ...many],
        [lists('a', 'this'), refers('this', 'b'), ...many.map((digest) => refers(digest, 'this'))],
      ),
    );
    const places = layout.nodes.map(({ x, y }) => `${x} ${y}`);
    expect(new Set(places).size).toBe(33);
    for (const { x, y } of layout.nodes) {
      expect(x).toBeGreaterThanOrEqual(0);
      expect(y).toBeGreaterThanOrEqual(0);
      expect(x + nodeWidth).toBeLessThanOrEqual(layout.width);
      expect(y + nodeHeight).toBeLessThanOrEqual(layout.height);
    }
  });

  it('ends where something refers in a circle, and counts what it leaves out', () => {
    const circle = layOut(graph(['this', 'a'], [refers('a', 'this'), refers('this', 'a')]));
    expect(circle.nodes).toHaveLength(2);
    const many = Array.from({ length: 150 }, (_, number) => `n${number}`);
    const crowd = layOut(
      graph(
        ['this', ...many],
        many.map((digest) => refers(digest, 'this')),
      ),
    );
    expect(crowd.hidden).toBe(151 - crowd.nodes.length);
    expect(crowd.hidden).toBeGreaterThan(0);
  });
});
