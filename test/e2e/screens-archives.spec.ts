import { gzipSync } from 'node:zlib';
import { dockerEntries, Layout } from '../support/image-archive.ts';
import { makeTar } from '../support/tar.ts';
import { adminPassword, createProject, test } from './berth.ts';
import { enter, looks, nameOf, stageOf, wear } from './screens.ts';

test.use({ owner: 'screens-archives' });

const host = 'registry.example.com:5000';

const several = makeTar(
  dockerEntries(
    { names: [`${host}/web/storefront-api:2.14.0`, `${host}/web/storefront-api:stable`] },
    { names: ['docker.io/library/postgres:17.2'], layers: [Buffer.from('postgres')] },
    { names: [], layers: [Buffer.from('unnamed')] },
  ),
);

function packed(): Buffer {
  const layout = new Layout();
  const absent = {
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    digest: `sha256:${'0'.repeat(64)}`,
    size: 9,
    platform: { os: 'linux', architecture: 'arm64' },
  };
  const here = { ...layout.image(), platform: { os: 'linux', architecture: 'amd64' } };
  const name = `${host}/web/checkout:1.9.3`;
  return gzipSync(layout.list(layout.indexOf([here, absent]), name, 'io.containerd.image.name').toTar());
}

test.beforeAll(async ({ registry }) => {
  await createProject(registry, 'web');
  await registry.push({ repository: 'web/storefront-api', tags: ['2.13.0'] });
  // One that was sent and waits for its names.
  const file = new Uint8Array(packed());
  const authorization = `Basic ${Buffer.from(`admin:${adminPassword}`).toString('base64')}`;
  await fetch(`${registry.origin}/api/berth/v1/projects/web/imports?file_name=checkout-1.9.3.tar.gz`, {
    method: 'POST',
    headers: { authorization, 'content-type': 'application/octet-stream' },
    body: file,
  });
});

for (const look of looks) {
  test(`archives, ${nameOf(look)}`, async ({ page, registry }) => {
    test.setTimeout(120_000);
    await wear(page, look);
    await enter(page, registry);
    const { open, shot } = stageOf(page, look, registry);
    const choose = async (name: string, buffer: Buffer): Promise<void> => {
      await page.locator('input[type=file]').setInputFiles({ name, mimeType: 'application/x-tar', buffer });
      await page.getByRole('dialog').waitFor();
    };
    await open('/i/local/projects/web');
    await shot('archives-waiting');
    await page.evaluate(() => {
      const dataTransfer = new DataTransfer();
      dataTransfer.items.add(new File(['x'], 'images.tar'));
      document.body.dispatchEvent(
        new DragEvent('dragenter', { dataTransfer, bubbles: true, cancelable: true }),
      );
    });
    await page.locator('.b-drop').waitFor();
    await shot('archives-drop');
    await open('/i/local/projects/web');
    await choose('storefront.tar', several);
    await page.locator('.b-place').nth(2).waitFor();
    await shot('archives-names');
    await page.locator('.b-place input[type=text], .b-place input:not([type])').nth(1).fill('not a/tag');
    await page.locator('.b-place input[type=text], .b-place input:not([type])').nth(2).fill('Storefront');
    await shot('archives-names-wrong');
    await open('/i/local/projects/web');
    await choose('checkout-1.9.3.tar.gz', packed());
    await page.locator('.b-dialog-footer button').nth(1).waitFor();
    await shot('archives-packed');
    await open('/i/local/projects/web');
    await choose('notes.zip', Buffer.from('504b0304', 'hex'));
    await page.getByRole('alert').waitFor();
    await shot('archives-unfit');
    await open('/i/local/projects/web');
    await page.locator('.b-waiting-import button').first().click();
    await page.locator('.b-place').waitFor();
    await shot('archives-names-sent');
  });
}
