import { column } from './rows.js'

column('chromium', 'VHS')
