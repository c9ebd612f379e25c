/** How values look in the code, whatever the engine. */

/** ISO 8601 with milliseconds and `Z`, so that text order is time order. */
export type Utc = string;
export type Bit = 0 | 1;
