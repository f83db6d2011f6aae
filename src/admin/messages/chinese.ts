import {configurationChinese} from './chinese/configuration.js'
import {creationChinese} from './chinese/creation.js'
import {doctorChinese} from './chinese/doctor.js'
import {explanationsChinese} from './chinese/explanations.js'
import {fieldsChinese} from './chinese/fields.js'
import {healthChinese} from './chinese/health.js'
import {placementChinese} from './chinese/placement.js'
import {planChinese} from './chinese/plan.js'
import {stateChinese} from './chinese/state.js'
import {titlesChinese} from './chinese/titles.js'
import {whyChinese} from './chinese/why.js'
import type {Catalogue} from './message.js'

export const chinese: Catalogue = {
  ...stateChinese,
  ...titlesChinese,
  ...explanationsChinese,
  ...doctorChinese,
  ...healthChinese,
  ...whyChinese,
  ...placementChinese,
  ...planChinese,
  ...fieldsChinese,
  ...creationChinese,
  ...configurationChinese,
}
