/**
 * Every coded error of the system, one row each.
 *
 * Codes 0 to 704 are Vearch's (`errors.proto`) and travel in the `code` of a response. Codes from 900 are ours: reasons
 * to refuse a start, or for a command to stop; they never reach a Vearch client. `exit` is the process's exit code where
 * an error ends a command (see `vearchctl help exit-codes`).
 */
interface Row {
  readonly code: number
  readonly exit: number
}

export const exitCode = {
  ok: 0,
  unexpected: 1,
  usage: 2,
  notFound: 3,
  unreachable: 4,
  denied: 5,
  guardFailed: 6,
  unconfirmed: 7,
  partial: 8,
  degraded: 10,
  critical: 11,
  different: 12,
  foreignNodeId: 20,
  nodeIdLive: 21,
  portTaken: 22,
  dataUnwritable: 23,
  dataLocked: 24,
  configInvalid: 25,
  etcdMissing: 26,
  dataCorrupt: 27,
  dataTooNew: 28,
  timedOut: 124,
  interrupted: 130,
} as const

/** What a command's exit code is called; one that has no name is unexpected. */
export function exitNameOf(code: number): keyof typeof exitCode {
  const [name = 'unexpected'] = Object.entries(exitCode).find(([, each]) => each === code) ?? []
  return name as keyof typeof exitCode
}

const row = (code: number, exit: number = exitCode.unexpected): Row => ({code, exit})

