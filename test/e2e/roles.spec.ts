import type { Page } from '@playwright/test';
import { addMember, createProject, createUser, expect, signIn, test, userPassword } from './berth.ts';

test.use({ owner: 'roles' });

const repository = '/i/local/projects/web/repos/storefront-api';

test.beforeAll(async ({ registry }) => {
  await createProject(registry, 'web');
  await createProject(registry, 'tools', true);
  const people = { guest: 'tomas', maintainer: 'wei.zhang', developer: 'anna.berg' } as const;
  for (const [role, username] of Object.entries(people) as [keyof typeof people, string][]) {
    await createUser(registry, username);
    await addMember(registry, 'web', { username, role });
  }
  await createUser(registry, 'outsider');
  await registry.push({ repository: 'web/storefront-api', tags: ['1.0.0', 'latest'] });
  await registry.push({
    repository: 'web/storefront-api',
    tags: ['old'],
    layers: [{ step: 'RUN old', bytes: 999 }],
  });
  await registry.push({ repository: 'web/team/nested', tags: ['2.0'] });
  await registry.push({ repository: 'tools/jq', tags: ['1.8'] });
});

const as = (name: string) => ({ name, password: userPassword });

/** The artifact's menu has what everybody may do: a copy needs a right at its target only. */
async function offersNoDeletion(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'More actions' }).click();
  await expect(page.getByRole('menuitem', { name: /Copy to/ })).toBeVisible();
  await expect(page.getByRole('menuitem', { name: /Delete/ })).toHaveCount(0);
  await page.keyboard.press('Escape');
}

test('a guest looks and pulls, and is offered nothing that changes', async ({ page, registry }) => {
  await signIn(page, registry, as('tomas'));
  await page.goto(`${registry.origin}/i/local/projects`);
  await page.getByRole('link', { name: 'web', exact: true }).click();
  await expect(page.getByRole('link', { name: 'storefront-api' })).toBeVisible();
  await expect(page.getByRole('link', { name: 'Members' })).toBeVisible();
  await expect(page.getByRole('button', { name: 'Push commands' })).toHaveCount(0);
  await expect(page.getByRole('button', { name: /More actions/ })).toHaveCount(0);
  await page.getByRole('link', { name: 'storefront-api' }).click();
  await expect(page.getByText('latest')).toBeVisible();
  await expect(page.getByRole('checkbox')).toHaveCount(0);
  await page.getByText('latest').click();
  await expect(page.getByRole('button', { name: 'Copy pull command' })).toBeVisible();
  await expect(page.getByRole('button', { name: 'Add tag' })).toHaveCount(0);
  await offersNoDeletion(page);
  await expect(page.getByRole('link', { name: 'Users' })).toHaveCount(0);
  await page.goto(`${registry.origin}/i/local/users`);
  await expect(page.getByText('Not found or not shared with you')).toBeVisible();
});

test('a developer pushes and tags, and is not offered delete', async ({ page, registry }) => {
  await signIn(page, registry, as('anna.berg'));
  await page.goto(`${registry.origin}${repository}`);
  await expect(page.getByRole('button', { name: 'Push commands' })).toBeVisible();
  // Labels may be given, so that rows are selected; nothing more is offered for them.
  await page.getByRole('checkbox', { name: 'Select all rows' }).click();
  await expect(page.getByRole('button', { name: 'Add label…' })).toBeVisible();
  await expect(page.getByRole('button', { name: 'Delete…' })).toHaveCount(0);
  await page.keyboard.press('Escape');
  await page.getByText('latest').click();
  await page.getByRole('button', { name: 'Add tag' }).click();
  await page.getByRole('textbox', { name: 'Tag' }).fill('stable');
  await page.getByRole('dialog').getByRole('button', { name: 'Add tag' }).click();
  await expect(page.locator('.b-title-tags').getByText('stable')).toBeVisible();
  await offersNoDeletion(page);
});

