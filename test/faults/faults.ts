import { CDN_FAULTS } from './cdn-faults.js'
import { DEVICE_FAULTS } from './device-faults.js'
import { ENDPOINT_FAULTS } from './endpoint-faults.js'
import type { Fault } from './fault.js'

/** The rows of the matrix, in their order. */
export const FAULTS: readonly Fault[] = [...ENDPOINT_FAULTS, ...CDN_FAULTS, ...DEVICE_FAULTS]
