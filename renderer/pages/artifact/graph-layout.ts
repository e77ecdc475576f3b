import type { ArtifactGraph, GraphNode } from '../../api/types.ts';

export const nodeWidth = 196;
export const nodeHeight = 48;
const gapX = 44;
const gapY = 12;
/** Nodes beyond this are only in the table: nobody reads such a picture. */
const mostDrawn = 48;

export interface PlacedNode {
  readonly node: GraphNode;
  /** Column: 0 is the artifact, left of it what it belongs to. */
  readonly depth: number;
  readonly x: number;
  readonly y: number;
}

export interface GraphLayout {
  readonly nodes: readonly PlacedNode[];
  readonly lines: readonly {
    readonly from: PlacedNode;
    readonly to: PlacedNode;
    readonly kind: 'lists' | 'refers';
  }[];
  readonly width: number;
  readonly height: number;
  /** Nodes that are not drawn. */
  readonly hidden: number;
}

/** What hangs on a node: its parts, and what refers to it. */
function hangingOn(graph: ArtifactGraph): Map<string, string[]> {
  const hanging = new Map<string, string[]>();
  for (const { from, to, kind } of graph.edges) {
    const [upper, lower] = kind === 'lists' ? [from, to] : [to, from];
    hanging.set(upper, [...(hanging.get(upper) ?? []), lower]);
  }
  return hanging;
}

interface Placing {
  readonly rows: Map<string, { depth: number; row: number }>;
  next: number;
}

/** Places a node beside the middle of what hangs on it; each node once, however many ways lead to it. */
function place(
  digest: string,
  depth: number,
  on: { hanging: Map<string, string[]>; placing: Placing },
): number {
  const { hanging, placing } = on;
  const mark = { depth, row: 0 };
  placing.rows.set(digest, mark);
  const rows: number[] = [];
  for (const lower of hanging.get(digest) ?? []) {
    if (!placing.rows.has(lower) && placing.rows.size < mostDrawn) rows.push(place(lower, depth + 1, on));
  }
  const [first, last] = [rows[0], rows.at(-1)];
  mark.row = first === undefined || last === undefined ? placing.next++ : (first + last) / 2;
  return mark.row;
}

/** Where each node stands: the artifact, right of it what belongs to it, left of it what it belongs to. */
export function layOut(graph: ArtifactGraph): GraphLayout {
  const hanging = hangingOn(graph);
  const placing: Placing = { rows: new Map(), next: 0 };
  const above = [...hanging].filter(([, lower]) => lower.includes(graph.digest)).map(([upper]) => upper);
  const upward = above.slice(0, 8);
  // Taken before what hangs on them is followed: only this artifact's own surroundings are drawn.
  for (const digest of upward) placing.rows.set(digest, { depth: -1, row: 0 });
  const middle = place(graph.digest, 0, { hanging, placing });
  const top = Math.max(0, middle - (upward.length - 1) / 2);
  upward.forEach((digest, at) => placing.rows.set(digest, { depth: -1, row: top + at }));
  const left = upward.length > 0 ? 1 : 0;
  const nodes = graph.nodes.flatMap((node): PlacedNode[] => {
    const at = placing.rows.get(node.digest);
    if (!at) return [];
    const x = (at.depth + left) * (nodeWidth + gapX);
    return [{ node, depth: at.depth, x, y: at.row * (nodeHeight + gapY) }];
  });
  const placed = new Map(nodes.map((each) => [each.node.digest, each]));
  const lines = graph.edges.flatMap(({ from, to, kind }) => {
    const [start, end] = [placed.get(from), placed.get(to)];
    return start && end ? [{ from: start, to: end, kind }] : [];
  });
  return {
    nodes,
    lines,
    width: Math.max(...nodes.map(({ x }) => x), 0) + nodeWidth,
    height: Math.max(...nodes.map(({ y }) => y), 0) + nodeHeight,
    hidden: graph.nodes.length - nodes.length,
  };
}
