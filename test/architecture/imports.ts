import { posix } from 'node:path';
import { parseSync } from 'oxc-parser';
import * as rules from './import-rules.ts';

export interface SourceFile {
  /** Relative to the repository, with slashes. */
  readonly path: string;
  readonly text: string;
}

interface Import {
  readonly target: string;
  /** A file of the repository (else a package or a built-in module). */
  readonly inside: boolean;
  readonly typeOnly: boolean;
  readonly relative: boolean;
}

interface Parsed extends SourceFile {
  readonly imports: readonly Import[];
  readonly problems: readonly string[];
}

/** Every breach of the rules in these files, each with the chain of imports that leads to it from an entry. */
export function checkSources(files: readonly SourceFile[]): readonly string[] {
  if (files.length === 0) throw new Error('no file was seen: the check looked in the wrong place');
  const parsed = files.map(parse);
  const chainTo = chains(parsed);
  const breaches = parsed.flatMap((file) => [
    ...file.problems.map((problem) => `${file.path}: ${problem}`),
    ...file.imports.flatMap((edge) =>
      breachesOf(file.path, edge).map((why) => `${[...chainTo(file.path), edge.target].join(' → ')}: ${why}`),
    ),
    ...tooLong(file),
  ]);
  return [...breaches, ...folderCycles(parsed)];
}

/** What is part of the product, not of its making. */
const shipped = /^(electron|renderer|server)\//;

function parse(file: SourceFile): Parsed {
  const { module, program, errors } = parseSync(file.path, file.text);
  const imports: Import[] = [];
  const problems = errors.map((error) => `does not parse: ${error.message}`);
  const add = (specifier: string, typeOnly: boolean): void => {
    imports.push({ ...resolve(file.path, specifier), typeOnly });
  };
  for (const { moduleRequest, entries } of module.staticImports) {
    add(moduleRequest.value, entries.length > 0 && entries.every((entry) => entry.isType));
  }
  for (const { entries } of module.staticExports) {
    for (const { moduleRequest, isType } of entries) if (moduleRequest) add(moduleRequest.value, isType);
  }
  const forbidsClock = file.path.startsWith('server/') && !rules.clockFiles.includes(file.path);
  walk(program, (node) => {
    if (node['type'] === 'TSImportType') add(literal(node['source'] ?? node['argument']) ?? '', true);
    if (node['type'] === 'ImportExpression') {
      const specifier = literal(node['source']);
      if (specifier !== undefined) add(specifier, false);
      else if (shipped.test(file.path)) problems.push('import() of a computed path: nobody can check it');
    }
    if (forbidsClock) problems.push(...ambient(node));
  });
  return { ...file, imports, problems };
}

type Node = Readonly<Record<string, unknown>>;

function walk(node: unknown, visit: (node: Node) => void): void {
  if (Array.isArray(node)) for (const child of node) walk(child, visit);
  else if (typeof node === 'object' && node !== null) {
    if ('type' in node) visit(node as Node);
    for (const child of Object.values(node)) walk(child, visit);
  }
}

function literal(node: unknown): string | undefined {
  const value =
    (node as Node | undefined)?.['value'] ?? (node as { literal?: Node } | undefined)?.literal?.['value'];
  return typeof value === 'string' ? value : undefined;
}

/** `new Date()`, `Date()`, `Date.now` and `Math.random`, however they are used. */
function ambient(node: Node): readonly string[] {
  const name = (part: unknown): string | undefined => (part as { name?: string } | undefined)?.name;
  const isDate = name(node['callee']) === 'Date';
  const said = 'the clock comes from lib/clock.ts, chance from lib/ids.ts';
  if (node['type'] === 'NewExpression' && isDate && (node['arguments'] as unknown[]).length === 0) {
    return [`new Date() without an argument: ${said}`];
  }
  if (node['type'] === 'CallExpression' && isDate) return [`Date(): ${said}`];
  if (node['type'] !== 'MemberExpression') return [];
  const member = `${name(node['object'])}.${name(node['property']) ?? literal(node['property'])}`;
  return member === 'Date.now' || member === 'Math.random' ? [`${member}: ${said}`] : [];
}

function resolve(from: string, specifier: string): Omit<Import, 'typeOnly'> {
  if (specifier.startsWith('#')) return { target: specifier.slice(1), inside: true, relative: false };
  if (!specifier.startsWith('.')) return { target: specifier, inside: false, relative: false };
  return { target: posix.join(posix.dirname(from), specifier), inside: true, relative: true };
}

