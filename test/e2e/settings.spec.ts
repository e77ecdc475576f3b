import { createUser, expect, signIn, test, userPassword } from './berth.ts';

test.use({ owner: 'settings' });

const general = '/i/local/settings/general';

test.beforeAll(async ({ registry }) => {
  await createUser(registry, 'mei.lin');
});

test.afterEach(async ({ registry }) => {
  await registry.api('PUT', '/api/v2.0/configurations', {
    read_only: false,
    self_registration: false,
    project_creation_restriction: 'everyone',
    session_timeout: 60,
    banner_message: '',
    disabled_audit_log_event_types: '',
  });
});

test('only what was changed is saved, and it says so before and after', async ({ page, registry }) => {
  await signIn(page, registry);
  await page.goto(`${registry.origin}${general}`);
  await expect(page.getByLabel('Session ends after')).toHaveValue('60');
  await expect(page.getByText('changed, not saved')).toHaveCount(0);
  await page.getByLabel('Session ends after').fill('1000000');
  await expect(page.getByText('changed, not saved')).toBeVisible();
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByText('Enter whole minutes from 1 to 43,200')).toBeVisible();
  await expect(page.getByLabel('Session ends after')).toBeFocused();
  await page.getByLabel('Session ends after').fill('90');
  // Meanwhile somebody else changes another thing: it stays.
  await registry.api('PUT', '/api/v2.0/configurations', { token_expiration: 45 });
  const sent = page.waitForRequest((request) => request.method() === 'PUT');
  await page.keyboard.press('Control+s');
  expect((await sent).postDataJSON()).toEqual({ session_timeout: 90 });
  await expect(page.getByText('Settings saved')).toBeVisible();
  await expect(page.getByText('changed, not saved')).toHaveCount(0);
  await page.reload();
  await expect(page.getByLabel('Session ends after')).toHaveValue('90');
  await expect(page.getByLabel('Token lasts')).toHaveValue('45');
  await registry.api('PUT', '/api/v2.0/configurations', { token_expiration: 30 });
});

test('leaving with something unsaved asks first', async ({ page, registry }) => {
  await signIn(page, registry);
  await page.goto(`${registry.origin}${general}`);
  await page.getByLabel('Read-only').check();
  await page.getByRole('link', { name: 'Storage' }).click();
  const dialog = page.getByRole('dialog', { name: 'Leave without saving?' });
  await dialog.getByRole('button', { name: 'Stay' }).click();
  await expect(page).toHaveURL(/general$/);
  await expect(page.getByLabel('Read-only')).toBeChecked();
  await page.getByRole('link', { name: 'Storage' }).click();
  await dialog.getByRole('button', { name: 'Leave' }).click();
  await expect(page.getByRole('heading', { name: 'Disk' })).toBeVisible();
  await page.goBack();
  await expect(page.getByLabel('Read-only')).not.toBeChecked();
});

test('a refusal of the server is shown with its cause and request id, and what was typed stays', async ({
  page,
  registry,
}) => {
  await signIn(page, registry);
  await page.goto(`${registry.origin}${general}`);
  await page.getByLabel('Only system admins').check();
  await page.route('**/api/v2.0/configurations', (route) =>
    route.fulfill({
      status: 400,
      headers: { 'x-request-id': 'b7e1c0de-0000-4000-8000-000000000001' },
      json: { errors: [{ code: 'BAD_REQUEST', message: 'read_only is true or false' }] },
    }),
  );
  await page.getByRole('button', { name: 'Save' }).click();
  const alert = page.getByRole('alert').filter({ hasText: 'Settings not saved' });
  await expect(alert).toContainText('read_only is true or false');
  await expect(alert).toContainText('b7e1c0de-0000-4000-8000-000000000001');
  await expect(page.getByLabel('Only system admins')).toBeChecked();
});

