/** The part of autocannon 9 that is used here; it brings no types of its own. */
declare module "autocannon" {
  export interface RequestData {
    method?: string;
    path?: string;
    headers?: Record<string, string>;
    body?: string;
  }
  export interface JourneyRequest extends RequestData {
    setupRequest?(request: RequestData): RequestData;
    onResponse?(
      status: number,
      body: string,
      context: object,
      headers: Record<string, string | string[]>,
    ): void;
  }
  export interface Client {
    setRequests(requests: JourneyRequest[]): void;
  }
  export interface Options {
    url: string;
    connections: number;
    duration: number;
    connectionRate: number;
    timeout: number;
    requests: JourneyRequest[];
    setupClient(client: Client): void;
  }
  export interface Result {
    errors: number;
    timeouts: number;
    "2xx": number;
    "3xx": number;
    "4xx": number;
    "5xx": number;
    requests: { total: number };
  }
  export interface Running extends PromiseLike<Result> {
    stop(): void;
  }
  function autocannon(options: Options): Running;
  namespace autocannon {
    function printResult(result: Result): string;
  }
  export default autocannon;
}
