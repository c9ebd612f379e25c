/** Opens the CMDB that an address names. */
import { openMssql, type MssqlCmdb } from './mssql.ts';
import { openSqlite, type SqliteCmdb } from './sqlite.ts';

export type AnyCmdb = SqliteCmdb | MssqlCmdb;

/** `sqlite:<path>` or `mssql://…`. Does not migrate. @throws CmdbUnavailable */
export async function openCmdb(address: string): Promise<AnyCmdb> {
  if (address.startsWith('sqlite:')) return openSqlite(address.slice('sqlite:'.length));
  if (address.startsWith('mssql:')) return openMssql(address);
  throw new Error(`not a CMDB address: ${address.split(':')[0]}:`);
}
