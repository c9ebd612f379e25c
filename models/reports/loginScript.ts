/** The script by which a database administrator makes the login of reports. */

export const REPORTS_LOGIN = 'ns_report_reader';

/** @param database the CMDB's name */
export function loginScript(database: string): string {
  const name = `[${database.replaceAll(']', ']]')}]`;
  return `-- Run as a member of securityadmin and db_owner. Choose a password of your own.
USE [master];
CREATE LOGIN ${REPORTS_LOGIN} WITH PASSWORD = N'<password>', CHECK_POLICY = ON, DEFAULT_DATABASE = ${name};
GO
USE ${name};
CREATE USER ${REPORTS_LOGIN} FOR LOGIN ${REPORTS_LOGIN} WITH DEFAULT_SCHEMA = reports;
-- The role may read the views of the schema reports and nothing else; the server keeps the views up to date.
-- Do not use db_datareader: it reads users, sessions, tokens and keys as well.
ALTER ROLE ns_reports ADD MEMBER ${REPORTS_LOGIN};
-- For the estimated plan that authors of reports see.
GRANT SHOWPLAN TO ns_reports;
GO`;
}
