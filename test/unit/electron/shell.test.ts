import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LogFile } from '#electron/log.ts';
import { TrustedOrigins } from '#electron/origins.ts';
import { parsePreferences, Settings } from '#electron/settings.ts';
import { languageOf } from '#electron/text.ts';

let folder = '';

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'berth-shell-'));
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('trusted origins', () => {
  const trusted = new TrustedOrigins('berth-shell://pages');

  it('trust no console before there is one', () => {
    expect(new TrustedOrigins('berth-shell://pages').has('http://127.0.0.1:5080/')).toBe(false);
  });

  it.each([
    ['http://127.0.0.1:5080/', true],
    ['http://127.0.0.1:5080/i/local/projects?q=1#x', true],
    ['berth-shell://pages/starting.html?problem=console', true],
    ['http://127.0.0.1:5081/', false],
    ['https://127.0.0.1:5080/', false],
    ['http://localhost:5080/', false],
    ['http://127.0.0.1:5080@evil.example/', false],
    ['http://127.0.0.1:5080.evil.example/', false],
    ['http://evil.example/?http://127.0.0.1:5080/', false],
    ['berth-shell://other/starting.html', false],
    ['berth-shell-x://pages/starting.html', false],
    ['data:text/html,x', false],
    ['file:///etc/passwd', false],
    ['javascript:alert(1)', false],
    ['about:blank', false],
    ['not an address', false],
    ['', false],
  ])('%s: %s', (url, expected) => {
    trusted.trustConsole('http://127.0.0.1:5080/some/page');
    expect(trusted.has(url)).toBe(expected);
  });

  it('drop the earlier console when the server comes back elsewhere', () => {
    trusted.trustConsole('http://127.0.0.1:1234');
    expect(trusted.isConsole('http://127.0.0.1:1234/x')).toBe(true);
    expect(trusted.isConsole('http://127.0.0.1:5080/x')).toBe(false);
  });
});

describe('the shell’s settings', () => {
  const path = (): string => join(folder, 'deep/shell.json');
  const place = { bounds: { x: 10, y: -20, width: 900, height: 700 }, maximized: true };

  it('are there at the next start', () => {
    const first = new Settings(path());
    expect([first.window, first.preferences]).toEqual([undefined, {}]);
    first.rememberWindow(place);
    first.rememberPreferences({ theme: 'dark' });
    first.rememberPreferences({ language: 'zh-CN' });
    const second = new Settings(path());
    expect(second.window).toEqual(place);
    expect(second.preferences).toEqual({ theme: 'dark', language: 'zh-CN' });
    expect(statSync(path()).mode & 0o777).toBe(0o600);
  });

  it.each(['', 'nonsense', '[]', 'null', '{"window":{"bounds":{"x":"1"}},"preferences":{"theme":"pink"}}'])(
    'start empty where the file holds %j',
    (text) => {
      const broken = join(folder, 'broken.json');
      writeFileSync(broken, text);
      const settings = new Settings(broken);
      expect([settings.window, settings.preferences]).toEqual([undefined, {}]);
    },
  );

  it('take only preferences that exist from a page', () => {
    expect(parsePreferences({ theme: 'auto', language: 'fr', bounds: 1 })).toEqual({ theme: 'auto' });
    expect(parsePreferences('dark')).toEqual({});
  });
});

describe('a log file', () => {
  it('starts anew at its limit and keeps three older ones, readable by their owner only', () => {
    const log = new LogFile(join(folder, 'logs/shell.log'), 40);
    for (let line = 1; line <= 12; line++) log.line(`line ${String(line).padStart(2, '0')} and so on`);
    const files = readdirSync(join(folder, 'logs')).toSorted();
    expect(files).toEqual(['shell.log', 'shell.log.1', 'shell.log.2', 'shell.log.3']);
    const all = files.toReversed().map((file) => readFileSync(join(folder, 'logs', file), 'utf8'));
    expect(all.join('').match(/line \d+/g)).toEqual([
      'line 05',
      'line 06',
      'line 07',
      'line 08',
      'line 09',
      'line 10',
      'line 11',
      'line 12',
    ]);
    expect(statSync(log.path).mode & 0o777).toBe(0o600);
  });

  it('goes on where an earlier start left off', () => {
    const path = join(folder, 'shell.log');
    new LogFile(path, 30).line('first start');
    new LogFile(path, 30).line('second start');
    expect(readFileSync(path, 'utf8')).toBe('first start\nsecond start\n');
  });

  it('loses a line rather than the app when it cannot write', () => {
    const log = new LogFile(join(folder, 'gone/shell.log'));
    rmSync(join(folder, 'gone'), { recursive: true });
    expect(() => log.line('x')).not.toThrow();
  });
});

describe('the shell’s language', () => {
  it('is Chinese for every kind of Chinese, else English', () => {
    expect(['zh', 'zh-CN', 'zh_TW', 'zh-Hans-SG'].map(languageOf)).toEqual(Array(4).fill('zh-CN'));
    expect(['en-US', 'de', ''].map(languageOf)).toEqual(['en', 'en', 'en']);
  });
});
