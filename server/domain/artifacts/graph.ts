import type { ProjectScope } from '../../access/scope.ts';
import type { Db } from '../../db/database.ts';
import { readJson } from '../../db/json.ts';
import type { Platform } from '../../lib/manifest.ts';
import type { ReferenceRow } from './artifact-store.ts';
import {
  selectIndexesOf,
  selectLayerNotes,
  selectNodes,
  selectReferring,
  type NodeRow,
} from './graph-store.ts';
import { selectReferences } from './list-store.ts';
import { requireArtifact, type ArtifactAt } from './locate.ts';

/** Nodes and indexes above that are told; more makes no picture that anybody reads. */
const MAX_NODES = 200;
const MAX_INDEXES = 20;
const MAX_NOTES = 1_000;

/** BuildKit lists attestations in the index beside the platforms, and says of which one they are. */
const DOCKER_TYPE = 'vnd.docker.reference.type';
const DOCKER_DIGEST = 'vnd.docker.reference.digest';
const PREDICATE = 'in-toto.io/predicate-type';

export interface GraphNode {
  readonly digest: string;
  readonly mediaType: string;
  readonly artifactType: string;
  /** Harbor's kind, empty for what is not here. */
  readonly kind: string;
  readonly sizeBytes: number;
  /** False for what is named and was never pushed, or is deleted. */
  readonly stored: boolean;
  readonly platform: Platform | undefined;
  /** What attestations state (in-toto). */
  readonly predicateTypes: readonly string[];
}

export interface GraphEdge {
  readonly from: string;
  readonly to: string;
  /** An index lists its parts; a signature refers to what it signs. */
  readonly kind: 'lists' | 'refers';
}

/** An artifact amid what belongs to it and what it belongs to. */
export interface Graph {
  readonly digest: string;
  readonly pullCount: number;
  readonly nodes: readonly GraphNode[];
  readonly edges: readonly GraphEdge[];
  /** More belongs to it than is told here. */
  readonly truncated: boolean;
}

const nodeOf = (row: NodeRow): GraphNode => ({
  digest: row.digest,
  mediaType: row.media_type,
  artifactType: row.artifact_type ?? '',
  kind: row.kind,
  sizeBytes: row.size_bytes,
  stored: true,
  platform: undefined,
  predicateTypes: [],
});

const absentNode = (digest: string, child?: ReferenceRow): GraphNode => ({
  digest,
  mediaType: child?.media_type ?? '',
  artifactType: '',
  kind: '',
  sizeBytes: child?.size_bytes ?? 0,
  stored: false,
  platform: undefined,
  predicateTypes: [],
});

/** Nodes and edges as they are found; what is beyond the bound is only noted. */
class Collected {
  readonly nodes = new Map<string, GraphNode>();
  readonly ids = new Map<number, string>();
  readonly edges = new Map<string, GraphEdge>();
  truncated = false;

  /** Whether the node is part of the picture now. */
  add(node: GraphNode, id?: number): boolean {
    const known = this.nodes.get(node.digest);
    if (!known && this.nodes.size >= MAX_NODES) {
      this.truncated = true;
      return false;
    }
    if (!known || (!known.stored && node.stored)) this.nodes.set(node.digest, { ...known, ...node });
    if (id !== undefined) this.ids.set(id, node.digest);
    return true;
  }

  connect(edge: GraphEdge): void {
    if (!this.nodes.has(edge.from) || !this.nodes.has(edge.to)) return;
    this.edges.set(`${edge.from} ${edge.to} ${edge.kind}`, edge);
  }
}