test('a maintainer deletes a tag and an artifact, after being told what goes', async ({ page, registry }) => {
  await signIn(page, registry, as('wei.zhang'));
  await page.goto(`${registry.origin}${repository}?tab=tags`);
  await page.getByRole('checkbox', { name: 'Select latest' }).check();
  await page.getByRole('button', { name: 'Delete…' }).click();
  const dialog = page.getByRole('dialog', { name: 'Delete 1 tag from web/storefront-api' });
  await expect(dialog.getByText(/its artifact keeps \d tags?/)).toBeVisible();
  await dialog.getByRole('button', { name: 'Delete 1 tag' }).click();
  await expect(page.getByText('1 tag deleted from web/storefront-api')).toBeVisible();
  await expect(page.getByRole('checkbox', { name: 'Select latest' })).toHaveCount(0);

  await page.getByRole('link', { name: /^Artifacts/ }).click();
  await page.getByRole('checkbox', { name: 'Select old' }).check();
  await page.getByRole('button', { name: 'Delete…' }).click();
  const second = page.getByRole('dialog', { name: 'Delete 1 artifact from web/storefront-api' });
  await expect(second.getByText(/^1 artifact, 1 tag\. .* becomes free at the next clean-up/)).toBeVisible();
  await second.getByRole('button', { name: 'Delete 1 artifact' }).click();
  await expect(page.getByText('old', { exact: true })).toHaveCount(0);
  const path = '/api/v2.0/projects/web/repositories/storefront-api/artifacts/old';
  await expect(registry.api('GET', path)).rejects.toThrow('404');
});

test('an outsider cannot tell a private project from none', async ({ page, registry }) => {
  await signIn(page, registry, as('outsider'));
  await page.goto(`${registry.origin}/i/local/projects`);
  await expect(page.getByRole('link', { name: 'tools', exact: true })).toBeVisible();
  await expect(page.getByRole('link', { name: 'web', exact: true })).toHaveCount(0);
  for (const path of ['/i/local/projects/web', '/i/local/projects/nothing', repository]) {
    await page.goto(`${registry.origin}${path}`);
    await expect(page.getByText('Not found or not shared with you')).toBeVisible();
  }
});

test('without signing in one browses what is public, and nothing else', async ({ page, registry }) => {
  await page.goto(`${registry.origin}/login`);
  await page.getByRole('link', { name: 'Browse public projects' }).click();
  await expect(page.getByRole('link', { name: 'tools', exact: true })).toBeVisible();
  await expect(page.getByRole('link', { name: 'web', exact: true })).toHaveCount(0);
  await expect(page.getByRole('button', { name: 'New project' })).toHaveCount(0);
  await page.getByRole('link', { name: 'tools', exact: true }).click();
  await page.getByRole('link', { name: 'jq' }).click();
  await page.getByText('1.8').click();
  await expect(page.getByText('COPY . /')).toBeVisible();
  await expect(page.getByRole('link', { name: 'Members' })).toHaveCount(0);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await expect(page).toHaveURL(/\/login\?to=/);
});