test('an announcement stands on every page until each person closes it', async ({
  page,
  registry,
  browser,
}) => {
  await signIn(page, registry);
  await page.goto(`${registry.origin}${general}`);
  await page.getByLabel('Show an announcement').check();
  const hostile = 'Closed on Sunday <img src=x onerror=alert(1)>';
  await page.getByLabel('Text').fill(hostile);
  await page.getByRole('button', { name: 'Save' }).click();
  const banner = page.getByRole('region', { name: 'Announcement' }).filter({ hasText: 'Note' });
  // Text, not markup.
  await expect(banner).toContainText(hostile);
  await expect(banner.locator('img')).toHaveCount(0);
  await banner.getByRole('button', { name: 'Close announcement' }).click();
  await expect(banner).toHaveCount(0);
  await page.reload();
  await expect(page.getByRole('heading', { name: 'Settings' })).toBeVisible();
  await expect(banner).toHaveCount(0);

  const stranger = await (await browser.newContext()).newPage();
  await stranger.goto(`${registry.origin}/login`);
  await expect(stranger.getByRole('region', { name: 'Announcement' })).toContainText('Closed on Sunday');
  await stranger.context().close();
});

test('an announcement whose days are over, or have not come, is not shown', async ({ page, registry }) => {
  const announce = (from: string, to: string): Promise<Response> =>
    registry.api('PUT', '/api/v2.0/configurations', {
      banner_message: JSON.stringify({ message: 'Moving house', fromDate: from, toDate: to }),
    });
  const shown = page.getByText('Moving house');
  await announce('2001-01-01', '2001-12-31');
  await page.goto(`${registry.origin}/login`);
  await expect(page.getByLabel('User name')).toBeVisible();
  await expect(shown).toHaveCount(0);
  await announce('2001-01-01', '2999-12-31');
  await page.reload();
  await expect(shown).toBeVisible();
  await announce('2999-01-01', '2999-12-31');
  await page.reload();
  await expect(page.getByLabel('User name')).toBeVisible();
  await expect(shown).toHaveCount(0);
});

test('what the audit log may leave out is chosen by what it writes down', async ({ page, registry }) => {
  await signIn(page, registry);
  await page.goto(`${registry.origin}${general}`);
  await expect(page.getByLabel('Pulls of artifacts')).toBeChecked();
  await page.getByLabel('Pulls of artifacts').uncheck();
  await page.getByLabel('Signing out').uncheck();
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByText('Settings saved')).toBeVisible();
  const reply = await registry.api('GET', '/api/v2.0/configurations');
  const { disabled_audit_log_event_types: left } = (await reply.json()) as Record<string, { value: string }>;
  expect(left?.value).toBe('pull_artifact,logout_user');
});

test('storage, network and health say what this server is', async ({ page, registry }) => {
  await signIn(page, registry);
  await page.goto(`${registry.origin}/i/local/settings/storage`);
  await expect(page.getByText('more can be pushed')).toBeVisible();
  await expect(page.getByRole('img', { name: /^The disk: / })).toBeVisible();
  await expect(page.getByText(/SQLite 3\./)).toBeVisible();
  await page.getByRole('link', { name: 'Network & TLS' }).click();
  await expect(page.getByText(registry.host, { exact: true })).toBeVisible();
  await expect(page.getByText('this address is reached from this machine only')).toBeVisible();
  await page.getByRole('link', { name: 'Health' }).click();
  await expect(page.getByText('All parts answer')).toBeVisible();
});

test.describe('asked again', () => {
  test.use({ allowed: ['asked twice'] });

  test('health is checked anew', async ({ page, registry }) => {
    await signIn(page, registry);
    await page.goto(`${registry.origin}/i/local/settings/health`);
    await expect(page.getByText('All parts answer')).toBeVisible();
    await page.route('**/api/berth/v1/system/health', async (route) => {
      const reply = await route.fetch();
      const body = (await reply.json()) as { components: { name: string }[] };
      const components = body.components.map((each) => ({ ...each, healthy: each.name !== 'registry' }));
      await route.fulfill({ json: { ...body, healthy: false, components } });
    });
    await page.getByRole('button', { name: 'Check again' }).click();
    await expect(page.getByText('1 part has a problem')).toBeVisible();
    await expect(page.getByRole('listitem').filter({ hasText: 'Blob storage' })).toContainText('Failed');
  });
});

