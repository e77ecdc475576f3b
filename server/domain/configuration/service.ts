import type { Actor } from '../../access/scope.ts';
import type { RegistrySettings } from '../../config/registry-settings.ts';
import type { Database, Db } from '../../db/database.ts';
import { readJson, writeJson } from '../../db/json.ts';
import type { AuditTrail } from '../../events/audit.ts';
import type { Outbox } from '../../events/outbox.ts';
import type { Clock } from '../../lib/clock.ts';
import { shareRuns } from '../../lib/share-runs.ts';
import {
  CONFIGURATION_DEFAULTS,
  CONFIGURATION_KEYS,
  type ConfigurationItem,
  type ConfigurationKey,
  type ConfigurationValue,
} from './contract.ts';
import { createRules, settingsOf, type ConfigurationChanges, type ConfigurationValues } from './rules.ts';
import { lockConfiguration, selectConfiguration, writeConfiguration } from './store.ts';

export interface ConfigurationDeps {
  readonly db: Database;
  readonly clock: Clock;
  readonly audit: AuditTrail;
  readonly outbox: Outbox;
  /** The event types that the audit log can leave out. */
  readonly auditEventTypes: readonly string[];
  /** Told once of each stored value that cannot be used: its default holds instead. */
  readonly warn: (sentence: string) => void;
  /** Told when a change could not be read back: what was known before goes on to hold. */
  readonly onFailure: (error: unknown) => void;
}

export interface Configuration {
  /** What holds now, from memory. */
  current(): RegistrySettings;
  /** Every key that is shown, as it is stored now. */
  list(): Promise<Readonly<Record<ConfigurationKey, ConfigurationItem>>>;
  /**
   * Changes what of `sent` differs, all or nothing; it holds when this resolves. Throws `bad_request` that names the
   * key: an unknown one, one that cannot be changed to another value, or a value that breaks the key's rule.
   */
  update(actor: Actor, sent: Readonly<Record<string, unknown>>): Promise<void>;
}

const pick = (
  from: ConfigurationChanges,
  keys: readonly ConfigurationKey[],
): Record<string, ConfigurationValue> =>
  Object.fromEntries(keys.flatMap((key) => (from[key] === undefined ? [] : [[key, from[key]]])));

/** Harbor's configuration, kept in the database and in memory. Reads it once before it resolves. */
export async function createConfiguration(deps: ConfigurationDeps): Promise<Configuration> {
  const { db, clock } = deps;
  const rules = createRules(deps.auditEventTypes);
  const told = new Set<string>();
  let settings: RegistrySettings = settingsOf(CONFIGURATION_DEFAULTS);

  /** The stored value, or undefined where there is none that can be used. */
  function readStored(key: ConfigurationKey, text: string): ConfigurationValue | undefined {
    let why: string | undefined = 'is not JSON';
    try {
      const value = readJson<ConfigurationValue>(text);
      why = rules.explain(key, value);
      if (why === undefined) return value;
    } catch {
      // Told below, and the default holds: a broken row must not keep the registry from starting.
    }
    if (!told.has(`${key} ${text}`)) deps.warn(`the stored ${key} is not used, its default is: it ${why}`);
    told.add(`${key} ${text}`);
    return undefined;
  }

  async function readValues(from: Db): Promise<ConfigurationValues> {
    const stored = await selectConfiguration(from);
    const values: Record<ConfigurationKey, ConfigurationValue> = { ...CONFIGURATION_DEFAULTS };
    for (const key of CONFIGURATION_KEYS) {
      const text = rules.isEditable(key) ? stored.get(key) : undefined;
      const value = text === undefined ? undefined : readStored(key, text);
      if (value !== undefined) values[key] = value;
    }
    return values;
  }

  const reload = shareRuns(async () => {
    settings = settingsOf(await readValues(db.read));
  });
  await reload.run();
  deps.outbox.onDurable(({ kind }) => {
    if (kind === 'configuration.changed') reload.run().catch(deps.onFailure);
  });

  return {
    current: () => settings,
    async list() {
      const values = await readValues(db.read);
      const items = CONFIGURATION_KEYS.map((key) => [
        key,
        { value: values[key], editable: rules.isEditable(key) },
      ]);
      return Object.fromEntries(items) as Record<ConfigurationKey, ConfigurationItem>;
    },
    async update(actor, sent) {
      const changes = rules.readChanges(sent);
      await db.tx(async (tx) => {
        await lockConfiguration(tx, clock.now());
        const values = await readValues(tx);
        const keys = CONFIGURATION_KEYS.filter(
          (key) => changes[key] !== undefined && changes[key] !== values[key],
        );
        if (keys.length === 0) return;
        for (const key of keys) await writeConfiguration(tx, key, writeJson(changes[key]));
        await deps.audit.record(tx, {
          actor,
          operation: 'update',
          resourceType: 'configuration',
          resource: keys.join(', '),
          change: { before: pick(values, keys), after: pick(changes, keys) },
        });
        await deps.outbox.record(tx, { kind: 'configuration.changed', payload: { keys } });
      });
      await reload.run();
    },
  };
}
