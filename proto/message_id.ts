/**
 * The numbers that stand in a frame's header and in answers. Names are ours; the protocol's own are beside them.
 *
 * @module
 */

/** What a frame's body is. Over which transport and between whom: docs/protocol.md. */
export const MessageId = {
  /** ID_GetRouteRequest: agent asks dns for a route, which subscribes it. */
  GetRouteRequest: 1,
  /** ID_GetRouteResponse: dns answers, and later pushes a changed route. */
  GetRouteResponse: 2,
  /** ID_ReportStatusRequest: agent tells reporter how calls went. */
  ReportStatusRequest: 3,
  /** ID_GetHostRequest: client asks agent for a host. */
  GetHostRequest: 4,
  /** ID_GetHostResponse: agent answers with one. */
  GetHostResponse: 5,
  /** ID_ReportRequest: client tells agent how a call went. */
  ReportRequest: 6,
  /** ID_API_GetRouteRequest: client asks agent for a whole route. */
  ApiGetRouteRequest: 7,
  /** ID_API_GetRouteResponse: agent answers with it. */
  ApiGetRouteResponse: 8,
  /** ID_GetHostsRequest: client asks agent for several hosts, of several modules. */
  GetHostsRequest: 9,
  /** ID_GetHostsResponse: agent answers with them. */
  GetHostsResponse: 10,
  /** ID_ReportBatchRequest: client tells agent how several calls went. */
  ReportBatchRequest: 11,
  /** ID_Hello: agent names itself and shows its token to dns or reporter. */
  Hello: 12,
} as const;

/** LarsRetCode: how a request, or a call to a host, ended. Any non-zero code reported of a call is a failure. */
export const RetCode = {
  /** RET_SUCC: done. */
  Success: 0,
  /** RET_OVERLOAD: every host of the module is overloaded. */
  Overload: 1,
  /** RET_SYSTEM_ERROR: the call failed for another reason. */
  SystemError: 2,
  /** RET_NOEXIST: no such module. */
  NoExist: 3,
} as const;
