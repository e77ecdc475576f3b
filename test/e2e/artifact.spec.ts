import { addMember, createProject, createUser, expect, signIn, test, userPassword } from './berth.ts';

test.use({ owner: 'artifact' });

const repo = '/i/local/projects/web/repos/storefront-api';
const readme = `# Storefront

Shows the *shop*. <script>window.hacked = 1</script><img src=x onerror="window.hacked = 2">

![a picture](https://elsewhere.example/track.png) and [a page](https://example.com/docs),
[a trap](javascript:window.hacked=3), [another](data:text/html,hi), [a path](/c/log_out).

| key | meaning |
| --- | --- |
| replicas | how many |
`;
const values = '# how many\nreplicas: 2\nimage:\n  tag: "2.12.4"\n';
const chartYaml = `apiVersion: v2
name: storefront
version: 2.12.4
dependencies:
  - name: redis
    version: ~18.0
    repository: https://charts.example.com
    condition: redis.enabled
  - name: common
    version: 1.0.0
    repository: ""
`;

let index: string;
let image: string;
let chart: string;
let sbom: string;

test.beforeAll(async ({ registry }) => {
  await createProject(registry, 'web');
  await createProject(registry, 'released');
  await createUser(registry, 'tomas');
  await addMember(registry, 'web', { username: 'tomas', role: 'guest' });
  const repository = 'web/storefront-api';
  const base = { step: '/bin/sh -c #(nop) ADD rootfs.tar.xz / ', bytes: 28_000 };
  image = await registry.push({
    repository,
    tags: ['1.0', 'stable'],
    layers: [
      base,
      { step: 'RUN /bin/sh -c npm ci # buildkit', bytes: 9_000 },
      { step: 'USER node', bytes: 0 },
    ],
  });
  await registry.push({ repository, tags: ['0.9'], layers: [base, { step: 'RUN old', bytes: 500 }] });
  index = await registry.push({
    repository,
    tags: ['2.0'],
    layers: [base],
    platforms: [
      { os: 'linux', architecture: 'amd64' },
      { os: 'linux', architecture: 'arm64' },
    ],
  });
  sbom = await registry.push({
    repository,
    tags: [],
    layers: [{ step: 'sbom', bytes: 900 }],
    subject: { digest: index, artifactType: 'application/spdx+json' },
  });
  chart = await registry.push({
    repository: 'web/charts/storefront',
    tags: ['2.12.4'],
    layers: [{ step: 'chart', bytes: 1 }],
    chart: {
      name: 'storefront',
      version: '2.12.4',
      files: { 'Chart.yaml': chartYaml, 'values.yaml': values, 'README.md': readme },
    },
  });
  const project = await (await registry.api('GET', '/api/v2.0/projects/web')).json();
  const label = { name: 'checked', color: '#12786f', scope: 'p', project_id: project.project_id };
  await registry.api('POST', '/api/v2.0/labels', label);
});

test('the build history is a Dockerfile, and the tab is part of the address', async ({ page, registry }) => {
  await signIn(page, registry);
  await page.goto(`${registry.origin}${repo}/${image}`);
  await expect(page.getByText(/^Shared base, 28\.0 kB, in 2 other artifacts$/)).toBeVisible();
  await page.getByRole('link', { name: 'Build history' }).click();
  await expect(page).toHaveURL(/tab=history/);
  const file = page.getByLabel('Dockerfile', { exact: true });
  await expect(file).toContainText('ADD rootfs.tar.xz /\nRUN npm ci\nUSER node');
  await page.reload();
  await expect(file).toContainText('RUN npm ci');
  await page.goBack();
  await expect(page.getByRole('columnheader', { name: 'Build step' })).toBeVisible();
});

test('manifest and config are shown by the viewer and downloaded as they were pushed', async ({
  page,
  registry,
}) => {
  await signIn(page, registry);
  await page.goto(`${registry.origin}${repo}/${index}?tab=raw`);
  const viewer = page.getByRole('textbox', { name: 'Index' });
  await expect(viewer).toContainText('"architecture": "arm64"');
  await page.getByText('linux/arm64', { exact: true }).first().click();
  await page.getByText('Config', { exact: true }).click();
  await expect(page).toHaveURL(/part=config/);
  await expect(page.getByRole('textbox', { name: 'Config' })).toContainText('"architecture": "arm64"');
  const download = page.waitForEvent('download');
  await page.getByRole('link', { name: 'Download' }).click();
  expect((await download).suggestedFilename()).toMatch(/^config-[0-9a-f]{12}\.json$/);
});

test('what refers to an index is a picture with a table behind it, and leads to its own page', async ({
  page,
  registry,
}) => {
  await signIn(page, registry);
  await page.goto(`${registry.origin}${repo}/${index}?tab=referrers`);
  await expect(page.locator('.b-node')).toHaveCount(4);
  const row = page.getByRole('row', { name: /SBOM/ });
  await expect(row).toContainText('refers to this artifact');
  await expect(page.getByRole('row', { name: /linux\/arm64/ })).toContainText('part of this artifact');
  await row.getByRole('link', { name: 'SBOM' }).click();
  await expect(page).toHaveURL(new RegExp(encodeURIComponent(sbom)));
  await page.getByRole('link', { name: /^Referrers/ }).click();
  await expect(page.getByRole('row', { name: /Image index/ })).toContainText('subject of this artifact');
});

