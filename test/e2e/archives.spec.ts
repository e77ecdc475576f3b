import { readFile } from 'node:fs/promises';
import { gzipSync } from 'node:zlib';
import type { Page } from '@playwright/test';
import { dockerEntries, Layout } from '../support/image-archive.ts';
import { makeTar } from '../support/tar.ts';
import { createProject, expect, type Registry, signIn, test } from './berth.ts';

test.use({ owner: 'archives' });

test.beforeAll(async ({ registry }) => {
  await createProject(registry, 'carry');
});

test.beforeEach(async ({ page, registry }) => {
  await signIn(page, registry);
});

const layer = (text: string): Buffer => makeTar([{ name: text, content: text }]);

async function openProject(page: Page, registry: Registry): Promise<void> {
  await page.goto(`${registry.origin}/i/local/projects/carry`);
  await expect(page.getByRole('button', { name: 'Import archive…' })).toBeVisible();
}

/** Lets a file go above the page, as from a folder's window; `only` stops before it is let go. */
async function drop(
  page: Page,
  { name, bytes, only }: { name: string; bytes: Buffer; only?: 'dragenter' },
): Promise<void> {
  await page.evaluate(
    ([text, fileName, stop]) => {
      const data = new DataTransfer();
      data.items.add(new File([Uint8Array.from(atob(text), (char) => char.charCodeAt(0))], fileName));
      for (const kind of ['dragenter', 'dragover', 'drop']) {
        document.body.dispatchEvent(
          new DragEvent(kind, { dataTransfer: data, bubbles: true, cancelable: true }),
        );
        if (kind === stop) return;
      }
    },
    [bytes.toString('base64'), name, only ?? ''] as const,
  );
}

const tagsOf = async (registry: Registry, repository: string): Promise<string[]> => {
  const reply = await registry.api('GET', `/v2/carry/${repository}/tags/list`);
  return ((await reply.json()) as { tags: string[] }).tags;
};

test('an archive that is dropped shows its names before it is sent, and is imported under those one chooses', async ({
  page,
  registry,
}) => {
  await openProject(page, registry);
  const archive = makeTar(
    dockerEntries(
      { names: ['registry.example:5000/team/app:1.0', 'registry.example:5000/team/app:latest'] },
      { names: ['tool:2'], layers: [layer('tool')] },
      { names: [], layers: [layer('unnamed')] },
    ),
  );
  await drop(page, { name: 'images.tar', bytes: archive, only: 'dragenter' });
  await expect(page.getByText('Drop to import into carry')).toBeVisible();
  await drop(page, { name: 'images.tar', bytes: archive });
  const dialog = page.getByRole('dialog', { name: 'Import images.tar into carry' });
  await expect(dialog.getByText('3 images in the archive')).toBeVisible();
  const repositories = dialog.getByLabel('Repository');
  await expect(repositories).toHaveCount(3);
  await expect(repositories.nth(0)).toHaveValue('team/app');
  await expect(dialog.getByLabel('Tags').nth(0)).toHaveValue('1.0, latest');
  await expect(repositories.nth(2)).toHaveValue('images');
  await repositories.nth(0).fill('App!');
  await expect(dialog.getByText('Use lower-case letters')).toBeVisible();
  await repositories.nth(0).fill('renamed');
  await dialog.getByRole('checkbox', { name: 'Import tool:2' }).uncheck();
  await dialog.getByRole('button', { name: 'Import 2 images' }).click();
  await expect(page.getByText('2 images imported').first()).toBeVisible();
  await expect(page.getByRole('link', { name: 'renamed', exact: true })).toBeVisible();
  await expect(page.getByRole('link', { name: 'tool' })).toHaveCount(0);
  expect(await tagsOf(registry, 'renamed')).toEqual(['1.0', 'latest']);
});

