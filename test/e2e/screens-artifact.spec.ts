import { test } from './berth.ts';
import { enter, looks, nameOf, stageOf, wear } from './screens.ts';
import { seed, type Seeded } from './seed.ts';

test.use({ owner: 'screens-artifact' });

const readme = `# Storefront

The shop's front, with its *workers*.

| value | meaning | default |
| --- | --- | --- |
| \`replicas\` | how many run | 2 |
| \`image.tag\` | what runs | 2.12.4 |

> Needs a cache: see [the docs](https://example.com/docs).

\`\`\`sh
helm install storefront oci://registry.example.com/web/charts/storefront
\`\`\`
`;
const chartYaml = `apiVersion: v2
name: storefront
version: 2.12.4
dependencies:
  - { name: redis, version: ~18.0, repository: "https://charts.example.com", condition: redis.enabled }
  - { name: common, version: 1.0.0, repository: "" }
`;

let seeded: Seeded;
let chart: string;

test.beforeAll(async ({ registry }) => {
  test.setTimeout(120_000);
  seeded = await seed(registry);
  chart = await registry.push({
    repository: 'web/charts/storefront',
    tags: ['2.12.4'],
    layers: [{ step: 'chart', bytes: 1 }],
    chart: {
      name: 'storefront',
      version: '2.12.4',
      files: {
        'Chart.yaml': chartYaml,
        'values.yaml':
          '# how many run\nreplicas: 2\nimage:\n  repository: storefront # without the host\n  tag: "2.12.4"\n',
        'README.md': readme,
      },
    },
  });
  const { project_id: id } = await (await registry.api('GET', '/api/v2.0/projects/web')).json();
  const label = { name: 'released', color: '#12786f', scope: 'p', project_id: id };
  const made = await registry.api('POST', '/api/v2.0/labels', label);
  const labelId = Number(made.headers.get('location')?.split('/').at(-1));
  const path = `/api/v2.0/projects/web/repositories/storefront-api/artifacts/${seeded.index}/labels`;
  await registry.api('POST', path, { id: labelId });
});

for (const look of looks) {
  test(`artifact, ${nameOf(look)}`, async ({ page, registry }) => {
    test.setTimeout(120_000);
    await wear(page, look);
    await enter(page, registry);
    const { open, shot } = stageOf(page, look, registry);
    const path = '/i/local/projects/web/repos/storefront-api';
    await open(`${path}/${seeded.index}?tab=history`);
    await shot('artifact-history');
    await open(`${path}/${seeded.index}?tab=raw`);
    await page.locator('.cm-content').waitFor();
    await shot('artifact-raw');
    await open(`${path}/${seeded.index}?tab=referrers`);
    await shot('artifact-referrers');
    await page.locator('.b-header .b-actions button').last().click();
    await page.getByRole('menuitem').first().click();
    await page.getByRole('dialog').waitFor();
    await shot('artifact-copy');
    await open(`${path}/${seeded.image}?tab=referrers`);
    await shot('artifact-no-relations');
    const ofChart = `/i/local/projects/web/repos/charts%2Fstorefront/${chart}`;
    await open(ofChart);
    await page.locator('.b-markdown').waitFor();
    await shot('chart-readme');
    await open(`${ofChart}?tab=values`);
    await page.locator('.cm-content').waitFor();
    await shot('chart-values');
    await open(`${ofChart}?tab=dependencies`);
    await shot('chart-dependencies');
  });
}
