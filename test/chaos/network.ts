/**
 * Hosts on a bridge, each a network namespace with one address, and what is dropped between them.
 *
 * The bridge sees every packet from host to host, so one table holds all impairments, and each change replaces the table
 * as a whole. Packets between the hosts and the bridge itself, where the clients are, are never touched.
 */
import {execFile} from 'node:child_process'
import {promisify} from 'node:util'

const run = promisify(execFile)

/** Of the packets from one host to another, this share is dropped. */
export interface Impairment {
  readonly from: string
  readonly to: string
  readonly permille: number
}

const subnet = '10.77.0'
const hostsMax = 200

export class HostNetwork {
  readonly #impairments = new Set<readonly Impairment[]>()
  readonly #addresses = new Map<string, string>()
  #applied = Promise.resolve()

  /** In the namespaces of the run. */
  static async create(): Promise<HostNetwork> {
    await run('sh', [
      '-ec',
      `mount -t tmpfs none /run; mkdir /run/netns; ip link set lo up
       ip link add hub type bridge; ip address add ${subnet}.1/24 dev hub; ip link set hub up`,
    ])
    return new HostNetwork()
  }

  /** Returns the address, and the words before a command that run it on the host. */
  async addHost(name: string): Promise<{readonly address: string; readonly prefix: readonly string[]}> {
    const number = this.#addresses.size + 2
    if (number > hostsMax) throw new Error(`more than ${hostsMax} hosts`)
    const address = `${subnet}.${number}`
    const outside = `to${number}`
    this.#addresses.set(name, address)
    await run('sh', [
      '-ec',
      `ip netns add ${name}
       ip link add ${outside} type veth peer name eth0 netns ${name}
       ip link set ${outside} master hub up
       ip -n ${name} link set lo up
       ip -n ${name} address add ${address}/24 dev eth0
       ip -n ${name} link set eth0 up`,
    ])
    return {address, prefix: ['nsenter', `--net=/run/netns/${name}`]}
  }

  /** Drops until the returned function is called. */
  async impair(impairments: readonly Impairment[]): Promise<() => Promise<void>> {
    this.#impairments.add(impairments)
    await this.#apply()
    return async () => {
      this.#impairments.delete(impairments)
      await this.#apply()
    }
  }

  async #apply(): Promise<void> {
    const addressOf = (name: string) => this.#addresses.get(name) ?? ''
    const all = [...this.#impairments].flat()
    const table = tableOf(all.map(({from, to, permille}) => ({from: addressOf(from), to: addressOf(to), permille})))
    this.#applied = this.#applied.then(() => replaceTable(table))
    await this.#applied
  }
}

/** As `nft` reads it, of addresses. */
export function tableOf(impairments: readonly Impairment[]): string {
  const rules = impairments.map(({from, to, permille}) => {
    const chance = permille < 1_000 ? `numgen random mod 1000 < ${permille} ` : ''
    return `    ip saddr ${from} ip daddr ${to} ${chance}drop\n`
  })
  return `add table bridge chaos
delete table bridge chaos
table bridge chaos {
  chain forward {
    type filter hook forward priority 0;
${rules.join('')}  }
}
`
}

async function replaceTable(table: string): Promise<void> {
  const replacing = run('nft', ['-f', '-'])
  replacing.child.stdin?.end(table)
  await replacing
}
