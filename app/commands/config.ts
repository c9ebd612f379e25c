import { parseArgs } from 'node:util';
import { describeSettings, loadSettings } from '../config.ts';
import type { Command } from './command.ts';

/** `ns config`: every setting with value, default, origin and help; secrets are hidden. */
export const configCommand: Command = {
  name: 'config',
  summary: 'print every setting with its value, default, origin and help',
  usage: `ns config [--json | --markdown]

Prints the table of settings. Values come from the environment, then from coresettings.json in the data folder,
then from the default. A secret may also come from a file: NS_ADMIN_PASSWORD_FILE and so on. Secrets are hidden.

  --json      as JSON
  --markdown  the table of docs/configuration.md: names, defaults and help, without values`,
  async run(args, io) {
    const { values } = parseArgs({ args, options: { json: { type: 'boolean' }, markdown: { type: 'boolean' } } });
    const rows = describeSettings(loadSettings(values.markdown ? {} : io.environment));
    if (values.json) io.out(JSON.stringify(rows, null, 2));
    else if (values.markdown) rows.forEach((row, index) => markdownLines(row, index).forEach((line) => io.out(line)));
    else {
      for (const row of rows) {
        io.out(`${row.env} = ${row.value === '' ? '(empty)' : row.value}   [${row.origin}]`);
        io.out(`    ${row.help}`);
        io.out(`    in coresettings.json: ${row.name}; default: ${row.default === '' ? '(empty)' : row.default}`);
      }
    }
    return 0;
  },
};

function markdownLines(row: { env: string; name: string; default: string; help: string }, index: number): string[] {
  const head =
    index === 0 ? ['| environment | coresettings.json | default | meaning |', '| --- | --- | --- | --- |'] : [];
  const byDefault = row.default === '' ? '(empty)' : `\`${row.default}\``;
  return [...head, `| \`${row.env}\` | \`${row.name}\` | ${byDefault} | ${row.help.replaceAll('|', '\\|')} |`];
}
