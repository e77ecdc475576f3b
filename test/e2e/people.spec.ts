import { adminPassword, createUser, expect, signIn, test, userPassword } from './berth.ts';

test.use({ owner: 'people' });

const users = '/i/local/users';
const other = 'Harbour-other-2';

const as = (name: string, password = userPassword) => ({ name, password });

test('users are found by name or email and by their rights, and the address says which', async ({
  page,
  registry,
}) => {
  for (const name of ['mei.lin', 'wei.zhang', 'anna.berg']) await createUser(registry, name);
  await signIn(page, registry);
  await page.goto(`${registry.origin}${users}`);
  await expect(page.getByText('4 users', { exact: true })).toBeVisible();
  await page.getByRole('textbox', { name: 'Filter users' }).fill('wei.zhang@');
  await expect(page.getByRole('row', { name: /mei\.lin/ })).toHaveCount(0);
  await expect(page.getByRole('row', { name: /wei\.zhang/ })).toBeVisible();
  await expect(page).toHaveURL(/q=wei/);
  await page.getByRole('textbox', { name: 'Filter users' }).fill('');
  await page.getByRole('button', { name: 'Rights' }).first().click();
  await page.getByRole('menuitemradio', { name: 'System admin' }).click();
  await expect(page.getByRole('row', { name: /admin.*You/ })).toBeVisible();
  await expect(page.getByRole('row', { name: /mei\.lin/ })).toHaveCount(0);
  await page.getByRole('button', { name: 'Clear System admin' }).click();
  await expect(page.getByRole('row', { name: /mei\.lin/ })).toBeVisible();
});

test('a user becomes a system admin and is one no longer, each after a question', async ({
  page,
  registry,
}) => {
  await createUser(registry, 'tomas');
  await signIn(page, registry);
  await page.goto(`${registry.origin}${users}`);
  const row = page.getByRole('row', { name: /tomas/ });
  const menu = async (item: string): Promise<void> => {
    await row.getByRole('button', { name: 'More actions for tomas' }).click();
    await page.getByRole('menuitem', { name: item }).click();
  };
  await menu('Make system admin…');
  const dialog = page.getByRole('dialog', { name: 'Make tomas a system admin' });
  await expect(dialog).toContainText('On Studio.');
  await dialog.getByRole('button', { name: 'Make system admin' }).click();
  await expect(row).toContainText('System admin');
  await menu('Take admin rights away…');
  await page.getByRole('button', { name: 'Take rights away' }).click();
  await expect(row).toContainText('By project role');
});

