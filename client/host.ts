/**
 * What the client hands out.
 *
 * @module
 */

/** Where a host is, ready for `fetch` or `connect`. */
export interface Host {
  /** IPv4 address, dotted. */
  hostname: string;
  /** 1 … 65535. */
  port: number;
}
