import {openZvecEngine} from '../../src/engine/zvec-engine.js'
import {vectorEngineContract} from './vector-engine.js'

vectorEngineContract('zvec', openZvecEngine)
