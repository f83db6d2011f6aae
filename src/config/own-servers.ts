/**
 * Several partition servers in one process, so that a developer has replicas on one machine: what each has for itself. Pure.
 *
 * The first is what a single one would be. So a cluster of one grows by being started with more, and finds its data; who starts it
 * with fewer again has servers that are down.
 */
import {join} from 'node:path'
import type {Config} from './config.js'

/** They share a process, its memory and its cores: more tell nobody anything. */
export const serversMax = 16
/** Between the ports of one server and the same of the next; the configuration's own lie closer. */
const portStep = 10

export interface StartPlace {
  /** Null for the embedded default. */
  readonly conf: string | null
  /** Instead of the configuration's; null: those. */
  readonly dataDirectories: readonly string[] | null
}

/** Where servers that are started so have their data. Without a file each directory holds more than that. */
export function startData({global}: Config, {conf, dataDirectories}: StartPlace): readonly string[] {
  if (dataDirectories === null) return global.data
  return conf === null ? dataDirectories.map((directory) => join(directory, 'data')) : dataDirectories
}

/** Of the server with that number, from 0. */
export function serverData(directories: readonly string[], at: number): readonly string[] {
  return at === 0 ? directories : directories.map((directory) => join(directory, `ps${at + 1}`))
}

/** The configuration of the server with that number, from 0. */
export function serverConfig(config: Config, at: number): Config {
  const {global, ps} = config
  const moved = at * portStep
  return {
    ...config,
    global: {...global, data: [...serverData(global.data, at)]},
    ps: {
      ...ps,
      rpc_port: ps.rpc_port + moved,
      raft_heartbeat_port: ps.raft_heartbeat_port + moved,
      raft_replicate_port: ps.raft_replicate_port + moved,
    },
  }
}
