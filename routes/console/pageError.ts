/** Thrown where a console page cannot be shown or an action cannot be done; pageErrors.ts makes the page of it. */
export class PageError extends Error {
  readonly status: number;
  readonly title: string;
  /** What to do next; may be empty. */
  readonly advice: string;
  /** `text` tells what happened and what was kept, in words for the person: it is shown. */
  constructor(status: number, title: string, text: string, advice = '') {
    super(text);
    this.name = 'PageError';
    this.status = status;
    this.title = title;
    this.advice = advice;
  }
}

/** `throw notFound('computer')` */
export function notFound(what: string): PageError {
  return new PageError(
    404,
    `There is no such ${what}`,
    `The ${what} may have been deleted, or the address is mistyped.`,
  );
}
