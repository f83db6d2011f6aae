import type {CapturedLook} from '../admin/debug/capture/captured-timeline.js'
import type {CaptureRow} from '../admin/debug/capture/captures.js'
import {type Catalogue, textOf} from '../admin/messages/message.js'
import type {Tone, View} from './view.js'

const stateTones: Readonly<Partial<Record<CaptureRow['state'], Tone>>> = {running: 'good', 'cut off': 'bad'}

export const captureView: View<CaptureRow> = {
  name: ({id}) => id,
  columns: {
    id: {get: ({id}) => id},
    state: {get: ({state}) => state, tone: ({state}) => stateTones[state] ?? null},
    file: {get: ({file}) => file},
    samples: {get: ({samples}) => samples},
    failed: {get: ({failed}) => failed},
    events: {get: ({events}) => events},
    bytes: {get: ({bytes}) => bytes},
    started: {get: ({startedAt}) => startedAt},
    until: {get: ({startedAt, forMs}) => new Date(Date.parse(startedAt) + forMs).toISOString()},
    ended: {get: ({ended}) => ended},
    pid: {get: ({pid}) => pid, wide: true},
  },
}

const healthTones: Readonly<Partial<Record<NonNullable<CapturedLook['health']>, Tone>>> = {
  OK: 'good',
  CRITICAL: 'bad',
}

export function capturedLookView(catalogue: Catalogue): View<CapturedLook> {
  return {
    name: ({at}) => at,
    columns: {
      at: {get: ({at}) => at},
      revision: {get: ({revision}) => revision},
      health: {
        get: ({health}) => health ?? 'not seen',
        tone: ({health}) => (health === null ? 'bad' : (healthTones[health] ?? 'uncertain')),
      },
      changed: {get: ({changed}) => changed},
      events: {get: ({events}) => events},
      reasons: {
        get: ({reasons}) =>
          reasons.map((reason) => (typeof reason === 'string' ? reason : textOf(reason, catalogue))).join('; '),
      },
    },
  }
}
