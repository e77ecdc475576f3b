import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { electronRuntime, type Runtime } from '#build/electron-runtime.ts';

/** Installers as the electron package could bring them; each runs with that package as its folder. */
const installers = {
  works: `const fs = require('fs'), path = require('path'), os = require('os');
    fs.writeFileSync(path.join(os.tmpdir(), 'electron.zip'), Buffer.alloc(2_000_000));
    setTimeout(() => {
      fs.mkdirSync(path.join(__dirname, 'dist'));
      fs.writeFileSync(path.join(__dirname, 'dist/electron'), '');
      fs.writeFileSync(path.join(__dirname, 'path.txt'), 'electron');
    }, 700);`,
  fails: `console.error('TypeError: fetch failed'); console.error('    at nobody'); process.exit(1);`,
  hangs: `setInterval(() => {}, 1000);`,
};

let folder = '';
let said: string[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'berth-electron-'));
  said = [];
  vi.stubEnv('XDG_CACHE_HOME', join(folder, 'cache'));
  vi.stubEnv('ELECTRON_OVERRIDE_DIST_PATH', '');
  vi.stubEnv('BERTH_ELECTRON', '');
});

afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true, force: true });
});

function makeDist(at: string): string {
  mkdirSync(at, { recursive: true });
  writeFileSync(join(at, 'version'), '1.0.0');
  return at;
}

function makePackage(installer: keyof typeof installers): string {
  const at = join(folder, 'electron');
  mkdirSync(at);
  writeFileSync(join(at, 'package.json'), '{ "version": "45.0.0" }');
  writeFileSync(join(at, 'install.js'), installers[installer]);
  return at;
}

function find(packageFolder: string): Promise<Runtime> {
  return electronRuntime({
    packageFolder,
    makeTestRuntime: false,
    stallLimitMs: 1_000,
    say: (line) => said.push(line),
  });
}

/** Where a test runtime lies once it was made. */
function cached(): string {
  return join(folder, 'cache/berth/electron/test-33.2.1-linux-x64-2');
}

describe('finding an Electron', () => {
  it('takes the one that the caller chose before all others', async () => {
    const chosen = makeDist(join(folder, 'chosen'));
    makeDist(cached());
    vi.stubEnv('ELECTRON_OVERRIDE_DIST_PATH', chosen);
    expect(await find(makePackage('fails'))).toEqual({ dist: chosen, kind: 'chosen' });
  });

  it('downloads it with the package’s own installer, counting, and then has it', async () => {
    const at = makePackage('works');
    const official = { dist: join(at, 'dist'), kind: 'official' };
    expect(await find(at)).toEqual(official);
    expect(said[0]).toContain('Downloading Electron 45.0.0');
    expect(said).toContain('Downloading Electron 45.0.0: 2 MB');
    expect(readdirSync(join(folder, 'cache/berth/electron'))).toEqual([]);
    said = [];
    expect(await find(at)).toEqual(official);
    expect(said).toEqual([]);
  });

  it('prefers its own binary to a test runtime, and that to a download', async () => {
    makeDist(cached());
    const at = makePackage('works');
    expect(await find(at)).toEqual({ dist: cached(), kind: 'test' });
    vi.stubEnv('BERTH_ELECTRON', 'official');
    expect((await find(at)).kind).toBe('official');
    vi.stubEnv('BERTH_ELECTRON', '');
    expect((await find(at)).kind).toBe('official');
    vi.stubEnv('BERTH_ELECTRON', 'test');
    expect((await find(at)).kind).toBe('test');
  });

  it('says in one sentence that there is none, and why the download failed', async () => {
    await expect(find(makePackage('fails'))).rejects.toThrow(
      'Electron is not installed and could not be downloaded',
    );
    expect(said.at(-1)).toBe('Electron 45.0.0 could not be downloaded (TypeError: fetch failed)');
  });

  it('gives up a download from which nothing comes', async () => {
    await expect(find(makePackage('hangs'))).rejects.toThrow('could not be downloaded');
    expect(said.at(-1)).toContain('nothing came for 1 s');
    expect(existsSync(join(folder, 'electron/dist'))).toBe(false);
  });

  it('takes no half-made test runtime', async () => {
    mkdirSync(cached(), { recursive: true });
    await expect(find(makePackage('fails'))).rejects.toThrow('could not be downloaded');
  });
});
