import { cp, mkdir, mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { clubEvent, nginxSecureLink } from '../../src/signers/index.js'
import { freePort, startNginx } from './start-server.js'

/* Origins for `check`: servers of one nginx, each with a port of its own and one fault in its configuration. */

export const SITE = 'https://club.example'
const SECRET = 'ReallySecretString'
const SIGNED = `secure_link_md5 "$secure_link_expires$folder ${SECRET}";`

/** The parts of a location that checks tokens. A fault is another text for one of them. */
export interface LocationParts {
  readonly cors?: string
  readonly check?: string
  readonly more?: string
  readonly serve?: string
}

const CORS = `add_header Access-Control-Allow-Origin ${SITE} always;
      add_header Access-Control-Expose-Headers Content-Range;`
const CHECK = `if ($secure_link = "") { return 403; }
      if ($secure_link = "0") { return 410; }`
const SERVE = 'alias {media}$folder$file;'

/** One token in the path for all that lies in a folder, as docs/nginx-apache.md has it. */
export function inPath({ cors = CORS, check = CHECK, more = '', serve = SERVE }: LocationParts = {}): string {
  return `location ~ ^/play/(?<token>[\\w-]+)/(?<expires>\\d+)(?<folder>/[^/]+/)(?<file>.+)$ {
      ${cors} ${more}
      secure_link $token,$expires;
      ${SIGNED}
      ${check}
      ${serve}
    }`
}

/** One token in the query for all that lies in a folder. */
export function inQuery({ cors = CORS, check = CHECK, more = '', serve = SERVE }: LocationParts = {}): string {
  return `location ~ ^(?<folder>/[^/]+/)(?<file>.+)$ {
      ${cors} ${more}
      secure_link $arg_token,$arg_expires;
      ${SIGNED}
      ${check}
      ${serve}
    }`
}

/** One token in the query for each file, as ClubEvent has it. */
export function forEachFile(): string {
  return `location / {
      ${CORS}
      secure_link $arg_token,$arg_expires;
      secure_link_md5 "$secure_link_expires$uri ${SECRET}";
      ${CHECK}
      root {media};
    }`
}

/** The same for one file of `forEachFile`, absolute. */
export function signFile(url: string, expiresAt: number): string {
  return clubEvent({ url: `${url}?secret=${SECRET}`, expiresAt })
}

/** An endpoint whose answers are written into its configuration: after a refusal it has another one. */
export function endpoint(
  answer: string,
  afterRefusal: string,
  cors = `${CORS} add_header Cache-Control no-store;`,
): string {
  return `location = /sign {
      default_type application/json;
      ${cors}
      if ($arg_reason = refused) { return 200 '${afterRefusal}'; }
      return 200 '${answer}';
    }`
}

export const inSeconds = (seconds: number) => Math.floor(Date.now() / 1000) + seconds

/** A path that `inPath` accepts. */
export function pathFor(file: string, expiresAt: number, secret = SECRET): string {
  const folder = `/${file.split('/')[0]}/`
  const { searchParams } = new URL(nginxSecureLink({ url: `https://media.example${folder}`, secret, expiresAt }))
  return `/play/${searchParams.get('token')}/${expiresAt}/${file}`
}

/** The same for `inQuery`. */
export function queryFor(file: string, expiresAt: number): string {
  const [, , token] = pathFor(file, expiresAt).split('/')
  return `/${file}?token=${token}&expires=${expiresAt}`
}

export interface Origins {
  /** By the title of its configuration. */
  readonly origins: ReadonlyMap<string, string>
  stop(): Promise<void>
}

/**
 * Starts all of them. `servers`: the locations of each, by title. `media`: the files and folders to serve. `texts`: files to write, by path.
 */
export async function startOrigins(
  servers: ReadonlyMap<string, string>,
  media: Readonly<Record<string, string>>,
  texts: Readonly<Record<string, string>>,
): Promise<Origins> {
  const folder = await mkdtemp(join(tmpdir(), 'nginx-check-'))
  for (const [path, from] of Object.entries(media)) await cp(from, join(folder, 'media', path), { recursive: true })
  for (const [path, text] of Object.entries(texts)) {
    await mkdir(join(folder, 'media', path, '..'), { recursive: true })
    await writeFile(join(folder, 'media', path), text)
  }
  const ports = await Promise.all([...servers].map(freePort))
  const origins = new Map([...servers.keys()].map((title, index) => [title, `http://127.0.0.1:${ports[index]}`]))
  const blocks = [...servers.values()].map(
    (locations, index) => `server {
    listen 127.0.0.1:${ports[index]};
    ${locations.replaceAll('{media}', join(folder, 'media'))}
  }`,
  )
  const config = `pid nginx.pid;
error_log error.log crit;
events {}
http {
  access_log off;
  client_body_temp_path temp;
  proxy_temp_path temp;
  fastcgi_temp_path temp;
  uwsgi_temp_path temp;
  scgi_temp_path temp;
  types {
    video/mp4 mp4 m4s;
    application/vnd.apple.mpegurl m3u8;
    application/dash+xml mpd;
  }
  limit_req_zone $request_uri zone=once:1m rate=1r/m;
  ${blocks.join('\n  ')}
}
`
  return { origins, stop: await startNginx(config, folder, `127.0.0.1:${ports[0]}`) }
}
