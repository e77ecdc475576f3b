import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Preferences } from './ipc-contract.ts';

export interface Bounds {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface WindowPlace {
  readonly bounds: Bounds;
  readonly maximized: boolean;
}

interface Content {
  readonly window?: WindowPlace;
  readonly preferences?: Preferences;
}

/** What the shell remembers between starts: one small JSON file, written whole. A broken one counts as empty. */
export class Settings {
  readonly #path: string;
  #content: Content;

  constructor(path: string) {
    this.#path = path;
    this.#content = read(path);
  }

  get window(): WindowPlace | undefined {
    return this.#content.window;
  }

  get preferences(): Preferences {
    return this.#content.preferences ?? {};
  }

  rememberWindow(window: WindowPlace): void {
    this.#write({ ...this.#content, window });
  }

  /** Changes the given preferences and keeps the others. */
  rememberPreferences(changed: Preferences): void {
    this.#write({ ...this.#content, preferences: { ...this.preferences, ...changed } });
  }

  #write(content: Content): void {
    this.#content = content;
    mkdirSync(dirname(this.#path), { recursive: true, mode: 0o700 });
    writeFileSync(`${this.#path}.new`, JSON.stringify(content, undefined, 2), { mode: 0o600 });
    renameSync(`${this.#path}.new`, this.#path);
  }
}

/** The known preferences among whatever a page or a file brought; strange ones are left out. */
export function parsePreferences(raw: unknown): Preferences {
  const { theme, language } = fieldsOf(raw);
  return {
    ...(theme === 'light' || theme === 'dark' || theme === 'auto' ? { theme } : {}),
    ...(language === 'en' || language === 'zh-CN' ? { language } : {}),
  };
}

function read(path: string): Content {
  try {
    const { window, preferences } = fieldsOf(JSON.parse(readFileSync(path, 'utf8')));
    const place = parsePlace(window);
    return { ...(place ? { window: place } : {}), preferences: parsePreferences(preferences) };
  } catch {
    return {};
  }
}

function parsePlace(raw: unknown): WindowPlace | undefined {
  const { bounds, maximized } = fieldsOf(raw);
  const { x, y, width, height } = fieldsOf(bounds);
  for (const value of [x, y, width, height]) if (!Number.isInteger(value)) return undefined;
  return { bounds: { x, y, width, height } as Bounds, maximized: maximized === true };
}

function fieldsOf(raw: unknown): Record<string, unknown> {
  return typeof raw === 'object' && raw !== null ? (raw as Record<string, unknown>) : {};
}
