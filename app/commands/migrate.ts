import { openCmdb } from '../../models/cmdb/open.ts';
import { migrate, schemaVersion } from '../../models/cmdb/migrate.ts';
import { loadSettings } from '../config.ts';
import { mkdirSync } from 'node:fs';
import type { Command } from './command.ts';

/** `ns migrate`: brings the CMDB's schema up to date. The server does the same when it starts. */
export const migrateCommand: Command = {
  name: 'migrate',
  summary: 'bring the schema of the CMDB up to date',
  usage: `ns migrate

Applies the migrations that the CMDB lacks, one transaction each, and says which. Forward only: back up first.
The server does the same at its start; this command is for upgrades of many nodes, where one does it before the others.`,
  async run(_args, io) {
    const { settings } = loadSettings(io.environment);
    mkdirSync(settings.dataDir, { recursive: true });
    const cmdb = await openCmdb(settings.cmdb);
    try {
      const applied = await migrate(cmdb);
      const version = await schemaVersion(cmdb);
      io.out(
        applied.length === 0
          ? `${cmdb.location}: schema version ${version}, nothing to do.`
          : `${cmdb.location}: applied ${applied.join(', ')}; schema version ${version}.`,
      );
      return 0;
    } finally {
      await cmdb.close();
    }
  },
};
