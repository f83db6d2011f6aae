/** The machine as `GET /cluster/stats` shows it: memory, disks, processors, network (control-plane spec §4.8). */
import {cpus, freemem, totalmem} from 'node:os'
import type {ServerStats} from '../entity/report.js'
import type {Env} from '../env/env.js'

interface Ticks {
  readonly user: number
  readonly system: number
  readonly ioWait: number
  readonly idle: number
}

interface Traffic {
  readonly inBytes: number
  readonly outBytes: number
  readonly atMs: number
}

export class MachineStats {
  #ticks: Ticks | null = null
  #traffic: Traffic | null = null

  constructor(
    private readonly env: Env,
    private readonly directories: readonly string[],
  ) {}

  /** Percentages and rates are since the call before; zero at the first one. */
  async read(ip: string): Promise<ServerStats> {
    const memory = await this.#memory()
    const gauge = process.memoryUsage()
    return {
      status: 200,
      ip,
      labels: [],
      mem: usage(memory.MemTotal ?? totalmem(), memory.MemAvailable ?? freemem()),
      swap: usage(memory.SwapTotal ?? 0, memory.SwapFree ?? 0),
      fs: {...(await this.#disks()), paths: this.directories},
      cpu: {total_in_bytes: cpus().length, ...(await this.#processors())},
      net: await this.#network(),
      gc: {
        calls: 0,
        routines: 0,
        count: 0,
        count_percent: percent(gauge.heapUsed, gauge.heapTotal),
        pause_nanoseconds: 0,
        pause_percent: 0,
      },
    }
  }

  async #memory(): Promise<Partial<Record<string, number>>> {
    const lines = (await this.#text('/proc/meminfo')).matchAll(/^(\w+):\s+(\d+) kB$/gm)
    return Object.fromEntries([...lines].map(([, name, kib]) => [name, Number(kib) * 1024]))
  }

  /** Directories of one file system are counted once: their figures are equal. */
  async #disks() {
    const spaces = await Promise.all(this.directories.map((directory) => this.env.disk.space(directory)))
    const distinct = [...new Map(spaces.map((space) => [`${space.totalBytes} ${space.freeBytes}`, space])).values()]
    const sum = (pick: (space: (typeof spaces)[number]) => number) =>
      distinct.reduce((total, space) => total + pick(space), 0)
    return usage(
      sum(({totalBytes}) => totalBytes),
      sum(({freeBytes}) => freeBytes),
    )
  }

  async #processors() {
    const now = ticks(await this.#text('/proc/stat'))
    const since = this.#ticks ?? now
    this.#ticks = now
    const [user, system] = [now.user - since.user, now.system - since.system]
    const [ioWait, idle] = [now.ioWait - since.ioWait, now.idle - since.idle]
    const all = user + system + ioWait + idle
    return {
      user_percent: percent(user, all),
      sys_percent: percent(system, all),
      io_wait_percent: percent(ioWait, all),
      idle_percent: percent(idle, all),
    }
  }

  async #network() {
    const now = {...traffic(await this.#text('/proc/net/dev')), atMs: this.env.clock.nowMs()}
    const since = this.#traffic ?? now
    this.#traffic = now
    const seconds = (now.atMs - since.atMs) / 1000
    const rate = (bytes: number) => (seconds > 0 ? Math.round(bytes / seconds) : 0)
    return {
      in_pre_second: rate(now.inBytes - since.inBytes),
      out_pre_second: rate(now.outBytes - since.outBytes),
      connect: 0,
    }
  }

  /** Empty where there is no such file: not every system has /proc. */
  async #text(path: string): Promise<string> {
    const bytes = await this.env.disk.readFile(path)
    return bytes === null ? '' : new TextDecoder().decode(bytes)
  }
}

function usage(total: number, free: number) {
  const used = Math.max(0, total - free)
  return {total_in_bytes: total, free_in_bytes: free, used_in_bytes: used, used_percent: percent(used, total)}
}

function percent(part: number, whole: number): number {
  return whole > 0 ? Math.round((part / whole) * 10_000) / 100 : 0
}

/** `cpu user nice system idle iowait irq softirq …` (proc(5)). */
export function ticks(stat: string): Ticks {
  const [, user = 0, nice = 0, system = 0, idle = 0, ioWait = 0, irq = 0, softIrq = 0] = (stat.split('\n', 1)[0] ?? '')
    .split(/\s+/)
    .map(Number)
  return {user: user + nice, system: system + irq + softIrq, ioWait, idle}
}

/** The sum over all interfaces but the loopback; received bytes are the first column, sent ones the ninth. */
export function traffic(dev: string): {inBytes: number; outBytes: number} {
  let [inBytes, outBytes] = [0, 0]
  for (const [, name, columns = ''] of dev.matchAll(/^\s*([^\s:|]+):(.*)$/gm)) {
    const counts = columns.trim().split(/\s+/).map(Number)
    if (name === 'lo') continue
    inBytes += counts[0] ?? 0
    outBytes += counts[8] ?? 0
  }
  return {inBytes, outBytes}
}
