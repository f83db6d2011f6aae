import {describe, expect, it} from 'vitest'
import {failpointsFrom} from '../../src/env/armed-failpoints.js'
import {noFailpoints} from '../../src/env/failpoints.js'
import {silentLog} from '../../src/env/log.js'
import {systemEnv} from '../../src/env/system-env.js'

/** Failpoints armed by the text, and what they did. */
function armed(text: string | undefined) {
  const env = systemEnv(silentLog)
  const seen: string[] = []
  const clock = {...env.clock, sleep: async (ms: number) => void seen.push(`waits ${ms} ms`)}
  const failpoints = failpointsFrom({VEARCHCTL_FAILPOINTS: text}, {...env, clock}, () => seen.push('killed'))
  return {failpoints, seen}
}

describe('failpoints of a process', () => {
  it.each([undefined, ''])('are none where the variable is %j', (text) => {
    expect(armed(text).failpoints).toBe(noFailpoints)
  })

  it.each([
    {text: 'wal.append.written', why: 'no action'},
    {text: 'wal.append.writen=crash', why: 'there is no site wal.append.writen'},
    {text: 'wal.append.written=burn', why: 'not an action'},
    {text: 'wal.append.written=crash:0', why: 'hits are counted from 1'},
    {text: 'wal.append.written=delay', why: 'says not how many'},
    {text: 'checkpoint.after=error;wal.append.written=crash', why: 'not a list'},
    {text: 'toString=crash', why: 'no site of ours'},
  ])('stop the start where the variable is $text: $why', ({text}) => {
    expect(() => armed(text)).toThrow(
      expect.objectContaining({errorName: 'CONFIG_ERROR', hint: expect.stringContaining('wal.append.written')}),
    )
  })

  it('fail at the hit that was named, and at no other', async () => {
    const {failpoints, seen} = armed('wal.append.written=error:2, checkpoint.after=error')
    await failpoints.hit('wal.append.before')
    await failpoints.hit('wal.append.written')
    await expect(failpoints.hit('wal.append.written')).rejects.toMatchObject({code: 'EIO'})
    await failpoints.hit('wal.append.written')
    for (const _ of [1, 2]) await expect(failpoints.hit('checkpoint.after')).rejects.toThrow('checkpoint.after')
    expect(seen).toEqual([])
  })

  it('wait', async () => {
    const {failpoints, seen} = armed('snapshot.piece.read=delay:30')
    for (const _ of [1, 2]) await failpoints.hit('snapshot.piece.read')
    expect(seen).toEqual(['waits 30 ms', 'waits 30 ms'])
  })

  it('kill the process at the hit that was named, and let nothing go on after it', async () => {
    const {failpoints, seen} = armed('wal.append.written=crash:3')
    for (const _ of [1, 2]) await failpoints.hit('wal.append.written')
    expect(seen).toEqual([])
    const third = failpoints.hit('wal.append.written').then(() => 'went on')
    expect(await Promise.race([third, Promise.resolve('stands')])).toBe('stands')
    expect(seen).toEqual(['killed'])
  })
})
