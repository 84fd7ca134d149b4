import { column } from './rows.js'

column('chromium', 'hls.js', { controls: true })
