import type { Engine } from './types.ts';

/** A name of a table or column as the engine wants it quoted, whatever it holds. */
export function quoted(engine: Engine, name: string): string {
  return engine === 'sqlite' ? `"${name.replaceAll('"', '""')}"` : `[${name.replaceAll(']', ']]')}]`;
}
