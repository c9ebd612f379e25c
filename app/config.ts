/**
 * Reads the settings of app/config/table.ts. Environment wins over `coresettings.json` in the data folder, which wins over
 * the default. A name that is in neither, or a value that does not parse, stops the start.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ConfigError } from './config/parse.ts';
import { SETTINGS, type Row } from './config/table.ts';

export { ConfigError } from './config/parse.ts';
export { SETTINGS } from './config/table.ts';

export type SettingName = keyof typeof SETTINGS;
export type Settings = { readonly [N in SettingName]: ReturnType<(typeof SETTINGS)[N]['parse']> };
export type Origin = 'default' | 'environment' | 'coresettings.json';

export interface LoadedSettings {
  settings: Settings;
  origin: Record<SettingName, Origin>;
  /** As text, secrets included: see `describe` for what may be printed. */
  texts: Record<SettingName, string>;
}

type Environment = Record<string, string | undefined>;

/** Reads the table. @throws ConfigError with a sentence that names the setting and where it was set */
export function loadSettings(environment: Environment = process.env): LoadedSettings {
  const rows = Object.entries(SETTINGS) as [SettingName, Row<unknown>][];
  rejectUnknownEnvironment(environment, rows);
  const settings: Record<string, unknown> = {};
  const origin = {} as Record<SettingName, Origin>;
  const texts = {} as Record<SettingName, string>;

  let file: Record<string, string> = {};
  for (const [name, row] of rows) {
    const fromEnvironment = environmentValue(environment, row.env);
    const fromFile = file[name];
    const byDefault =
      typeof row.default === 'string' ? row.default : row.default({ dataDir: settings.dataDir as string });
    const value = fromEnvironment ?? fromFile ?? byDefault;
    origin[name] =
      fromEnvironment !== undefined ? 'environment' : fromFile !== undefined ? 'coresettings.json' : 'default';
    texts[name] = value;
    try {
      settings[name] = row.parse(value);
    } catch (error) {
      const where = origin[name] === 'environment' ? row.env : `${name} in coresettings.json`;
      throw new ConfigError(`${where} ${(error as Error).message}${row.secret ? '' : `, not "${value}"`}.`);
    }
    // The data folder is the first row: the file that may set all others lies in it.
    if (name === 'dataDir') file = readCoreSettings(settings.dataDir as string, rows);
  }
  const loaded = { settings: settings as unknown as Settings, origin, texts };
  checkTogether(loaded.settings);
  return loaded;
}

function environmentValue(environment: Environment, name: string): string | undefined {
  const fromFile = environment[`${name}_FILE`];
  if (fromFile !== undefined && SECRET_FILES.has(`${name}_FILE`)) {
    try {
      return readFileSync(fromFile, 'utf8').trim();
    } catch (error) {
      throw new ConfigError(`${name}_FILE names a file that cannot be read: ${(error as Error).message}.`);
    }
  }
  return environment[name];
}

/** Secrets may come from files, as container platforms hand them in: NS_ADMIN_PASSWORD_FILE and so on. */
const SECRET_FILES = new Set(
  Object.values(SETTINGS as Record<string, Row<unknown>>)
    .filter((row) => row.secret)
    .map((row) => `${row.env}_FILE`),
);

function rejectUnknownEnvironment(environment: Environment, rows: [string, Row<unknown>][]): void {
  const known = new Set(rows.map(([, row]) => row.env));
  for (const name of Object.keys(environment)) {
    if (name.startsWith('NS_') && !known.has(name) && !SECRET_FILES.has(name)) {
      throw new ConfigError(`${name} is not a setting; ns config lists all of them.`);
    }
  }
}

function readCoreSettings(dataDir: string, rows: [SettingName, Row<unknown>][]): Record<string, string> {
  const path = join(dataDir, 'coresettings.json');
  if (!existsSync(path)) return {};
  let content: unknown;
  try {
    content = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new ConfigError(`${path} is not valid JSON: ${(error as Error).message}.`);
  }
  if (typeof content !== 'object' || content === null || Array.isArray(content)) {
    throw new ConfigError(`${path} must hold one JSON object.`);
  }
  const known = new Set<string>(rows.map(([name]) => name));
  const values: Record<string, string> = {};
  for (const [name, value] of Object.entries(content)) {
    if (!known.has(name) || name === 'dataDir')
      throw new ConfigError(`${name} in ${path} is not a setting that can be set there.`);
    values[name] = textOfValue(value);
  }
  return values;
}

/** Lists and names with values may be written as JSON has them. */
function textOfValue(value: unknown): string {
  if (Array.isArray(value)) return value.join(',');
  if (typeof value !== 'object' || value === null) return String(value);
  return Object.entries(value)
    .map(([name, each]) => `${name}=${String(each)}`)
    .join(',');
}

function checkTogether(settings: Settings): void {
  if (settings.httpPort === 0 && settings.httpsPort === 0) {
    throw new ConfigError('NS_HTTP_PORT and NS_HTTPS_PORT are both 0: nothing would listen.');
  }
  if (settings.queueFastBytes > settings.queueSlowBytes || settings.queueSlowBytes > settings.queueLargeBytes) {
    throw new ConfigError('NS_QUEUE_FAST_BYTES, NS_QUEUE_SLOW_BYTES and NS_QUEUE_LARGE_BYTES must ascend.');
  }
  if ((settings.tlsCertFile === '') !== (settings.tlsKeyFile === '')) {
    throw new ConfigError('NS_TLS_CERT_FILE and NS_TLS_KEY_FILE belong together: set both or none.');
  }
}

/** One line a setting, secrets hidden: what `ns config` and the console's settings page show. */
export function describeSettings(
  loaded: LoadedSettings,
): { name: string; env: string; value: string; default: string; origin: Origin; help: string }[] {
  return (Object.entries(SETTINGS) as [SettingName, Row<unknown>][]).map(([name, row]) => ({
    name,
    env: row.env,
    value: hide(row, loaded.texts[name]),
    default: typeof row.default === 'string' ? row.default : row.default({ dataDir: '<data folder>' }),
    origin: loaded.origin[name],
    help: row.help,
  }));
}

/** Of the CMDB's address all but the password is shown; of any other secret nothing, whatever it looks like. */
function hide(row: Row<unknown>, value: string): string {
  if (!row.secret || value === '') return value;
  if (row.env !== SETTINGS.cmdb.env) return '***';
  if (value.startsWith('sqlite:')) return value;
  if (!URL.canParse(value)) return '***';
  const url = new URL(value);
  if (url.password !== '') url.password = '***';
  return url.toString();
}
