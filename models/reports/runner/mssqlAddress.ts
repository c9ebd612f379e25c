/** `mssql://login:password@host:1433/database?encrypt=true&trustServerCertificate=false` as settings of a pool. */
import type sql from 'mssql';

export function connectionSettings(address: string, connections: number): sql.config {
  const url = new URL(address);
  const option = (name: string, byDefault: boolean): boolean =>
    (url.searchParams.get(name) ?? String(byDefault)) === 'true';
  return {
    server: url.hostname,
    port: url.port === '' ? 1433 : Number(url.port),
    user: decodeURIComponent(url.username),
    password: decodeURIComponent(url.password),
    database: decodeURIComponent(url.pathname.slice(1)) || 'Symantec_CMDB',
    pool: { max: connections, min: 0 },
    connectionTimeout: 15_000,
    // Each report has its own limit, after which it is cancelled.
    requestTimeout: 0,
    options: {
      encrypt: option('encrypt', true),
      trustServerCertificate: option('trustServerCertificate', false),
      useUTC: true,
      appName: 'notification-server reports',
      // On an availability group: a secondary that may be read, where there is one.
      readOnlyIntent: option('readOnlyIntent', true),
    },
  };
}
