import {describe, expect, it} from 'vitest'
import {Pool} from '../../src/env/pool.js'

describe('a pool', () => {
  function gate() {
    let release = () => {}
    const held = new Promise<void>((resolve) => {
      release = resolve
    })
    return {held, release}
  }

  it('runs so many at once, the others in order, and refuses beyond its queue', async () => {
    const pool = new Pool('reads', {running: 1, waiting: 2})
    const order: string[] = []
    const {held, release} = gate()
    const first = pool.run(() => held.then(() => order.push('first')))
    const others = ['second', 'third'].map((name) => pool.run(async () => order.push(name)))
    await expect(pool.run(async () => order.push('fourth'))).rejects.toMatchObject({
      errorName: 'SERVICE_UNAVAILABLE',
      outcome: 'rejected',
      retryable: true,
    })
    release()
    await Promise.all([first, ...others])
    expect(order).toEqual(['first', 'second', 'third'])
  })

  it('lets go who waits too long, and gives the place to the next', async () => {
    const pool = new Pool('reads', {running: 1, waiting: 2})
    const {held, release} = gate()
    const first = pool.run(() => held)
    const deadline = new AbortController()
    const late = pool.run(async () => 'late', deadline.signal)
    const patient = pool.run(async () => 'patient')
    deadline.abort()
    await expect(late).rejects.toMatchObject({errorName: 'TIMEOUT', outcome: 'rejected'})
    release()
    await first
    expect(await patient).toBe('patient')
  })

  it('keeps its places when tasks fail', async () => {
    const pool = new Pool('reads', {running: 1, waiting: 0})
    await expect(pool.run(() => Promise.reject(new Error('broken')))).rejects.toThrow('broken')
    expect(await pool.run(async () => 'next')).toBe('next')
  })
})
