/** GetServerCertificate.aspx: the server's certificate, for agents and administrators. Open to all: it is public. */
import type { AgentPage } from './page.ts';

export const getServerCertificate: AgentPage = {
  names: ['getservercertificate.aspx'],
  GET: (context) => ({
    status: 200,
    type: 'application/x-pem-file',
    body: context.certificate.pem,
    headers: { 'Content-Disposition': 'attachment; filename="server.pem"' },
  }),
};
