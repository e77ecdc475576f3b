import type { Page } from '@playwright/test';
import { adminPassword, expect, test } from './berth.ts';

test.use({ owner: 'keyboard' });

/**
 * Presses Tab until the element with this name has the focus, as whoever has no mouse does; fails when it is not
 * reached, or when what has the focus cannot be seen to have it.
 */
async function tabTo(page: Page, name: RegExp): Promise<void> {
  const seen: string[] = [];
  for (let step = 0; step < 60; step += 1) {
    await page.keyboard.press('Tab');
    const at = await page.evaluate(() => {
      const element = document.activeElement;
      if (!(element instanceof HTMLElement) || element === document.body) return null;
      const label =
        element.getAttribute('aria-label') ??
        (element instanceof HTMLInputElement ? element.labels?.[0]?.textContent : null) ??
        element.textContent;
      const box = element.getBoundingClientRect();
      // The ring may be on what wraps a field.
      const ringed = [element, element.parentElement].some((part) => {
        if (!part) return false;
        const { outlineStyle, outlineWidth, boxShadow, borderColor } = getComputedStyle(part);
        const accent = getComputedStyle(document.documentElement).getPropertyValue('--b-accent').trim();
        const probe = Object.assign(document.createElement('i'), { hidden: true });
        probe.style.color = accent;
        document.body.append(probe);
        const color = getComputedStyle(probe).color;
        probe.remove();
        return (
          (outlineStyle !== 'none' && outlineWidth !== '0px') || boxShadow !== 'none' || borderColor === color
        );
      });
      return { label: label.trim(), ringed, inSight: box.width > 0 && box.height > 0 };
    });
    if (!at) continue;
    seen.push(at.label);
    if (name.test(at.label)) {
      expect(at, `the focus on ${at.label} can be seen`).toMatchObject({ ringed: true, inSight: true });
      return;
    }
  }
  throw new Error(`Tab does not reach ${name}, but ${seen.join(' | ')}`);
}

test('the keyboard alone: sign in, create a project, find an artifact, delete it, sign out', async ({
  page,
  registry,
}) => {
  test.setTimeout(120_000);
  await registry.push({ repository: 'library/app', tags: ['1.0'] });
  await registry.push({ repository: 'library/app', tags: ['2.0'], layers: [{ step: 'RUN 2', bytes: 10 }] });

  await page.goto(`${registry.origin}/login?to=%2Fi%2Flocal%2Fprojects`);
  await expect(page.getByLabel('User name')).toBeFocused();
  await page.keyboard.type('admin');
  await tabTo(page, /^Password/);
  await page.keyboard.type(adminPassword);
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { name: 'Projects' })).toBeVisible();

  await tabTo(page, /^New project$/);
  await page.keyboard.press('Enter');
  const dialog = page.getByRole('dialog', { name: 'New project' });
  await expect(dialog.getByRole('textbox').first()).toBeFocused();
  await page.keyboard.type('by-keys');
  await page.keyboard.press('Control+Enter');
  await expect(page.getByRole('heading', { name: 'by-keys' })).toBeVisible();

  await page.keyboard.press('g');
  await page.keyboard.press('p');
  await expect(page.getByRole('link', { name: 'library', exact: true })).toBeVisible();
  await page.keyboard.press('/');
  await page.keyboard.type('library');
  await expect(page.getByRole('link', { name: 'by-keys' })).toHaveCount(0);
  await tabTo(page, /^library$/);
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { name: 'library' })).toBeVisible();
  await tabTo(page, /^app$/);
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { name: 'app' })).toBeVisible();

  await tabTo(page, /^Select 2\.0$/);
  await page.keyboard.press('Space');
  await expect(page.getByRole('checkbox', { name: 'Select 2.0' })).toBeChecked();
  await tabTo(page, /^Delete…$/);
  await page.keyboard.press('Enter');
  const deletion = page.getByRole('dialog', { name: /^Delete 1 artifact/ });
  await expect(deletion).toBeVisible();
  // Closed, the dialog gives the focus back to what opened it.
  await page.keyboard.press('Escape');
  await expect(deletion).toHaveCount(0);
  await expect(page.getByRole('button', { name: 'Delete…' })).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(deletion).toBeVisible();
  await tabTo(page, /^Delete 1 artifact$/);
  await page.keyboard.press('Enter');
  await expect(page.getByRole('checkbox', { name: 'Select 2.0' })).toHaveCount(0);
  await expect(page.getByRole('checkbox', { name: 'Select 1.0' })).toBeVisible();

  await tabTo(page, /Account of admin/);
  await page.keyboard.press('Enter');
  await expect(page.getByRole('menu')).toBeVisible();
  await page.keyboard.press('End');
  await expect(page.getByRole('menuitem', { name: 'Sign out' })).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(/\/login/);
});