test('a certificate is shown with its names, its end and its fingerprint, and the authority to download', async ({
  page,
  registry,
}) => {
  const fingerprint = Array.from({ length: 32 }, (_, at) => at.toString(16).padStart(2, '0').toUpperCase());
  const inDays = (days: number): string => new Date(Date.now() + days * 864e5).toISOString();
  await signIn(page, registry);
  await page.route('**/api/berth/v1/system/network', (route) =>
    route.fulfill({
      json: {
        listen: ['[::]:5443'],
        external_url: 'https://registry.example:5443',
        origin: 'https://registry.example:5443',
        certificate: {
          file: '/etc/berth/berth.crt',
          names: ['registry.example', '10.0.0.7'],
          subject: 'registry.example',
          issuer: 'Harbour authority',
          valid_from: inDays(-80),
          valid_until: inDays(9.5),
          fingerprint: fingerprint.join(':'),
        },
        has_ca_root: true,
        trusted_proxies: ['10.0.0.0/8'],
      },
    }),
  );
  await page.goto(`${registry.origin}/i/local/settings/network`);
  await expect(page.getByText('registry.example, 10.0.0.7')).toBeVisible();
  await expect(page.getByText('The certificate ends in 9 days')).toBeVisible();
  await expect(page.getByText(fingerprint.join(':'))).toBeVisible();
  await expect(page.getByRole('link', { name: 'Download CA certificate' })).toHaveAttribute(
    'href',
    '/api/v2.0/systeminfo/getcert',
  );
});

test('appearance changes at once and is remembered; letters alone can be switched off', async ({
  page,
  registry,
}) => {
  await signIn(page, registry, { name: 'mei.lin', password: userPassword });
  await page.goto(`${registry.origin}/i/local/settings`);
  // Whoever is no administrator has only what everybody has.
  await expect(page).toHaveURL(/appearance$/);
  const tabs = page.getByRole('navigation', { name: 'Sections of the settings' }).getByRole('link');
  await expect(tabs).toHaveText(['Appearance', 'About']);
  await page.getByText('Dark', { exact: true }).click();
  await expect(page.locator('html')).toHaveAttribute('data-mantine-color-scheme', 'dark');
  await page.getByLabel('Keys of a single letter').uncheck();
  await page.keyboard.press('?');
  await page.getByText('简体中文').click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('设置');
  await expect(page.getByRole('dialog')).toHaveCount(0);
  await page.reload();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('设置');
  await expect(page.locator('html')).toHaveAttribute('data-mantine-color-scheme', 'dark');
});

test('an ordinary user finds no section of administrators, by no address', async ({ page, registry }) => {
  await signIn(page, registry, { name: 'mei.lin', password: userPassword });
  for (const section of ['general', 'storage', 'network', 'health', 'nothing']) {
    await page.goto(`${registry.origin}/i/local/settings/${section}`);
    await expect(page.getByText('Not found or not shared with you')).toBeVisible();
  }
});

test('every library is named with its licence, and its text is one click away', async ({
  page,
  registry,
}) => {
  await signIn(page, registry);
  await page.goto(`${registry.origin}/i/local/settings/about`);
  await expect(page.getByText(/^\d{3} of \d{3} libraries$/)).toBeVisible();
  await page.getByRole('textbox', { name: 'Filter libraries' }).fill('fastify');
  await expect(page).toHaveURL(/q=fastify/);
  const row = page.getByRole('listitem').filter({ has: page.getByText('fastify', { exact: true }) });
  await expect(row).toContainText('MIT');
  await row.locator('summary').click();
  await expect(row.locator('pre')).toContainText('Permission is hereby granted');
  await page.getByRole('textbox', { name: 'Filter libraries' }).fill('nothing-like-it');
  await expect(page.getByText('No library matches')).toBeVisible();
});
