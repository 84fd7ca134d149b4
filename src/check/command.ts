#!/usr/bin/env node
import { text } from 'node:stream/consumers'
import { parseArgs } from 'node:util'
import { type CheckOptions, type CheckReport, CouldNotCheckError, checkSignedUrl } from './index.js'

/*
 * The command `videojs-signed-url check`. Exit status: 0 for nothing found, 1 for findings, 2 where nothing could be checked.
 * Nothing that it prints holds a token: neither the report nor an error quotes the URL.
 */

const USAGE = `Usage: videojs-signed-url check <signed-url> [options]

Looks at what a player would meet at a signed URL, and says what is wrong and how to fix it.
Put the URL in quotes. With - in its place it is read from standard input, which keeps it out of the shell's history.

  --origin <origin>      The page that plays the video: https://club.example
  --endpoint <url>       Your signing endpoint, for what only fresh URLs show
  --resource <resource>  What your site calls the video, for the endpoint
  --scope file           Where each file has its own signature: the endpoint signs each link
  --refused <statuses>   As the plugin's option refusedStatuses: 401,403,410
  --header <name: value> Sent to the endpoint, such as a viewer's cookie; may be repeated
  --wait <seconds>       How long to wait for the URL to expire, to see the answer after that (90)
  --json                 The report as JSON

Exit status: 0 for nothing found, 1 for findings, 2 where nothing could be checked.`

const OPTIONS = {
  origin: { type: 'string' },
  endpoint: { type: 'string' },
  resource: { type: 'string' },
  scope: { type: 'string' },
  refused: { type: 'string' },
  header: { type: 'string', multiple: true },
  wait: { type: 'string' },
  json: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const

const KINDS = { hls: 'HLS', dash: 'DASH', file: 'a file' }

process.exitCode = await main(process.argv.slice(2))

async function main(args: readonly string[]): Promise<number> {
  const isJson = args.includes('--json')
  try {
    const options = await readArguments(args)
    if (options === undefined) {
      console.log(USAGE)
      return 0
    }
    const report = await checkSignedUrl(options)
    console.log(isJson ? JSON.stringify(report, null, 2) : describe(report))
    return report.findings.length > 0 ? 1 : 0
  } catch (thrown) {
    const error = thrown instanceof CouldNotCheckError ? thrown.message : faultOf(thrown)
    if (isJson) console.log(JSON.stringify({ version: 1, error }, null, 2))
    else console.error(error)
    return 2
  }
}

/** Any other error is this program's own. Its message may quote the URL, where it was thrown doesn't. */
function faultOf(thrown: unknown): string {
  if (!(thrown instanceof Error)) return 'The check failed.'
  const [, frames = ''] = /((?:\n {4}at .*){1,4})/.exec(thrown.stack ?? '') ?? []
  return `The check failed with ${thrown.name}. Please report it with these lines:${frames}`
}

/** Undefined for help. */
async function readArguments(args: readonly string[]): Promise<CheckOptions | undefined> {
  const { values, positionals } = parse(args)
  const [command, url, ...others] = positionals
  if (values.help || command === undefined) return undefined
  if (command !== 'check') throw new CouldNotCheckError('The command is `check`: see --help.')
  if (url === undefined) throw new CouldNotCheckError('The signed URL is missing: see --help.')
  // In a shell, a URL without quotes ends at its first `&`, and what follows is another command.
  if (others.length > 0) throw new CouldNotCheckError('There is more than one URL: put it in quotes.')
  const waitS = values.wait === undefined ? undefined : Number(values.wait)
  if (waitS !== undefined && !(waitS >= 0)) throw new CouldNotCheckError('`--wait` is a number of seconds.')
  return {
    url: url === '-' ? (await text(process.stdin)).trim() : url,
    endpoint: values.endpoint,
    resource: values.resource,
    origin: values.origin,
    scope: readScope(values.scope),
    refusedStatuses: values.refused?.split(',').map(readStatus),
    request: values.header && { headers: values.header.map(readHeader) },
    waitMs: waitS === undefined ? undefined : waitS * 1000,
    onWait: (ms) => console.error(`Waiting ${Math.ceil(ms / 1000)} s for the URL to expire …`),
  }
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: OPTIONS, allowPositionals: true })
  } catch (thrown) {
    // Node's message quotes what was typed.
    const code = thrown instanceof Error && 'code' in thrown ? thrown.code : undefined
    const what = code === 'ERR_PARSE_ARGS_UNKNOWN_OPTION' ? 'An option is unknown' : 'An option lacks its value'
    throw new CouldNotCheckError(`${what}: see --help.`)
  }
}

function readScope(text: string | undefined): CheckOptions['scope'] {
  if (text === undefined || text === 'auto' || text === 'file') return text
  throw new CouldNotCheckError('`--scope` is auto or file.')
}

function readStatus(text: string): number {
  if (/^[45]\d\d$/.test(text)) return Number(text)
  throw new CouldNotCheckError('`--refused` is a list of statuses, such as 401,403,404.')
}

function readHeader(line: string): [string, string] {
  const [, name, value] = /^([\w-]+):\s*([^\r\n]*)$/.exec(line) ?? []
  if (name === undefined || value === undefined) throw new CouldNotCheckError('`--header` is `name: value`.')
  return [name, value]
}

function describe({ url, kind, findings, seen, notChecked }: CheckReport): string {
  const lines = [`${url}${kind === null ? '' : ` (${KINDS[kind]})`}`, '']
  const count = findings.length === 1 ? '1 fault' : `${findings.length || 'No'} faults`
  lines.push(`${count} found${findings.length > 0 ? ':' : '.'}`, '')
  for (const { code, problem, fix } of findings) lines.push(`  ${code}`, `    ${problem}`, `    Fix: ${fix}`, '')
  if (seen.length > 0) lines.push('Seen:', ...seen.map((message) => `  ${message}`), '')
  if (notChecked.length > 0)
    lines.push('Not checked:', ...notChecked.map(({ topic, reason }) => `  ${topic}: ${reason}`), '')
  return lines.join('\n').trimEnd()
}
