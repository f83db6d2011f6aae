/** What the person at the screen has chosen, and what each key makes of it. Pure. */

export const topPanes = ['nodes', 'partitions'] as const
export type TopPane = (typeof topPanes)[number]

/** Null: in the order of their ids. */
export type Order = {readonly column: string; readonly isDescending: boolean} | null

export interface TopState {
  readonly pane: TopPane
  readonly orders: Readonly<Record<TopPane, Order>>
  /** Of the row at the top of the screen. */
  readonly first: number
  /** What is shown stays as it is. */
  readonly isPaused: boolean
  readonly showsKeys: boolean
  readonly hasLeft: boolean
}

/** What there is of the pane. */
export interface TopExtent {
  readonly rows: number
  /** That the screen has room for. */
  readonly page: number
  /** That rows can be ordered by. */
  readonly columns: readonly string[]
}

export interface Key {
  /** `up`, `pagedown`, `q`. */
  readonly name: string
  readonly isCtrl: boolean
}

export function firstState(pane: TopPane, order: Order): TopState {
  const orders = {nodes: null, partitions: null, [pane]: order}
  return {pane, orders, first: 0, isPaused: false, showsKeys: false, hasLeft: false}
}

/** The same state for a key that means nothing. */
export function pressed(state: TopState, {name, isCtrl}: Key, extent: TopExtent): TopState {
  if (isCtrl) return name === 'c' ? {...state, hasLeft: true} : state
  const last = Math.max(0, extent.rows - extent.page)
  const at = Math.min(state.first, last)
  const scrolled = (first: number): TopState => ({...state, first: Math.min(last, Math.max(0, first))})
  switch (name) {
    case 'q':
      return {...state, hasLeft: true}
    case '?':
    case 'h':
      return {...state, showsKeys: !state.showsKeys}
    case 'escape':
      return {...state, showsKeys: false}
    case 'space':
      return {...state, isPaused: !state.isPaused}
    case 'n':
      return onPane(state, 'nodes')
    case 'p':
      return onPane(state, 'partitions')
    case 'tab':
      return onPane(state, state.pane === 'nodes' ? 'partitions' : 'nodes')
    case 'right':
    case 'left':
      return ordered(state, neighbour(state, extent.columns, name === 'right' ? 1 : -1))
    case 'r':
      return ordered(state, reversed(state, extent.columns))
    case 'up':
    case 'k':
      return scrolled(at - 1)
    case 'down':
    case 'j':
      return scrolled(at + 1)
    case 'pageup':
      return scrolled(at - extent.page)
    case 'pagedown':
      return scrolled(at + extent.page)
    case 'home':
      return scrolled(0)
    case 'end':
      return scrolled(last)
    default:
      return state
  }
}

function onPane(state: TopState, pane: TopPane): TopState {
  return state.pane === pane ? state : {...state, pane, first: 0}
}

/** The rows at the top are those that are looked for. */
function ordered(state: TopState, order: Order): TopState {
  return {...state, first: 0, orders: {...state.orders, [state.pane]: order}}
}

/** Figures are looked at from the largest down. */
function neighbour({pane, orders}: TopState, columns: readonly string[], step: 1 | -1): Order {
  const order = orders[pane]
  const at = order === null ? 0 : Math.max(0, columns.indexOf(order.column))
  const column = columns[(at + step + columns.length) % columns.length]
  return column === undefined ? order : {column, isDescending: order?.isDescending ?? true}
}

function reversed({pane, orders}: TopState, [first]: readonly string[]): Order {
  const order = orders[pane]
  if (order !== null) return {...order, isDescending: !order.isDescending}
  return first === undefined ? null : {column: first, isDescending: true}
}
