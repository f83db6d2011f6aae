import type {Language} from '../global-flags.js'
import type {TopPane} from './top-state.js'

/** What the screen says. */
export interface TopWords {
  readonly panes: Readonly<Record<TopPane, string>>
  readonly asking: string
  readonly notHeard: (detail: string) => string
  readonly age: (seconds: number) => string
  readonly paused: string
  readonly writable: string
  readonly readable: string
  readonly servers: string
  readonly andMore: (count: number) => string
  readonly rows: (first: number, last: number, all: number) => string
  readonly keysHint: string
  /** Each with what it does. */
  readonly keys: readonly (readonly [key: string, does: string])[]
}

export const topWords: Readonly<Record<Language, TopWords>> = {
  en: {
    panes: {nodes: 'nodes', partitions: 'partitions'},
    asking: 'asking',
    notHeard: (detail) => `not heard: ${detail}`,
    age: (seconds) => `${seconds} s old`,
    paused: 'PAUSED',
    writable: 'writable',
    readable: 'readable',
    servers: 'ps',
    andMore: (count) => `and ${count} more`,
    rows: (first, last, all) => `${first}-${last} of ${all}`,
    keysHint: '? keys',
    keys: [
      ['n p Tab', 'nodes, partitions, the other'],
      ['← →', 'order by another column'],
      ['r', 'the other way round'],
      ['↑ ↓ k j', 'scroll by a row'],
      ['PgUp PgDn', 'scroll by a page'],
      ['Home End', 'to the first, the last row'],
      ['Space', 'pause, go on'],
      ['?', 'these keys, or no longer'],
      ['q Ctrl-C', 'leave'],
    ],
  },
  zh: {
    panes: {nodes: '节点', partitions: '分区'},
    asking: '正在询问',
    notHeard: (detail) => `未得到应答：${detail}`,
    age: (seconds) => `${seconds} 秒前`,
    paused: '已暂停',
    writable: '可写',
    readable: '可读',
    servers: 'ps',
    andMore: (count) => `另有 ${count} 项`,
    rows: (first, last, all) => `第 ${first}-${last} 行，共 ${all} 行`,
    keysHint: '? 按键',
    keys: [
      ['n p Tab', '节点、分区、切换'],
      ['← →', '换一列排序'],
      ['r', '反向排序'],
      ['↑ ↓ k j', '滚动一行'],
      ['PgUp PgDn', '滚动一页'],
      ['Home End', '到第一行、最后一行'],
      ['Space', '暂停、继续'],
      ['?', '显示或隐藏这些按键'],
      ['q Ctrl-C', '退出'],
    ],
  },
}
