import { createServer } from 'node:http'
import { readFile } from 'node:fs/promises'
createServer(async (q,s)=>{ const p=new URL(q.url,'http://x').pathname
 try { const b=await readFile('/work/main'+p); s.writeHead(200,{'content-type':p.endsWith('.js')?'text/javascript':p.endsWith('.html')?'text/html':p.endsWith('.vtt')?'text/vtt':'application/octet-stream'}); s.end(b)} catch { if(p==='/page'){ s.writeHead(200,{'content-type':'text/html'}); s.end('<!doctype html><meta charset=utf8><button id=b>go</button><video id=v muted playsinline controls width=640></video><script src=/node_modules/hls.js/dist/hls.js></script><script>console.log("hello from page")</script>')} else {s.writeHead(404); s.end()} } }).listen(18099)