function addChildren(
  found: Collected,
  root: string,
  { children, rows }: { children: readonly ReferenceRow[]; rows: readonly NodeRow[] },
): void {
  const stored = new Map(rows.map((row) => [row.digest, row]));
  for (const child of children) {
    const row = stored.get(child.digest);
    const platform = child.platform === null ? undefined : readJson<Platform>(child.platform);
    const node = row ? nodeOf(row) : absentNode(child.digest, child);
    if (!found.add({ ...node, platform }, row?.id)) continue;
    const notes = readJson<Record<string, string>>(child.annotations);
    const about = notes[DOCKER_DIGEST];
    const isAttestation = notes[DOCKER_TYPE] === 'attestation-manifest' && about !== undefined;
    // What is about a platform hangs on that, and not beside it.
    if (isAttestation && children.some(({ digest }) => digest === about))
      found.edges.set(`${child.digest} ${about}`, { from: child.digest, to: about, kind: 'refers' });
    else found.connect({ from: root, to: child.digest, kind: 'lists' });
  }
}

function addReferring(found: Collected, rows: readonly NodeRow[]): string[] {
  const fresh: string[] = [];
  for (const row of rows) {
    const subject = row.accessory_subject ?? row.subject_digest;
    if (!found.nodes.has(row.digest)) fresh.push(row.digest);
    if (subject === null || !found.add(nodeOf(row), row.id)) continue;
    found.connect({ from: row.digest, to: subject, kind: 'refers' });
  }
  return fresh;
}

/** What the artifact belongs to: indexes that list it, and its subject. */
async function addAbove(db: Db, repositoryId: number, found: Collected, root: NodeRow): Promise<void> {
  const indexes = await selectIndexesOf(db, repositoryId, { digest: root.digest, limit: MAX_INDEXES + 1 });
  if (indexes.length > MAX_INDEXES) found.truncated = true;
  for (const row of indexes.slice(0, MAX_INDEXES)) {
    found.add(nodeOf(row), row.id);
    found.connect({ from: row.digest, to: root.digest, kind: 'lists' });
  }
  const subject = root.accessory_subject ?? root.subject_digest;
  if (subject === null) return;
  const [row] = await selectNodes(db, repositoryId, [subject]);
  found.add(row ? nodeOf(row) : absentNode(subject), row?.id);
  found.connect({ from: root.digest, to: subject, kind: 'refers' });
}

async function readPredicates(db: Db, found: Collected): Promise<GraphNode[]> {
  const notes = await selectLayerNotes(db, { artifactIds: [...found.ids.keys()], limit: MAX_NOTES });
  const told = new Map<string, Set<string>>();
  for (const { artifact_id: id, annotations } of notes) {
    const predicate = readJson<Record<string, string>>(annotations)[PREDICATE];
    const digest = found.ids.get(id);
    if (predicate === undefined || digest === undefined) continue;
    told.set(digest, (told.get(digest) ?? new Set()).add(predicate));
  }
  return [...found.nodes.values()].map((node) => ({
    ...node,
    predicateTypes: [...(told.get(node.digest) ?? [])].slice(0, 10),
  }));
}

/** Reads the picture in a few queries, whatever was pushed; throws `not_found`. */
export async function readGraph(db: Db, scope: ProjectScope, at: ArtifactAt): Promise<Graph> {
  const { repository, row: root } = await requireArtifact(db, scope, at);
  const found = new Collected();
  found.add(nodeOf(root), root.id);
  await addAbove(db, repository.id, found, root);
  const all = (await selectReferences(db, root.id)).filter((reference) => reference.role === 'child');
  const children = all.slice(0, MAX_NODES);
  if (all.length > children.length) found.truncated = true;
  const digests = children.map((child) => child.digest);
  addChildren(found, root.digest, { children, rows: await selectNodes(db, repository.id, digests) });
  // What refers to it and to its parts, and what refers to that: an SBOM may be signed.
  let layer = [root.digest, ...digests];
  for (let depth = 0; depth < 2; depth++) {
    const rows = await selectReferring(db, repository.id, { digests: layer, limit: MAX_NODES });
    layer = addReferring(found, rows);
  }
  return {
    digest: root.digest,
    pullCount: root.pull_count,
    nodes: await readPredicates(db, found),
    edges: [...found.edges.values()].filter(({ from, to }) => found.nodes.has(from) && found.nodes.has(to)),
    truncated: found.truncated,
  };
}
