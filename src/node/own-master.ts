/**
 * Which `[[masters]]` entry a process is, where it runs the master role.
 *
 * A name decides alone, so that several masters may run on one host (Vearch takes the first entry with a local address
 * and never reaches a later one). Without a name the first entry with an address of this host is it. Pure.
 */
import type {Config, MasterConfig} from '../config/config.js'
import {CodedError} from '../errors/coded-error.js'

/** `isLocal` tells whether an address belongs to this host. Throws CONFIG_ERROR. */
export function ownMaster(
  {masters}: Config,
  name: string | undefined,
  isLocal: (address: string) => boolean,
): MasterConfig {
  const names = masters.map((master) => master.name).join(', ')
  if (name !== undefined) {
    const named = masters.find((master) => master.name === name)
    if (named !== undefined) return named
    throw new CodedError('CONFIG_ERROR', `no [[masters]] entry is called ${name}`, {hint: `there are: ${names}`})
  }
  const local = masters.find(({address}) => isLocal(address))
  if (local !== undefined) return local
  throw new CodedError('CONFIG_ERROR', `no [[masters]] entry has an address of this host (${names})`, {
    hint: 'correct the address, or say which one this is with --master NAME',
  })
}
