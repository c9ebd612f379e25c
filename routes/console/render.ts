/** Draws a page: a template of views/ with its model, inside the frame. */
import { fileURLToPath } from 'node:url';
import ejs from 'ejs';
import type { Request, RequestHandler, Response } from 'express';
import type { AppContext } from '../../app/context.ts';
import { utc } from '../../models/clock.ts';
import type { Privilege } from '../../models/security/roles.ts';
import type { ConsoleUser } from '../../models/security/users.ts';
import { assetUrls, type AssetUrl } from './assets.ts';
import type { FrameAttention } from './attention.ts';
import { csrfToken } from './csrf.ts';
import * as format from './format.ts';
import { isNumeric } from './cells.ts';
import { navigation, type NavigationGroup } from './navigation.ts';
import { at } from './paths.ts';
import { lockOf, may } from './signedIn.ts';
import { stateLook } from './states.ts';
import { themeOf, type Theme } from './theme.ts';

const VIEWS = fileURLToPath(new URL('../../views/', import.meta.url));

export interface Crumb {
  label: string;
  href: string;
}

export interface PageModel {
  title: string;
  /** Where the page lies; the title itself is added. */
  breadcrumb?: readonly Crumb[];
  /** State of the page's object, beside the title. */
  state?: string;
  /** Seconds after which state and actions are read anew, while something is under way. */
  refresh?: number | undefined;
  /** Line under the title. */
  subtitle?: string;
  /** Buttons at the right of the title, the first is the primary one. `post` makes a form of one button. */
  actions?: readonly PageAction[];
  /** Tabs are links to addresses. */
  tabs?: readonly { label: string; href: string; current: boolean; count?: number }[];
  [name: string]: unknown;
}

export interface PageAction {
  label: string;
  href: string;
  icon?: string;
  /** Sends a POST instead of following a link. */
  post?: boolean;
  danger?: boolean;
  primary?: boolean;
  /** Opens the page in a dialog where there is script. */
  dialog?: boolean;
  /** Why it cannot be used now: the control is shown, disabled, with this sentence. */
  disabled?: string | undefined;
}

/** What every template sees as `frame`. */
interface Frame {
  asset: AssetUrl;
  csrf: string;
  user: ConsoleUser | undefined;
  navigation: NavigationGroup[];
  serverName: string;
  version: string;
  health: string | undefined;
  theme: Theme;
  notice: { tone: string; text: string } | undefined;
  requestId: string;
  address: string;
  search: string;
  now: string;
}

export interface FrameSource {
  cmdb: AppContext['cmdb'];
  asset: AssetUrl;
  serverName: string;
  version: string;
  clock: AppContext['clock'];
  attention: () => Promise<FrameAttention>;
}

/** Puts what `render` needs beside the response. `attention` must be cheap: it is asked for every page. */
export function frame(context: AppContext, attention: FrameSource['attention']): RequestHandler {
  const source: FrameSource = {
    cmdb: context.cmdb,
    asset: assetUrls(),
    version: context.version,
    serverName: new URL(context.publicUrl).hostname,
    clock: context.clock,
    attention,
  };
  return (_request, response, next) => {
    response.locals.frameSource = source;
    next();
  };
}

/**
 * Answers with a page. `page` names the template below views/ without its ending, for example `users/list`.
 * The model's own names stand in the template as they are; beside them `frame`, `h` (formats) and `at`.
 */
export async function render(
  request: Request,
  response: Response,
  page: string,
  model: PageModel,
  status = 200,
): Promise<void> {
  const source = response.locals.frameSource as FrameSource;
  const data = {
    ...model,
    page: model,
    windowTitle: windowTitle(model),
    frame: await frameFor(request, response, source),
    h: helpers(source),
    at,
    ...rights(request),
  };
  const html = await ejs.renderFile(`${VIEWS}${page}.ejs`, data, { root: VIEWS, cache: true });
  response.status(status).set('Cache-Control', 'no-store').type('html').send(html);
}

/** What tabs and bookmarks of the browser say: beside the page its tab, unless it is the first, where the page begins. */
function windowTitle({ title, tabs = [] }: PageModel): string {
  const place = tabs.findIndex(({ current }) => current);
  const tab = place > 0 ? tabs[place]!.label : title;
  return tab === title ? title : `${tab} · ${title}`;
}

async function frameFor(request: Request, response: Response, source: FrameSource): Promise<Frame> {
  const user = request.user as ConsoleUser | undefined;
  // The frame must not take the page down with it: without the CMDB there are no badges.
  const attention = user === undefined ? undefined : await source.attention().catch(() => undefined);
  return {
    asset: source.asset,
    // The error page is shown without a session, too.
    csrf: request.session === undefined ? '' : csrfToken(request),
    user,
    navigation: user === undefined ? [] : navigation(pathOf(request), attention),
    serverName: source.serverName,
    version: source.version,
    health: attention?.health,
    theme: themeOf(request),
    notice: takeNotice(request),
    requestId: String(response.getHeader('X-Request-Id') ?? ''),
    address: request.originalUrl,
    search: pathOf(request) === '/search' && typeof request.query.q === 'string' ? request.query.q : '',
    now: utc(source.clock.now()),
  };
}

const pathOf = (request: Request): string =>
  (request.baseUrl + request.path).replace(/^\/Altiris\/Console/i, '').replace(/\/$/, '') || '/';

function helpers({ clock }: FrameSource) {
  const now = clock.now();
  return { ...format, isNumeric, stateLook, now, ago: (time: string) => format.formatAgo(time, now) };
}

/** `can('write')`, and `why('write')`: undefined, or the sentence that stands beside the disabled control. */
function rights(request: Request) {
  return {
    can: (privilege: Privilege) => may(request, privilege),
    why: (privilege: Privilege) => lockOf(request, privilege),
  };
}

/** Says what was done on the next page that is shown. */
export function notify(request: Request, text: string, tone: 'ok' | 'bad' = 'ok'): void {
  request.session.notice = { tone, text };
}

function takeNotice(request: Request): Frame['notice'] {
  const notice = request.session?.notice;
  if (notice !== undefined) delete request.session.notice;
  return notice;
}