export const errorCodes = {
  SUCCESS: row(0, exitCode.ok),
  INTERNAL_ERROR: row(1),
  UNKNOWN_ERROR: row(2),
  AUTHENTICATION_FAILED: row(3, exitCode.denied),
  RECOVER: row(4),
  TIMEOUT: row(5, exitCode.unreachable),
  PARAM_ERROR: row(6, exitCode.usage),
  CONFIG_ERROR: row(7, exitCode.configInvalid),
  CANCELED: row(8, exitCode.interrupted),
  MASTER_PS_NOT_ENOUGH_SELECT: row(100, exitCode.guardFailed),
  ROUTER_NO_PS_CLIENT: row(120, exitCode.unreachable),
  ROUTER_CALL_PS_RPC_ERR: row(121, exitCode.unreachable),
  ROUTER_MEMORY_EXCEEDED: row(122),
  PARTITION_EXIST: row(140, exitCode.guardFailed),
  PARTITION_NOT_EXIST: row(141, exitCode.notFound),
  PARTITION_NOT_LEADER: row(142, exitCode.guardFailed),
  PARTITION_NO_LEADER: row(143, exitCode.unreachable),
  PARTITION_IS_INVALID: row(144),
  PARTITION_IS_CLOSED: row(145, exitCode.unreachable),
  PARTITION_RESOURCE_EXHAUSTED: row(146),
  PARTITION_SERVER_NOT_EXIST: row(160, exitCode.notFound),
  PARTITION_SERVER_ERROR: row(161),
  PARTITION_SERVER_MEMORYEXCEED: row(162),
  USER_NOT_EXIST: row(180, exitCode.notFound),
  USER_EXIST: row(181, exitCode.guardFailed),
  ROLE_NOT_EXIST: row(190, exitCode.notFound),
  ROLE_EXIST: row(191, exitCode.guardFailed),
  DB_NOT_EXIST: row(200, exitCode.notFound),
  DB_EXIST: row(201, exitCode.guardFailed),
  DB_NOT_EMPTY: row(202, exitCode.guardFailed),
  SPACE_EXIST: row(220, exitCode.guardFailed),
  SPACE_NOT_EXIST: row(221, exitCode.notFound),
  ALIAS_NOT_EXIST: row(240, exitCode.notFound),
  ALIAS_EXIST: row(241, exitCode.guardFailed),
  DOCUMENT_NOT_EXIST: row(260, exitCode.notFound),
  PRIMARY_KEY_IS_INVALID: row(261, exitCode.usage),
  FILTER_OPERATOR_TYPE_ERR: row(300, exitCode.usage),
  FILTER_CONDITION_OPERATOR_TYPE_ERR: row(301, exitCode.usage),
  UPSERT_INVALID_PARAMS: row(400, exitCode.usage),
  DELETE_BY_QUERY_SERACH_ERR: row(420),
  DELETE_BY_QUERY_SEARCH_ID_IS_0: row(421),
  DELETE_INVALID_PARAMS_SHOULD_NOT_HAVE_VECTOR_FIELD: row(422, exitCode.usage),
  DELETE_INVALID_PARAMS_BOTH_DOCUMENT_IDS_AND_VECTOR: row(423, exitCode.usage),
  DELETE_INVALID_PARAMS_LENGTH_OF_DOCUMENT_IDS_BEYOND_500: row(424, exitCode.usage),
  DELETE_INVALID_PARAMS_SHOULD_HAVE_ONE_OF_DOCUMENT_IDS_OR_FILTER: row(425, exitCode.usage),
  QUERY_ENGINE_ERR: row(440),
  QUERY_INVALID_PARAMS_LENGTH_OF_DOCUMENT_IDS_BEYOND_500: row(441, exitCode.usage),
  QUERY_INVALID_PARAMS_SHOULD_HAVE_ONE_OF_DOCUMENT_IDS_OR_FILTER: row(442, exitCode.usage),
  QUERY_INVALID_PARAMS_SHOULD_NOT_HAVE_VECTOR_FIELD: row(443, exitCode.usage),
  QUERY_INVALID_PARAMS_BOTH_DOCUMENT_IDS_AND_FILTER: row(444, exitCode.usage),
  QUERY_RESPONSE_PARSE_ERR: row(445),
  SEARCH_INVALID_PARAMS_SHOULD_HAVE_VECTOR_FIELD: row(460, exitCode.usage),
  SEARCH_ENGINE_ERR: row(461),
  SEARCH_RESPONSE_PARSE_ERR: row(462),
  FORCE_MERGE_BUILD_INDEX_ERR: row(500),
  FLUSH_ERR: row(600),
  SERVICE_UNAVAILABLE: row(700, exitCode.unreachable),
  RPC_PARAM_ERROR: row(701),
  METHOD_NOT_IMPLEMENT: row(702, exitCode.guardFailed),
  CREATE_RPCCLIENT_FAILED: row(703, exitCode.unreachable),
  CALL_RPCCLIENT_FAILED: row(704, exitCode.unreachable),

  FOREIGN_NODE_ID: row(901, exitCode.foreignNodeId),
  NODE_ID_LIVE_ELSEWHERE: row(902, exitCode.nodeIdLive),
  PORT_TAKEN: row(903, exitCode.portTaken),
  DATA_DIR_UNWRITABLE: row(904, exitCode.dataUnwritable),
  DATA_DIR_LOCKED: row(905, exitCode.dataLocked),
  ETCD_MISSING: row(906, exitCode.etcdMissing),
  DATA_CORRUPT: row(907, exitCode.dataCorrupt),
  DATA_TOO_NEW: row(908, exitCode.dataTooNew),
  META_UNREACHABLE: row(910, exitCode.unreachable),
  META_COMPACTED: row(911, exitCode.notFound),
  META_REFUSED: row(912),
  USAGE: row(920, exitCode.usage),
  NOT_FOUND: row(921, exitCode.notFound),
  GUARD_FAILED: row(922, exitCode.guardFailed),
  UNCONFIRMED: row(923, exitCode.unconfirmed),
  NOT_YET: row(924, exitCode.timedOut),
} as const satisfies Record<string, Row>

export type ErrorName = keyof typeof errorCodes

const nameByCode = new Map<number, ErrorName>(
  Object.entries(errorCodes).map(([name, {code}]) => [code, name as ErrorName]),
)

/** The name of a code that came over the wire; a code that we do not know is UNKNOWN_ERROR. */
export function errorNameOf(code: number): ErrorName {
  return nameByCode.get(code) ?? 'UNKNOWN_ERROR'
}