function breachesOf(from: string, edge: Import): readonly string[] {
  if (!edge.inside) {
    return rules.packagePlaces
      .filter(({ name, only }) => name.test(edge.target) && !only.test(from))
      .map(({ why }) => why);
  }
  const [here, there] = [top(from), top(edge.target)];
  // The version stands nowhere else.
  if (edge.target === 'package.json' && here !== 'server' && here !== 'renderer') return [];
  const why: string[] = [];
  if (edge.relative && here !== there) why.push('a relative import leaves its top folder');
  const allowed = rules.topEdges[here as rules.TopFolder]?.[there as rules.TopFolder];
  if (allowed === undefined) why.push(`${here} may not import ${there}`);
  if (allowed === 'types' && !edge.typeOnly) why.push(`${here} imports types only from ${there}`);
  if (allowed === 'types' && !rules.typeDoors.some((door) => door.test(edge.target))) {
    why.push(
      `${here} takes types of ${there} only from ${rules.typeDoors.map((door) => door.source).join(', ')}`,
    );
  }
  if (here === 'server' && there === 'server') why.push(...serverBreaches(from, edge.target));
  return why;
}

function serverBreaches(from: string, target: string): readonly string[] {
  const why: string[] = [];
  const [here, there] = [layerOf(from), layerOf(target)];
  if (here < 0) why.push(`${from} is in no layer of import-rules.ts`);
  if (there > here) why.push('imports point leftwards only: what the left needs from the right is a port');
  const [domain, other] = [domainOf(from), domainOf(target)];
  if (from.endsWith('/contract.ts') && domain && there > 0)
    why.push('contract.ts imports only typebox and lib');
  if (other === undefined || other === domain) return why;
  const file = target.split('/').slice(3).join('/');
  const mayEnter = rules.doors[file];
  const composing = here === rules.layers.length - 1;
  if (mayEnter === undefined || (domain && file !== 'index.ts') || !(composing || mayEnter.test(from))) {
    why.push(`${target} is not a door of its domain for ${from}`);
  }
  if (domain && tierOf(other) >= tierOf(domain)) {
    why.push('a domain imports only domains of a lower tier; same-tier needs go through an event or a port');
  }
  return why;
}

const top = (path: string): string => path.split('/')[0] ?? '';
const domainOf = (path: string): string | undefined => /^server\/domain\/([^/]+)\//.exec(path)?.[1];
const tierOf = (domain: string): number => rules.tiers.findIndex((tier) => tier.includes(domain));

function layerOf(path: string): number {
  if (rules.composed.includes(path)) return rules.layers.length - 1;
  return rules.layers.findIndex((layer) => layer.includes(path.split('/')[1] ?? ''));
}

function tooLong({ path, text }: SourceFile): readonly string[] {
  const lines = text.replace(/\n$/, '').split('\n').length;
  if (lines <= rules.lineLimit || rules.mayBeLong.some((pattern) => pattern.test(path))) return [];
  return [`${path}: ${lines} lines, more than ${rules.lineLimit}`];
}

/** The shortest way by imports from a file that nobody imports to a file: how a reader comes there. */
function chains(files: readonly Parsed[]): (path: string) => readonly string[] {
  const importers = new Map<string, string[]>();
  for (const file of files) {
    for (const { target } of file.imports) {
      if (top(target) === top(file.path))
        importers.set(target, [...(importers.get(target) ?? []), file.path]);
    }
  }
  return (path) => {
    const queue = [[path]];
    const seen = new Set([path]);
    let chain = queue[0] ?? [];
    for (let next = queue.shift(); next; next = queue.shift()) {
      chain = next;
      const before = importers.get(next[0] ?? '') ?? [];
      if (before.length === 0) break;
      for (const file of before.filter((each) => !seen.has(each))) {
        seen.add(file);
        queue.push([file, ...next]);
      }
    }
    return chain;
  };
}

/** Inside one layer folders may import each other, but not in a circle. */
function folderCycles(files: readonly Parsed[]): readonly string[] {
  const edges = new Map<string, Set<string>>();
  const folder = (path: string): string => path.split('/').slice(0, 2).join('/');
  for (const file of files.filter(({ path }) => top(path) === 'server' && !rules.composed.includes(path))) {
    for (const { target, inside } of file.imports) {
      if (!inside || top(target) !== 'server' || folder(target) === folder(file.path)) continue;
      if (rules.composed.includes(target) || layerOf(target) !== layerOf(file.path)) continue;
      edges.set(folder(file.path), (edges.get(folder(file.path)) ?? new Set()).add(folder(target)));
    }
  }
  const found = new Set<string>();
  const visit = (at: string, trail: readonly string[]): void => {
    if (trail.includes(at)) {
      const ring = trail.slice(trail.indexOf(at));
      const first = ring.indexOf(ring.toSorted()[0] ?? '');
      found.add([...ring.slice(first), ...ring.slice(0, first), ring[first]].join(' → '));
    } else for (const next of edges.get(at) ?? []) visit(next, [...trail, at]);
  };
  for (const start of edges.keys()) visit(start, []);
  return [...found].map((ring) => `${ring}: folders of one layer import each other in a circle`);
}