test('a system admin creates a user, who becomes a member and changes role', async ({ page, registry }) => {
  await signIn(page, registry);
  await page.goto(`${registry.origin}/i/local/users`);
  await page.getByRole('button', { name: 'New user' }).click();
  await page.getByLabel('User name').fill('lena');
  await page.getByLabel('Full name').fill('Lena Hart');
  await page.getByLabel('Email').fill('lena@example.com');
  await page.getByRole('textbox', { name: 'Password' }).fill('weak');
  await page.getByRole('button', { name: 'Create user' }).click();
  await expect(page.getByText('Use 8 to 128 characters')).toBeVisible();
  await page.getByRole('textbox', { name: 'Password' }).fill(userPassword);
  await page.getByRole('button', { name: 'Create user' }).click();
  await expect(page.getByText('User lena created')).toBeVisible();

  await page.goto(`${registry.origin}/i/local/projects/web/members`);
  await page.getByRole('button', { name: 'Add members' }).click();
  await page.getByRole('combobox', { name: 'User names' }).fill('nobody');
  await page.getByRole('dialog').getByRole('button', { name: 'Add members' }).click();
  await expect(page.getByText('Nobody here is called nobody')).toBeVisible();
  await page.getByRole('combobox', { name: 'User names' }).press('Backspace');
  await page.getByRole('combobox', { name: 'User names' }).fill('len');
  await page.getByRole('option', { name: 'lena' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Add members' }).click();
  await expect(page.getByLabel('Role of lena')).toHaveValue('2');
  await page.getByLabel('Role of lena').selectOption('Guest');
  await expect(page.getByText('lena is now Guest')).toBeVisible();
  // With the keys one passes over other roles: nothing is granted until Enter.
  const granted: string[] = [];
  page.on('request', (request) => request.method() === 'PUT' && granted.push(request.url()));
  await page.getByLabel('Role of lena').focus();
  await page.keyboard.press('ArrowUp');
  await page.keyboard.press('ArrowUp');
  await page.keyboard.press('Escape');
  await expect(page.getByLabel('Role of lena')).toHaveValue('3');
  await page.keyboard.press('ArrowUp');
  await page.keyboard.press('Enter');
  await expect.poll(() => granted.length).toBe(1);
  await page.getByLabel('Role of lena').blur();
  await page.getByLabel('Role of lena').selectOption('Guest');
  await expect.poll(() => granted.length).toBe(2);
  await page.reload();
  await expect(page.getByLabel('Role of lena')).toHaveValue('3');
});

test('a project with repositories is not deleted; an empty one is, once its name is typed', async ({
  page,
  registry,
}) => {
  await createProject(registry, 'short-lived');
  await signIn(page, registry);
  await page.goto(`${registry.origin}/i/local/projects`);
  await page.getByRole('button', { name: 'More actions for tools' }).click();
  await page.getByRole('menuitem', { name: 'Delete project…' }).click();
  await expect(page.getByText('only an empty project can be deleted')).toBeVisible();
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: 'More actions for short-lived' }).click();
  await page.getByRole('menuitem', { name: 'Delete project…' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('button', { name: 'Delete project' }).click();
  await expect(dialog.getByText('Type short-lived exactly')).toBeVisible();
  await dialog.getByRole('textbox').fill('short-lived');
  await dialog.getByRole('button', { name: 'Delete project' }).click();
  await expect(page.getByText('Project short-lived deleted')).toBeVisible();
  await expect(page.getByRole('link', { name: 'short-lived' })).toHaveCount(0);
});

test('a repository with slashes in its name has its own address', async ({ page, registry }) => {
  await signIn(page, registry);
  await page.goto(`${registry.origin}/i/local/projects/web`);
  await page.getByRole('link', { name: 'team/nested' }).click();
  await expect(page).toHaveURL(/\/repos\/team%2Fnested$/);
  await page.reload();
  await page.getByText('2.0').click();
  await expect(page.getByText(`docker pull ${registry.host}/web/team/nested:2.0`)).toHaveCount(0);
  await page.getByRole('button', { name: 'Pull with another client' }).click();
  await expect(page.getByText(`docker pull ${registry.host}/web/team/nested:2.0`)).toBeVisible();
});

test('each role is offered the sections of the project that it may see', async ({ page, registry }) => {
  const sections = {
    tomas: ['Repositories', 'Members', 'Labels'],
    'anna.berg': ['Repositories', 'Members', 'Labels'],
    'wei.zhang': ['Repositories', 'Members', 'Labels'],
    'mei.lin': ['Repositories', 'Members', 'Labels', 'Activity', 'Settings'],
    lior: ['Repositories'],
  };
  await createUser(registry, 'mei.lin');
  await addMember(registry, 'web', { username: 'mei.lin', role: 'projectAdmin' });
  await createUser(registry, 'lior');
  await addMember(registry, 'web', { username: 'lior', role: 'limitedGuest' });
  for (const [name, expected] of Object.entries(sections)) {
    await page.context().clearCookies();
    await signIn(page, registry, as(name));
    await page.goto(`${registry.origin}/i/local/projects/web`);
    const tabs = page.getByRole('navigation', { name: 'Sections of project web' }).getByRole('link');
    await expect(tabs).toHaveText(expected.map((label) => new RegExp(`^${label}`)));
  }
  await page.goto(`${registry.origin}/i/local/projects/web/members`);
  await expect(page.getByText('It needs the role Guest')).toBeVisible();
});

test('several members change role and go at once, after being told', async ({ page, registry }) => {
  await createProject(registry, 'crew');
  for (const username of ['outsider', 'tomas', 'anna.berg'])
    await addMember(registry, 'crew', { username, role: 'guest' });
  await signIn(page, registry);
  await page.goto(`${registry.origin}/i/local/projects/crew/members`);
  await page.getByRole('checkbox', { name: 'Select tomas' }).check();
  await page.getByRole('checkbox', { name: 'Select outsider' }).check();
  await page.getByRole('button', { name: 'Change role…' }).click();
  const dialog = page.getByRole('dialog');
  await expect(dialog.getByText(/outsider|tomas/).first()).toBeVisible();
  await dialog.getByLabel('Role').selectOption('4');
  await dialog.getByRole('button', { name: 'Change role' }).click();
  await expect(page.getByLabel('Role of tomas')).toHaveValue('4');
  await expect(page.getByLabel('Role of outsider')).toHaveValue('4');
  await expect(page.getByLabel('Role of anna.berg')).toHaveValue('3');
  await page.getByRole('textbox', { name: 'Filter members' }).fill('t');
  await expect(page.getByLabel('Role of anna.berg')).toHaveCount(0);
  await page.getByRole('textbox', { name: 'Filter members' }).fill('');
  await expect(page.getByLabel('Role of anna.berg')).toBeVisible();
  await page.getByRole('checkbox', { name: 'Select tomas' }).check();
  await page.getByRole('checkbox', { name: 'Select anna.berg' }).check();
  await page.getByRole('button', { name: 'Remove…' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Remove 2 members' }).click();
  await expect(page.getByText('2 members removed from crew')).toBeVisible();
  await expect(page.getByLabel('Role of tomas')).toHaveCount(0);
  await page.getByRole('button', { name: 'Who may what' }).click();
  await expect(page.getByRole('row', { name: 'Push images yes yes yes no no' })).toBeVisible();
});

test('the settings of a project are saved, discarded, and not lost by leaving', async ({
  page,
  registry,
}) => {
  await createProject(registry, 'shop');
  await signIn(page, registry);
  await page.goto(`${registry.origin}/i/local/projects/shop/settings`);
  await page.getByRole('radio', { name: 'Public' }).check();
  await expect(page.getByText('changed, not saved')).toBeVisible();
  await expect(page.getByText('without signing in.')).toBeVisible();
  await page.getByRole('link', { name: 'Members' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Stay' }).click();
  await expect(page).toHaveURL(/\/settings$/);
  await page.getByRole('button', { name: 'Discard' }).click();
  await expect(page.getByRole('radio', { name: 'Private' })).toBeChecked();
  await page.getByRole('radio', { name: 'Public' }).check();
  await page.getByRole('switch', { name: 'Take images of which parts are missing' }).check({ force: true });
  await page.keyboard.press('Control+s');
  await expect(page.getByText('Changes saved')).toBeVisible();
  await expect(page.locator('.b-state-chip')).toHaveText('Public');
  const kept = (await (await registry.api('GET', '/api/v2.0/projects/shop')).json()) as object;
  expect(kept).toMatchObject({ metadata: { public: 'true', allow_sparse: 'true' } });
  await page.getByRole('link', { name: 'Members' }).click();
  await expect(page).toHaveURL(/\/members$/);
});
