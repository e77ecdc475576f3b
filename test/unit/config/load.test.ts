import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ConfigError, defaultDataDir, loadConfig, parseListen } from '#server/config/load.ts';

const load = (args: string[], env: Record<string, string> = {}) =>
  loadConfig({ args, env: { HOME: '/home/x', ...env }, platform: 'linux' });

describe('configuration', () => {
  it('has defaults that serve this machine alone', () => {
    expect(load([])).toMatchObject({
      host: '127.0.0.1',
      port: 5080,
      dataDir: '/home/x/.local/share/berth',
      logLevel: 'warn',
    });
  });

  it('prefers flags to the environment, and that to the file', () => {
    const file = join(mkdtempSync(join(tmpdir(), 'berth-config-')), 'berth.json');
    writeFileSync(
      file,
      JSON.stringify({ listen: '10.0.0.1:1111', data: '/from/file', 'upload-idle-hours': 2 }),
    );
    const config = load(['--data', '/from/flag', '--config', file], {
      BERTH_LISTEN: '10.0.0.2:2222',
      BERTH_DATA: '/from/env',
    });
    expect(config).toMatchObject({
      dataDir: '/from/flag',
      host: '10.0.0.2',
      port: 2222,
      uploadIdleMs: 7_200_000,
    });
  });

  it.each([
    [['--nonsense', 'x'], /nonsense/],
    [['--listen', 'here'], /HOST:PORT/],
    [['--listen', '127.0.0.1:70000'], /HOST:PORT/],
    [['--listen', '127.0.0.1:6000'], /browsers refuse/],
    [['--external-url', 'registry.example'], /scheme/],
    [['--external-url', 'https://a/b'], /scheme/],
    [['--log-level', 'loud'], /choose silent/],
    [['--upload-idle-hours', 'x'], /hours/],
    [['--data', ''], /folder/],
    [['--config', '/nowhere.json'], /cannot be read/],
    [['stray'], /stray/],
  ])('refuses %j in one sentence', (args, message) => {
    expect(() => load(args)).toThrow(ConfigError);
    expect(() => load(args)).toThrow(message);
    try {
      load(args);
    } catch (error) {
      expect((error as Error).message).not.toContain('\n');
    }
  });

  it('reads addresses of both families', () => {
    expect(parseListen('[::1]:5080')).toEqual({ host: '::1', port: 5080 });
    expect(parseListen('0.0.0.0:0')).toEqual({ host: '0.0.0.0', port: 0 });
  });

  it('keeps data where the platform keeps it', () => {
    expect(defaultDataDir({ XDG_DATA_HOME: '/data' }, 'linux')).toBe('/data/berth');
    expect(defaultDataDir({ LOCALAPPDATA: '/local' }, 'win32')).toContain('Berth');
    expect(defaultDataDir({}, 'darwin')).toContain('Application Support');
  });
});
