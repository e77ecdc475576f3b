/** Our own protocol suite, against any registry: see docs/development.md, “The protocol suite”. */
import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { prepareBerth } from './prepare.ts';
import { allPassed, summarize } from './report.ts';
import { runSuite } from './suite.ts';
import { CATEGORIES } from './categories/index.ts';

const usage = `node test/protocol/run.ts --url URL [options]

  --user U --password P   sign in as; without them the registry has to be open, and auth and token do not run
  --repo1 NAME            where most of it happens (default protocol/r1)
  --repo2 NAME            where mounts come from; takes no sparse images (default protocol-other/r2)
  --prepare-berth         make the projects of the two on a Berth first
  --only A,B              only these categories: ${CATEGORIES.map(({ name }) => name).join(', ')}
  --timeout SECONDS       the longest that one request may take (default 30)
  --json FILE             write every result there
  --verbose               print what passed as well
`;

const { values } = parseArgs({
  options: {
    url: { type: 'string' },
    user: { type: 'string' },
    password: { type: 'string' },
    repo1: { type: 'string', default: 'protocol/r1' },
    repo2: { type: 'string', default: 'protocol-other/r2' },
    'prepare-berth': { type: 'boolean', default: false },
    only: { type: 'string' },
    timeout: { type: 'string', default: '30' },
    json: { type: 'string' },
    verbose: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

async function main(): Promise<number> {
  const { url, user, password = '', repo1, repo2 } = values;
  const only = values.only?.split(',');
  const unknown = only?.filter((name) => !CATEGORIES.some((category) => category.name === name)) ?? [];
  if (values.help || url === undefined || !URL.canParse(url) || unknown.length > 0) {
    if (unknown.length > 0) console.error(`There is no category ${unknown.join(', ')}.\n`);
    console.error(usage);
    return values.help ? 0 : 2;
  }
  if (values['prepare-berth']) await prepareBerth(url, { user: user ?? 'admin', password }, { repo1, repo2 });
  const report = await runSuite({
    url,
    user,
    password,
    repo1,
    repo2,
    only,
    timeoutMs: Number(values.timeout) * 1000,
    onResult: ({ id, passed, milliseconds }) => {
      if (values.verbose) console.log(`${passed ? 'pass' : 'FAIL'} ${id} (${milliseconds} ms)`);
    },
  });
  console.log(summarize(report));
  if (values.json !== undefined) {
    const { results, leftOut } = report;
    await writeFile(
      values.json,
      `${JSON.stringify({ url, repo1, repo2, results, leftOut }, undefined, 2)}\n`,
    );
  }
  return allPassed(report) ? 0 : 1;
}

try {
  process.exitCode = await main();
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 2;
}
