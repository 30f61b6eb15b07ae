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
}
