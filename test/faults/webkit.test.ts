import { column } from './rows.js'

column('webkit', 'hls.js')
column('webkit', 'swap')
