import { build, type BuildOptions } from 'esbuild';
import { copyFile, mkdir } from 'node:fs/promises';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '..');
const PAGES = join(ROOT, 'electron/pages');

/** The oldest Electron that the shell runs in (the test runtime): Node 20.18 in main, Chrome 130 in pages. */
const TARGET = { main: 'node20.18', page: 'chrome130' };

/**
 * Bundles the shell into `outDir` (default dist/electron): main.cjs, preload.cjs, the starting page and the icon.
 * Takes a fraction of a second, so it runs before every start.
 */
export async function buildDesktop({
  outDir = join(ROOT, 'dist/electron'),
  minify = false,
} = {}): Promise<void> {
  const common: BuildOptions = { bundle: true, minify, logLevel: 'warning', absWorkingDir: ROOT };
  await mkdir(join(outDir, 'pages'), { recursive: true });
  await Promise.all([
    build({
      ...common,
      entryPoints: { main: 'electron/main.ts' },
      outdir: outDir,
      outExtension: { '.js': '.cjs' },
      platform: 'node',
      format: 'cjs',
      target: TARGET.main,
      external: ['electron'],
      sourcemap: minify ? false : 'linked',
    }),
    build({
      ...common,
      // A sandboxed preload cannot be an ES module.
      entryPoints: { preload: 'electron/preload.ts' },
      outdir: outDir,
      outExtension: { '.js': '.cjs' },
      platform: 'browser',
      format: 'cjs',
      target: TARGET.page,
      external: ['electron'],
    }),
    build({
      ...common,
      entryPoints: { starting: 'electron/pages/starting.ts' },
      outdir: join(outDir, 'pages'),
      platform: 'browser',
      format: 'iife',
      target: TARGET.page,
    }),
    copyFile(join(PAGES, 'starting.html'), join(outDir, 'pages/starting.html')),
    copyFile(join(PAGES, 'starting.css'), join(outDir, 'pages/starting.css')),
    copyFile(join(ROOT, 'build/icons/256x256.png'), join(outDir, 'icon.png')),
  ]);
}

if (import.meta.main) await buildDesktop();