test('a reset password lets the user in, and ends what the old one opened', async ({
  page,
  registry,
  browser,
}) => {
  await createUser(registry, 'lena');
  const hers = await (await browser.newContext()).newPage();
  await signIn(hers, registry, as('lena'));
  await signIn(page, registry);
  await page.goto(`${registry.origin}${users}`);
  await page.getByRole('button', { name: 'More actions for lena' }).click();
  await page.getByRole('menuitem', { name: 'Reset password…' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('textbox', { name: 'New password' }).fill('weak');
  await dialog.getByRole('button', { name: 'Reset password' }).click();
  await expect(dialog.getByText('Use 8 to 128 characters')).toBeVisible();
  await dialog.getByRole('button', { name: 'Make a password' }).click();
  const made = await dialog.getByRole('textbox', { name: 'New password' }).inputValue();
  expect(made).toMatch(/^[A-Za-z2-9]{20}$/);
  await dialog.getByRole('button', { name: 'Reset password' }).click();
  await expect(page.getByText('Password of lena reset')).toBeVisible();
  await hers.goto(`${registry.origin}/profile`);
  await expect(hers).toHaveURL(/\/login/);
  await hers.context().close();
  const again = await (await browser.newContext()).newPage();
  await signIn(again, registry, as('lena', made));
  await again.context().close();
});

test('deleting a user says what goes and what stays, and ends their sessions', async ({
  page,
  registry,
  browser,
}) => {
  await createUser(registry, 'leaver');
  const theirs = await (await browser.newContext()).newPage();
  await signIn(theirs, registry, as('leaver'));
  await signIn(page, registry);
  await page.goto(`${registry.origin}${users}?q=leaver`);
  await page.getByRole('button', { name: 'More actions for leaver' }).click();
  await page.getByRole('menuitem', { name: 'Delete user…' }).click();
  const dialog = page.getByRole('dialog', { name: 'Delete user leaver' });
  await expect(dialog).toContainText('On Studio. Deleting is final');
  await expect(dialog).toContainText('goes, with all memberships and sessions');
  await expect(dialog).toContainText('Projects that leaver made stay');
  await dialog.getByRole('button', { name: 'Delete user' }).click();
  await expect(page.getByText('User leaver deleted')).toBeVisible();
  await expect(page.getByText('No user matches')).toBeVisible();
  await theirs.goto(`${registry.origin}/profile`);
  await expect(theirs).toHaveURL(/\/login/);
  await theirs.context().close();
});

test('an administrator sees where a user is signed in and ends one session there', async ({
  page,
  registry,
  browser,
}) => {
  await createUser(registry, 'roamer');
  const first = await (await browser.newContext()).newPage();
  await signIn(first, registry, as('roamer'));
  const second = await (await browser.newContext()).newPage();
  await signIn(second, registry, as('roamer'));
  await signIn(page, registry);
  await page.goto(`${registry.origin}${users}?q=roamer`);
  await page.getByRole('button', { name: 'More actions for roamer' }).click();
  await page.getByRole('menuitem', { name: 'Sessions' }).click();
  await expect(page).toHaveURL(/sessions=\d+/);
  // The drawer has an address: a reload shows it again.
  await page.reload();
  const drawer = page.getByRole('dialog', { name: 'Sessions of roamer' });
  await expect(drawer.getByRole('listitem')).toHaveCount(2);
  await drawer
    .getByRole('button', { name: /^End session/ })
    .first()
    .click();
  await expect(drawer.getByRole('listitem')).toHaveCount(1);
  await drawer.getByRole('button', { name: 'End 1 session' }).click();
  await expect(drawer.getByText('Not signed in to the console anywhere')).toBeVisible();
  await first.goto(`${registry.origin}/profile`);
  await expect(first).toHaveURL(/\/login/);
  await first.context().close();
  await second.context().close();
});

test('one changes who one is; a taken email is refused at its field', async ({ page, registry }) => {
  await createUser(registry, 'nora');
  await createUser(registry, 'olaf');
  await signIn(page, registry, as('nora'));
  await page.getByRole('button', { name: /Account of nora/ }).click();
  await page.getByRole('menuitem', { name: 'Profile' }).click();
  await expect(page).toHaveURL(`${registry.origin}/profile`);
  await page.getByLabel('Full name').fill('Nora Lund');
  await page.getByLabel('Email').fill('OLAF@example.com');
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByText('Another account has this email')).toBeVisible();
  await page.getByLabel('Email').fill('nora.lund@example.com');
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByText('Profile saved')).toBeVisible();
  await expect(page.getByText('changed, not saved')).toHaveCount(0);
  await page.reload();
  await expect(page.getByLabel('Full name')).toHaveValue('Nora Lund');
});