test('a packed archive is sent first, waits for its names, and can be discarded', async ({
  page,
  registry,
}) => {
  await openProject(page, registry);
  const layout = new Layout();
  layout.list(layout.image({ layers: [layer('packed')] }), 'localhost/packed:3', 'io.containerd.image.name');
  const file = { name: 'packed.tar.gz', mimeType: 'application/gzip', buffer: gzipSync(layout.toTar()) };
  const choose = async (): Promise<void> => {
    await page.locator('input[type=file]').setInputFiles(file);
    await page.getByRole('button', { name: 'Send archive' }).click();
    await expect(page.getByText('packed.tar.gz was sent and waits for its names')).toBeVisible();
  };
  await choose();
  // It is not lost with the page.
  await page.reload();
  await page.getByRole('button', { name: 'Choose names' }).click();
  const dialog = page.getByRole('dialog');
  await expect(dialog.getByLabel('Repository')).toHaveValue('packed');
  await dialog.getByLabel('Tags').fill('3, newest');
  await dialog.getByRole('button', { name: 'Import 1 image' }).click();
  await expect(page.getByRole('link', { name: 'packed', exact: true })).toBeVisible();
  await expect(page.getByText('waits for its names')).toHaveCount(0);
  expect(await tagsOf(registry, 'packed')).toEqual(['3', 'newest']);
  await choose();
  await page.getByRole('button', { name: 'Discard' }).click();
  await expect(page.getByText('Discarded what was sent of packed.tar.gz')).toBeVisible();
  await expect(page.getByText('waits for its names')).toHaveCount(0);
});

test('says at once that a file is no archive of images, and why the server refused one', async ({
  page,
  registry,
}) => {
  await openProject(page, registry);
  const input = page.locator('input[type=file]');
  await input.setInputFiles({
    name: 'notes.zip',
    mimeType: 'application/zip',
    buffer: Buffer.from('504b0304', 'hex'),
  });
  await expect(page.getByText('This file is packed with zip')).toBeVisible();
  await page.getByRole('button', { name: 'Cancel' }).click();
  const entries = dockerEntries({ names: ['broken:1'] }).filter(({ name }) => !name.endsWith('layer.tar'));
  await input.setInputFiles({
    name: 'broken.tar',
    mimeType: 'application/x-tar',
    buffer: makeTar(entries),
  });
  await page.getByRole('button', { name: 'Import 1 image' }).click();
  await page.getByRole('button', { name: 'Show', exact: true }).click();
  await expect(page.getByText(/the archive is incomplete: it lacks/)).toBeVisible();
});

test('a second file waits until the names of the first are chosen, and the input takes the same file again', async ({
  page,
  registry,
}) => {
  await openProject(page, registry);
  const input = page.locator('input[type=file]');
  const first = makeTar(dockerEntries({ names: ['first:1'] }));
  await input.setInputFiles({ name: 'first.tar', mimeType: 'application/x-tar', buffer: first });
  // A browser tells of no change where the input still has that file.
  await expect(input).toHaveValue('');
  const repository = page.getByRole('dialog', { name: 'Import first.tar' }).getByLabel('Repository');
  await repository.fill('typed');
  await drop(page, { name: 'second.tar', bytes: makeTar(dockerEntries({ names: ['second:1'] })) });
  await expect(page.getByText('Drop to import into carry')).toHaveCount(0);
  await expect(repository).toHaveValue('typed');
  await page.getByRole('button', { name: 'Cancel' }).click();
  const next = page.getByRole('dialog', { name: 'Import second.tar' });
  await expect(next.getByLabel('Repository')).toHaveValue('second');
});

test('an import that is stopped leaves nothing behind', async ({ page, registry }) => {
  await openProject(page, registry);
  let release = (): void => {};
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  await page.route('**/imports?file_name=*', async (route) => {
    await held;
    await route.abort();
  });
  await page.locator('input[type=file]').setInputFiles({
    name: 'slow.tar',
    mimeType: 'application/x-tar',
    buffer: makeTar(dockerEntries({ names: ['slow:1'] })),
  });
  await page.getByRole('button', { name: 'Import 1 image' }).click();
  await page.getByRole('button', { name: 'Activity, 1 running' }).click();
  await page.getByRole('button', { name: 'Stop: Import of slow.tar into carry' }).click();
  await expect(page.getByText(/^Stopped/).first()).toBeVisible();
  release();
  const waiting = await registry.api('GET', '/api/berth/v1/projects/carry/imports');
  expect(await waiting.json()).toEqual([]);
});

test('an artifact is downloaded as an archive that can be imported again', async ({ page, registry }) => {
  const digest = await registry.push({ repository: 'carry/out', tags: ['1', 'stable'] });
  await page.goto(`${registry.origin}/i/local/projects/carry/repos/out/${digest}`);
  const downloading = page.waitForEvent('download');
  await page.getByRole('link', { name: 'Export' }).click();
  const download = await downloading;
  expect(download.suggestedFilename()).toMatch(/^out-sha256-[0-9a-f]{12}\.tar$/);
  const bytes = await readFile(await download.path());
  await openProject(page, registry);
  await drop(page, { name: download.suggestedFilename(), bytes });
  await expect(page.getByRole('dialog').getByLabel('Tags')).toHaveValue('1, stable');
});
