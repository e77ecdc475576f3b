import { adminPassword, expect, signIn, startRegistry, test, type Registry } from './berth.ts';

test.describe('the first-run guide', () => {
  let registry: Registry;
  test.beforeEach(async () => {
    registry = await startRegistry();
  });
  test.afterEach(async () => {
    await registry.dispose();
  });

  test('leads from the first sign-in to the pushed image without a reload', async ({ page }) => {
    let loads = 0;
    page.on('load', () => (loads += 1));
    await page.goto(registry.origin);
    await expect(page).toHaveURL(/\/login$/);
    await page.getByLabel('User name').fill('admin');
    await page.getByRole('textbox', { name: 'Password' }).fill(adminPassword);
    await page.keyboard.press('Enter');

    await expect(page).toHaveURL(/\/welcome/);
    await expect(page.getByText('Administrator ready')).toBeVisible();
    await page.getByLabel('Project name').fill('Web');
    await page.getByRole('button', { name: 'Create project' }).click();
    await expect(page.getByText('Use lower-case letters')).toBeVisible();
    await page.getByLabel('Project name').fill('web');
    await page.getByRole('button', { name: 'Create project' }).click();

    await expect(page.getByText(`docker login ${registry.host} -u admin`)).toBeVisible();
    await page.getByText('Podman', { exact: true }).click();
    await expect(
      page.getByText(`podman push --tls-verify=false ${registry.host}/web/alpine:3.22`),
    ).toBeVisible();
    await page.getByText('Helm', { exact: true }).click();
    await expect(
      page.getByText(`helm push --plain-http mychart-0.1.0.tgz oci://${registry.host}/web`),
    ).toBeVisible();
    await page.getByText('ctr', { exact: true }).click();
    await expect(page.getByText('ctr images push --plain-http -u admin')).toBeVisible();

    await expect(page.getByText('Waiting for the first push to web')).toBeVisible();
    await expect(page.getByText('No client has signed in yet')).toBeVisible();
    await page.getByRole('button', { name: 'It does not work' }).click();
    await expect(page.getByText(`must start with ${registry.host}/web/`)).toBeVisible();
    await signInAsClient(registry, 'docker/29.1.0 go/go1.25');
    await expect(page.getByText(/admin signed in with Docker just now/)).toBeVisible();

    const digest = await registry.push({ repository: 'web/alpine', tags: ['3.22'] });
    await expect(page.getByRole('heading', { name: 'Your registry works' })).toBeVisible();
    await expect(page.getByRole('link', { name: 'web/alpine:3.22' })).toBeVisible();
    await expect(page.getByText('linux/amd64')).toBeVisible();
    await expect(page.getByText(`docker pull ${registry.host}/web/alpine:3.22`)).toBeVisible();
    expect(loads).toBe(1);

    await page.getByRole('link', { name: 'web/alpine:3.22' }).click();
    await expect(page.getByRole('heading', { name: digest.slice(0, 19) })).toBeVisible();
    expect(loads).toBe(1);
    await page.goto(registry.origin);
    await expect(page).toHaveURL(/\/i\/local\/overview$/);
  });

  test('can be skipped, and does not come back', async ({ page }) => {
    await signIn(page, registry);
    await page.getByRole('button', { name: 'Skip the guide' }).click();
    await expect(page.getByRole('heading', { name: 'Overview' })).toBeVisible();
    await page.goto(registry.origin);
    await expect(page).toHaveURL(/\/i\/local\/overview$/);
  });

  test('finds a push that came while the page was closed', async ({ page }) => {
    await signIn(page, registry);
    await page.getByRole('button', { name: 'Use library' }).click();
    await expect(page.getByText('Waiting for the first push to library')).toBeVisible();
    const guide = page.url();
    await page.goto('about:blank');
    await registry.push({ repository: 'library/alpine', tags: ['3.22'] });
    await page.goto(guide);
    await expect(page.getByRole('link', { name: 'library/alpine:3.22' })).toBeVisible();
  });
});

/** Asks for a token as docker does at `docker login`. */
async function signInAsClient(registry: Registry, userAgent: string): Promise<void> {
  const authorization = `Basic ${Buffer.from(`admin:${adminPassword}`).toString('base64')}`;
  const challenge = await fetch(`${registry.origin}/v2/`);
  const header = challenge.headers.get('www-authenticate') ?? '';
  const service = /service="([^"]+)"/.exec(header)?.[1] ?? '';
  const url = `${registry.origin}/service/token?account=admin&service=${encodeURIComponent(service)}`;
  const reply = await fetch(url, { headers: { authorization, 'user-agent': userAgent } });
  expect(reply.status).toBe(200);
}
