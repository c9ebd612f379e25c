/** Light, dark, or as the system has it: remembered in a cookie, because it must be known before the page is drawn. */
import type { Request, Router } from 'express';
import { BASE, safeReturn } from './paths.ts';

export type Theme = 'auto' | 'light' | 'dark';
const NEXT: Record<Theme, Theme> = { auto: 'dark', dark: 'light', light: 'auto' };
const A_YEAR_MS = 365 * 24 * 3600_000;

export function themeOf(request: Request): Theme {
  const match = /(?:^|;\s*)ns_theme=(light|dark)(?:;|$)/.exec(request.headers.cookie ?? '');
  return (match?.[1] as Theme | undefined) ?? 'auto';
}

export function registerTheme(router: Router): void {
  router.post('/theme', (request, response) => {
    const { theme, back } = request.body as { theme?: string; back?: string };
    const chosen = theme !== undefined && theme in NEXT ? (theme as Theme) : NEXT[themeOf(request)];
    response.cookie('ns_theme', chosen, { path: BASE, maxAge: A_YEAR_MS, sameSite: 'lax', secure: request.secure });
    response.redirect(303, safeReturn(back));
  });
}
