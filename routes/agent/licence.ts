/** GetLicenseDetails.aspx and GetLicense.asmx: solutions ask whether they are licensed. Here everything is (1.1, inferred). */
import { XML_DECLARATION } from '../../wire/xml.ts';
import type { AgentPage } from './page.ts';

const answer = () => ({ status: 200, body: `${XML_DECLARATION}<license state="licensed"/>\n` });

export const licence: AgentPage = {
  names: ['getlicensedetails.aspx', 'getlicense.asmx'],
  GET: answer,
  POST: answer,
};
