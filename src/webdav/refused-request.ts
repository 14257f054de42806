// A request that is answered with an error of HTTP, and what is said of it.

export interface RefusalDetail {
  readonly headers?: Readonly<Record<string, string>>;
  /** The condition of RFC 4918 that was not met; its name stands in the answer's XML. */
  readonly condition?: 'propfind-finite-depth';
}

export class RefusedRequest extends Error {
  readonly headers: Readonly<Record<string, string>>;
  readonly condition: RefusalDetail['condition'];

  constructor(
    readonly status: number,
    message: string,
    { headers = {}, condition }: RefusalDetail = {},
  ) {
    super(message);
    this.name = 'RefusedRequest';
    this.headers = headers;
    this.condition = condition;
  }
}
