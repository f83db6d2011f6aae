import {configurationEnglish} from './english/configuration.js'
import {creationEnglish} from './english/creation.js'
import {doctorEnglish} from './english/doctor.js'
import {explanationsEnglish} from './english/explanations.js'
import {fieldsEnglish} from './english/fields.js'
import {healthEnglish} from './english/health.js'
import {placementEnglish} from './english/placement.js'
import {planEnglish} from './english/plan.js'
import {stateEnglish} from './english/state.js'
import {titlesEnglish} from './english/titles.js'
import {whyEnglish} from './english/why.js'

/** The catalogue from which the compiler takes the ids and parameters of all others. */
export const english = {
  ...stateEnglish,
  ...titlesEnglish,
  ...explanationsEnglish,
  ...doctorEnglish,
  ...healthEnglish,
  ...whyEnglish,
  ...placementEnglish,
  ...planEnglish,
  ...fieldsEnglish,
  ...creationEnglish,
  ...configurationEnglish,
} as const
