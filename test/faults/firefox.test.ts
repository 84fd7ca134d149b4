import { column } from './rows.js'

column('firefox', 'hls.js')
column('firefox', 'swap')
