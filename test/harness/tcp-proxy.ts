/**
 * A TCP proxy on a port of its own that can break what goes through it.
 */
import {createServer, connect as dial, type Socket} from 'node:net'

export interface TcpProxy {
  /** `127.0.0.1:port`. */
  readonly endpoint: string
  /** Bytes that went from the target to its clients so far. */
  readonly delivered: number
  /** Resets every connection and every new one until `resume`. */
  cut(): void
  /** Lets nothing more through the connections of this moment, and tells neither side; new ones work. */
  hold(): void
  /** The same for connections that come later as well. */
  holdAll(): void
  /** Everything flows again. */
  resume(): void
  stop(): Promise<void>
}

export async function startTcpProxy(target: string): Promise<TcpProxy> {
  const [host = '', port = ''] = target.split(':')
  const links = new Set<{readonly near: Socket; readonly far: Socket}>()
  let isCut = false
  let isHeld = false
  let delivered = 0

  const server = createServer((near) => {
    near.on('error', () => {})
    if (isCut) return void near.resetAndDestroy()
    const far = dial(Number(port), host)
    far.on('data', (chunk) => {
      delivered += chunk.length
    })
    const link = {near, far}
    links.add(link)
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ] as const) {
      socket.on('error', () => {})
      socket.on('close', () => {
        links.delete(link)
        other.destroy()
      })
    }
    if (isHeld) return void far.pause()
    near.pipe(far)
    far.pipe(near)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('a TCP server has a port')

  const hold = () => {
    for (const {near, far} of links) {
      near.unpipe().pause()
      far.unpipe().pause()
    }
  }
  return {
    endpoint: `127.0.0.1:${address.port}`,
    get delivered() {
      return delivered
    },
    cut() {
      isCut = true
      for (const {near} of links) near.resetAndDestroy()
    },
    hold,
    holdAll() {
      isHeld = true
      hold()
    },
    resume() {
      isCut = false
      isHeld = false
      for (const {near, far} of links) {
        near.pipe(far)
        far.pipe(near)
      }
    },
    async stop() {
      for (const {near} of links) near.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
