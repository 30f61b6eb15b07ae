import { assertEquals } from "@std/assert";
import { lars } from "./lars.js";
import { MessageId, RetCode } from "./message_id.ts";

Deno.test("MessageId and RetCode are lars.proto's numbers", () => {
  assertEquals<unknown>({
    ID_UNKNOW: 0,
    ID_GetRouteRequest: MessageId.GetRouteRequest,
    ID_GetRouteResponse: MessageId.GetRouteResponse,
    ID_ReportStatusRequest: MessageId.ReportStatusRequest,
    ID_GetHostRequest: MessageId.GetHostRequest,
    ID_GetHostResponse: MessageId.GetHostResponse,
    ID_ReportRequest: MessageId.ReportRequest,
    ID_API_GetRouteRequest: MessageId.ApiGetRouteRequest,
    ID_API_GetRouteResponse: MessageId.ApiGetRouteResponse,
    ID_GetHostsRequest: MessageId.GetHostsRequest,
    ID_GetHostsResponse: MessageId.GetHostsResponse,
    ID_ReportBatchRequest: MessageId.ReportBatchRequest,
    ID_Hello: MessageId.Hello,
  }, { ...lars.MessageId });
  assertEquals<unknown>({
    RET_SUCC: RetCode.Success,
    RET_OVERLOAD: RetCode.Overload,
    RET_SYSTEM_ERROR: RetCode.SystemError,
    RET_NOEXIST: RetCode.NoExist,
  }, { ...lars.LarsRetCode });
});
