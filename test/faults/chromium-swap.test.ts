import { column } from './rows.js'

column('chromium', 'swap', { controls: true })