test('a chart shows its readme without anything that runs or calls elsewhere', async ({ page, registry }) => {
  await signIn(page, registry);
  await page.goto(`${registry.origin}/i/local/projects/web/repos/charts%2Fstorefront/${chart}`);
  const shown = page.locator('.b-markdown');
  await expect(shown.getByRole('heading', { name: 'Storefront' })).toBeVisible();
  await expect(shown.getByRole('link')).toHaveText(['a page']);
  await expect(shown.getByRole('link')).toHaveAttribute('rel', /noopener/);
  await expect(shown.locator('img, script')).toHaveCount(0);
  await expect(shown.getByText('a picture')).toBeVisible();
  expect(await page.evaluate(() => 'hacked' in globalThis)).toBe(false);
  await page.getByRole('link', { name: 'Values' }).click();
  await expect(page.getByRole('textbox', { name: 'values.yaml' })).toContainText('replicas: 2');
  await page.getByRole('link', { name: 'Dependencies' }).click();
  await expect(page.getByRole('row', { name: /redis/ })).toContainText('https://charts.example.com');
  await expect(page.getByRole('row', { name: /common/ })).toContainText('inside this chart');
});

test('labels are added and taken away', async ({ page, registry }) => {
  await signIn(page, registry);
  await page.goto(`${registry.origin}${repo}/${image}`);
  await page.getByRole('button', { name: 'Add label' }).click();
  await page.getByRole('textbox', { name: 'Find a label' }).fill('check');
  await page.getByRole('option', { name: 'checked' }).click();
  const remove = page.getByRole('button', { name: 'Remove label checked' });
  await remove.click();
  await expect(page.getByText('No label yet')).toBeVisible();
});

test('a tag is taken away after saying what stays', async ({ page, registry }) => {
  await signIn(page, registry);
  await page.goto(`${registry.origin}${repo}/${image}`);
  await page.getByRole('button', { name: 'Remove tag stable' }).click();
  const dialog = page.getByRole('dialog');
  await expect(dialog.getByRole('list', { name: 'What goes' })).toContainText('its artifact keeps');
  await dialog.getByRole('button', { name: /^Delete 1 tag/ }).click();
  await expect(page.getByRole('button', { name: 'Remove tag stable' })).toHaveCount(0);
  await expect(page.getByRole('button', { name: 'Remove tag 1.0' })).toBeVisible();
});

test('an artifact is copied to another project with its tags', async ({ page, registry }) => {
  await signIn(page, registry);
  await page.goto(`${registry.origin}${repo}/${index}`);
  await page.getByRole('button', { name: 'More actions' }).click();
  await page.getByRole('menuitem', { name: 'Copy to…' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Project').fill('nowhere');
  await dialog.getByRole('button', { name: 'Copy artifact' }).click();
  await expect(dialog.getByText(/nowhere/)).toBeVisible();
  await dialog.getByLabel('Project').fill('released');
  await page.keyboard.press('Escape');
  await dialog.getByRole('textbox', { name: 'Repository' }).fill('shop');
  await dialog.getByRole('button', { name: 'Copy artifact' }).click();
  await page.getByRole('button', { name: 'Open' }).click();
  await expect(page).toHaveURL(/projects\/released\/repos\/shop\/sha256%3A/);
  await expect(page.getByRole('button', { name: 'Remove tag 2.0' })).toBeVisible();
});

test('pull commands are by tag or by digest, and fit the kind of artifact', async ({ page, registry }) => {
  await signIn(page, registry, { name: 'tomas', password: userPassword });
  await page.goto(`${registry.origin}${repo}/${index}`);
  await page.getByRole('button', { name: 'Pull with another client' }).click();
  const name = `${registry.host}/web/storefront-api`;
  await expect(page.getByText(`docker pull ${name}:2.0`)).toBeVisible();
  await page.getByText('By digest').click();
  await expect(page.getByText(`docker pull ${name}@${index}`)).toBeVisible();
  await page.keyboard.press('Escape');
  await page.goto(`${registry.origin}${repo}/${sbom}`);
  await page.getByRole('button', { name: 'Pull with another client' }).click();
  await expect(page.getByText(new RegExp(`^oras pull .*${name}@${sbom}$`))).toBeVisible();
});

test('a guest is offered nothing that changes the artifact', async ({ page, registry }) => {
  await signIn(page, registry, { name: 'tomas', password: userPassword });
  await page.goto(`${registry.origin}${repo}/${index}`);
  await expect(page.getByRole('link', { name: 'Export' })).toBeVisible();
  for (const name of [/^Remove/, 'Add tag', 'Add label'])
    await expect(page.getByRole('button', { name })).toHaveCount(0);
  await page.getByRole('button', { name: 'More actions' }).click();
  await expect(page.getByRole('menuitem')).toHaveText(['Copy to…']);
});
