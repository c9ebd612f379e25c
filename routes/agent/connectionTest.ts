/** ConnectionTest.asp: can the server be reached, how fast? Any small body will do (agent-contract.md 1.1). */
import type { AgentPage } from './page.ts';

const answer = () => ({ status: 200, type: 'text/plain; charset=utf-8', body: 'OK\n' });

export const connectionTest: AgentPage = { names: ['connectiontest.asp', 'connectiontest.aspx'], GET: answer };
