import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ConfigError, defaultDataDir, loadConfig, parseListen } from '#server/config/load.ts';
import { parseMinFree, parseSize } from '#server/config/values.ts';

const load = (args: string[], env: Record<string, string> = {}) =>
  loadConfig({ args, env: { HOME: '/home/x', ...env }, platform: 'linux' });

describe('configuration', () => {
  it('has defaults that serve this machine alone', () => {
    expect(load([])).toMatchObject({
      host: '127.0.0.1',
      port: 5080,
      dataDir: '/home/x/.local/share/berth',
      logLevel: 'warn',
      trustedProxies: [],
      minFree: { kind: 'percent', percent: 5, atMostBytes: 2 * 2 ** 30 },
      limits: {
        maxUploads: 512,
        maxUploadsPerAccount: 256,
        maxHeaderBytes: 65_536,
        headerTimeoutMs: 30_000,
        idleTimeoutMs: 300_000,
      },
    });
  });

  it('reads files of TLS, proxies, floor and limits', () => {
    const args = [
      '--tls-cert',
      '/c.pem',
      '--tls-key',
      '/k.pem',
      '--trusted-proxies',
      '10.0.0.0/8, ::1,fd00::/8',
    ];
    const limits = ['--max-connections', '70', '--max-uploads', '7', '--max-uploads-per-account', '3'];
    const times = ['--max-header', '16KiB', '--header-timeout', '9', '--idle-timeout', '60'];
    expect(load([...args, ...limits, ...times, '--min-free', '1.5 GB'])).toMatchObject({
      tls: { certFile: '/c.pem', keyFile: '/k.pem' },
      trustedProxies: ['10.0.0.0/8', '::1', 'fd00::/8'],
      minFree: { kind: 'bytes', bytes: 1_500_000_000 },
      limits: {
        maxConnections: 70,
        maxUploads: 7,
        maxUploadsPerAccount: 3,
        maxHeaderBytes: 16_384,
        headerTimeoutMs: 9_000,
        idleTimeoutMs: 60_000,
      },
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
    [['--tls-cert', '/c.pem'], /without --tls-key/],
    [['--tls-key', '/k.pem'], /without --tls-cert/],
    [['--trusted-proxies', 'proxy.example'], /"proxy.example" is neither/],
    [['--trusted-proxies', '10.0.0.0/33'], /neither an address nor a network/],
    [['--trusted-proxies', '10.0.0.1/8/8'], /neither/],
    [['--trusted-proxies', ''], /neither/],
    [['--min-free', 'much'], /such as 2GiB/],
    [['--min-free', '100%'], /below 100 %/],
    [['--min-free', '-1'], /such as 2GiB|argument/],
    [['--max-connections', '0'], /from 1 to 1000000/],
    [['--max-uploads', '1e3'], /whole number/],
    [['--max-header', '1KiB'], /from 8KiB to 1MiB/],
    [['--header-timeout', '0'], /from 1 to 86400/],
    [['--idle-timeout', 'never'], /from 1 to 86400/],
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

  it.each([
    ['0', 0],
    ['4096', 4096],
    ['1b', 1],
    ['2GiB', 2 ** 31],
    ['500MB', 500_000_000],
    ['1.5 TiB', 1.5 * 2 ** 40],
    ['10 kib', 10_240],
    ['', undefined],
    ['GiB', undefined],
    ['1 G', undefined],
    ['1e9', undefined],
    ['-5MB', undefined],
    ['999999999999999TiB', undefined],
  ])('reads %j as a size', (text, bytes) => {
    expect(parseSize(text)).toBe(bytes);
  });

  it('reads a floor as bytes or as a share', () => {
    expect(parseMinFree('0')).toEqual({ kind: 'bytes', bytes: 0 });
    expect(parseMinFree('2.5 %')).toEqual({ kind: 'percent', percent: 2.5 });
  });
});
