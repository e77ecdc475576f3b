import { randomBytes } from 'node:crypto';
import { createClient, type RegistryClient } from './client.ts';
import { createReport, type Report, type Result } from './report.ts';
import { createRepository, type Repository } from './repository.ts';
import { watchReplies } from './watch.ts';
import { CATEGORIES } from './categories/index.ts';

export interface SuiteOptions {
  readonly url: string;
  readonly user?: string | undefined;
  readonly password?: string | undefined;
  readonly repo1?: string | undefined;
  readonly repo2?: string | undefined;
  /** Only these categories; the others are named as not run. */
  readonly only?: readonly string[] | undefined;
  /** The longest that one request may take; default 30 s. */
  readonly timeoutMs?: number | undefined;
  readonly onResult?: (result: Result) => void;
}

/** What a category works with. */
export interface Suite {
  readonly client: RegistryClient;
  readonly check: Report['check'];
  readonly repo1: Repository;
  /** Where mounts come from, and where an image without its blobs is refused. */
  readonly repo2: Repository;
  /** A word of this run alone, fit for names and tags. */
  readonly run: string;
}

export interface Category {
  readonly name: string;
  /** Why it says nothing of this registry; undefined when it is to run. */
  leaveOut?(suite: Suite): Promise<string | undefined>;
  run(suite: Suite): Promise<void>;
}

/**
 * Runs all categories against a registry, one after the other. Throws when it cannot be reached at all, and never for what
 * it answers.
 */
export async function runSuite(options: SuiteOptions): Promise<Report> {
  const report = createReport(options.onResult);
  const watch = watchReplies();
  const account =
    options.user === undefined ? undefined : { user: options.user, password: options.password ?? '' };
  const client = createClient({
    url: options.url,
    account,
    timeoutMs: options.timeoutMs ?? 30_000,
    onReply: watch.see,
  });
  const suite: Suite = {
    client,
    check: report.check,
    repo1: createRepository(client, options.repo1 ?? 'protocol/r1'),
    repo2: createRepository(client, options.repo2 ?? 'protocol-other/r2'),
    run: randomBytes(5).toString('hex'),
  };
  try {
    await client.transport.send({ method: 'GET', path: '/v2/' });
    for (const category of CATEGORIES) await runCategory(suite, report, { category, only: options.only });
    await watch.report(report);
  } finally {
    client.transport.close();
  }
  return report;
}

async function runCategory(
  suite: Suite,
  report: Report,
  { category, only }: { category: Category; only: readonly string[] | undefined },
): Promise<void> {
  const { name } = category;
  if (only && !only.includes(name)) return report.leaveOut(name, 'not asked for');
  try {
    const why = await category.leaveOut?.(suite);
    if (why !== undefined) return report.leaveOut(name, why);
    await category.run(suite);
  } catch (error) {
    await report.check(`${name}/whole`, 'the category runs to its end', () => Promise.reject(error));
  }
}
