// Generated from lars.proto: deno task proto

/** A message to encode: what is absent stays off the wire. */
type Sparse<Message> = Message extends object
  ? { [Field in keyof Message]?: Sparse<Message[Field]> }
  : Message;

interface Codec<Message> {
  encode(message: Sparse<Message>): { finish(): Uint8Array };
  /** Fields that are not on the wire have proto3's defaults. Throws on a body that does not parse. */
  decode(body: Uint8Array): Message;
}

export namespace lars {
  enum MessageId {
    ID_UNKNOW = 0,
    ID_GetRouteRequest = 1,
    ID_GetRouteResponse = 2,
    ID_ReportStatusRequest = 3,
    ID_GetHostRequest = 4,
    ID_GetHostResponse = 5,
    ID_ReportRequest = 6,
    ID_API_GetRouteRequest = 7,
    ID_API_GetRouteResponse = 8,
    ID_GetHostsRequest = 9,
    ID_GetHostsResponse = 10,
    ID_ReportBatchRequest = 11,
    ID_Hello = 12,
  }

  enum LarsRetCode {
    RET_SUCC = 0,
    RET_OVERLOAD = 1,
    RET_SYSTEM_ERROR = 2,
    RET_NOEXIST = 3,
  }

  interface HostInfo {
    ip: number;
    port: number;
    weight: number;
  }
  const HostInfo: Codec<HostInfo>;

  interface GetRouteRequest {
    modid: number;
    cmdid: number;
  }
  const GetRouteRequest: Codec<GetRouteRequest>;

  interface GetRouteResponse {
    modid: number;
    cmdid: number;
    host: HostInfo[];
  }
  const GetRouteResponse: Codec<GetRouteResponse>;

  interface HostCallResult {
    ip: number;
    port: number;
    succ: number;
    err: number;
    overload: boolean;
    succ_delta: number;
    err_delta: number;
  }
  const HostCallResult: Codec<HostCallResult>;

  interface ReportStatusRequest {
    modid: number;
    cmdid: number;
    caller: number;
    results: HostCallResult[];
    ts: number;
  }
  const ReportStatusRequest: Codec<ReportStatusRequest>;

  interface GetHostRequest {
    seq: number;
    modid: number;
    cmdid: number;
  }
  const GetHostRequest: Codec<GetHostRequest>;

  interface GetHostResponse {
    seq: number;
    modid: number;
    cmdid: number;
    retcode: number;
    host: HostInfo | null;
  }
  const GetHostResponse: Codec<GetHostResponse>;

  interface ReportRequest {
    modid: number;
    cmdid: number;
    host: HostInfo | null;
    retcode: number;
    timecost: number;
  }
  const ReportRequest: Codec<ReportRequest>;

  interface ModulePick {
    modid: number;
    cmdid: number;
    count: number;
  }
  const ModulePick: Codec<ModulePick>;

  interface GetHostsRequest {
    seq: number;
    pick: ModulePick[];
  }
  const GetHostsRequest: Codec<GetHostsRequest>;

  interface ModuleHosts {
    modid: number;
    cmdid: number;
    retcode: number;
    ip: number[];
    port: number[];
  }
  const ModuleHosts: Codec<ModuleHosts>;

  interface GetHostsResponse {
    seq: number;
    module: ModuleHosts[];
  }
  const GetHostsResponse: Codec<GetHostsResponse>;

  interface HostOutcome {
    ip: number;
    port: number;
    retcode: number;
    count: number;
    timecost: number;
  }
  const HostOutcome: Codec<HostOutcome>;

  interface ModuleReport {
    modid: number;
    cmdid: number;
    outcome: HostOutcome[];
  }
  const ModuleReport: Codec<ModuleReport>;

  interface ReportBatchRequest {
    module: ModuleReport[];
  }
  const ReportBatchRequest: Codec<ReportBatchRequest>;

  interface Hello {
    token: string;
    agent: string;
    version: number;
  }
  const Hello: Codec<Hello>;
}
