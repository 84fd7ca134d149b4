import { column } from './rows.js'

column('chromium', 'worker')