test('a new password needs the old one, and ends the other sessions but not this one', async ({
  page,
  registry,
  browser,
}) => {
  await createUser(registry, 'petra');
  const elsewhere = await (await browser.newContext()).newPage();
  await signIn(elsewhere, registry, as('petra'));
  await signIn(page, registry, as('petra'));
  await page.goto(`${registry.origin}/profile?tab=password`);
  const fill = async (old: string, fresh: string): Promise<void> => {
    await page.getByRole('textbox', { name: 'Current password' }).fill(old);
    await page.getByRole('textbox', { name: 'New password' }).fill(fresh);
    await page.getByRole('button', { name: 'Change password' }).click();
  };
  await fill(userPassword, 'weak');
  await expect(page.getByText('Use 8 to 128 characters')).toBeVisible();
  const rules = page.getByRole('list', { name: 'A password needs' });
  await expect(rules.locator('[data-holds]')).toHaveText(['a lower-case letter']);
  await fill(userPassword, userPassword);
  await expect(page.getByText('Choose a password that is not the current one')).toBeVisible();
  await fill(userPassword, other);
  await expect(page.getByText('Password changed')).toBeVisible();
  await page.getByRole('link', { name: 'Sessions' }).click();
  await expect(page.getByText('This one')).toBeVisible();
  await expect(page.getByRole('listitem').filter({ hasText: 'Signed in' })).toHaveCount(1);
  await elsewhere.goto(`${registry.origin}/profile`);
  await expect(elsewhere).toHaveURL(/\/login/);
  await elsewhere.context().close();
});

test('one ends all other sessions with one button', async ({ page, registry, browser }) => {
  await createUser(registry, 'quinn');
  const elsewhere = await (await browser.newContext()).newPage();
  await signIn(elsewhere, registry, as('quinn'));
  await signIn(page, registry, as('quinn'));
  await page.goto(`${registry.origin}/profile?tab=sessions`);
  await page.getByRole('button', { name: 'End 1 other session' }).click();
  await expect(page.getByText('1 session ended')).toBeVisible();
  await expect(page.getByRole('button', { name: /other session/ })).toHaveCount(0);
  await elsewhere.goto(`${registry.origin}/profile`);
  await expect(elsewhere).toHaveURL(/\/login/);
  await elsewhere.context().close();
});

test('the profile has the commands that sign Docker in', async ({ page, registry }) => {
  await signIn(page, registry);
  await page.goto(`${registry.origin}/profile?tab=clients`);
  await expect(page.getByText(`docker login ${registry.host} -u admin`)).toBeVisible();
  await expect(page.getByText(`helm registry login --plain-http ${registry.host} -u admin`)).toBeVisible();
});

test('strangers make themselves an account only while it is allowed', async ({ page, registry }) => {
  await page.goto(`${registry.origin}/login?account=new`);
  await expect(page.getByRole('button', { name: 'Sign in' })).toBeVisible();
  await expect(page.getByRole('link', { name: 'Create an account' })).toHaveCount(0);
  await registry.api('PUT', '/api/v2.0/configurations', { self_registration: true });
  await page.goto(`${registry.origin}/login`);
  await page.getByRole('link', { name: 'Create an account' }).click();
  await page.getByLabel('User name').fill('admin');
  await page.getByLabel('Full name').fill('New Comer');
  await page.getByLabel('Email').fill('newcomer@example.com');
  await page.getByRole('textbox', { name: 'Password' }).fill(other);
  await page.getByRole('button', { name: 'Create account' }).click();
  await expect(page.getByText('is taken. Choose another')).toBeVisible();
  await page.getByLabel('User name').fill('newcomer');
  await page.getByRole('button', { name: 'Create account' }).click();
  await expect(page.getByText('Account newcomer created')).toBeVisible();
  await signIn(page, registry, as('newcomer', other));
  await expect(page.getByRole('link', { name: 'Users' })).toHaveCount(0);
  await registry.api('PUT', '/api/v2.0/configurations', { self_registration: false });
});

test('the first administrator signs in after a wrong password without being locked out', async ({
  page,
  registry,
}) => {
  await page.goto(`${registry.origin}/login`);
  await page.getByLabel('User name').fill('admin');
  await page.getByRole('textbox', { name: 'Password' }).fill('Wrong-one-1');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await expect(page.getByText('User name and password do not match')).toBeVisible();
  await page.getByRole('textbox', { name: 'Password' }).fill(adminPassword);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.waitForURL((url) => !url.pathname.startsWith('/login'));
});
