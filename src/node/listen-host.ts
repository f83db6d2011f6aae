import type {Config} from '../config/config.js'

const loopback = /^(localhost|127(\.\d+){3}|::1)$/

/**
 * Where the roles listen: a cluster whose masters are reached over loopback alone can have no member elsewhere, so
 * nothing of it is opened to the network. Any other listens on every address, as Vearch does. Pure.
 */
export function listenHost({masters}: Config): '127.0.0.1' | '0.0.0.0' {
  return masters.every(({address}) => loopback.test(address)) ? '127.0.0.1' : '0.0.0.0'
}
