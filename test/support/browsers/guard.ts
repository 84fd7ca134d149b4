import { type ChildProcess, spawn } from 'node:child_process'

/**
 * Ends a process group on request, and also when this Node process dies in any way, including SIGKILL.
 *
 * A small shell waits on a pipe from this process; end of file means that this process is done or gone. It sends TERM,
 * a second later KILL to what is left, and then removes `folder`. `leader` must lead its group (spawned with `detached: true`).
 * Returns a function that ends the group and resolves when it has ended.
 */
export function guard(leader: ChildProcess, folder?: string): () => Promise<void> {
  const script = `read -r _
    kill -s TERM -- -$0 2>/dev/null
    for _ in 1 2 3 4 5 6 7 8 9 10; do kill -s 0 -- -$0 2>/dev/null || break; sleep 0.1; done
    kill -s KILL -- -$0 2>/dev/null
    [ -z "$1" ] || rm -rf "$1"`
  const shell = spawn('/bin/sh', ['-c', script, String(leader.pid), folder ?? ''], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  })
  const ended = new Promise<void>((resolve) => shell.once('exit', () => resolve()))
  shell.stdin?.on('error', () => {}) // the shell may have ended already
  shell.unref()
  leader.unref()
  return () => {
    shell.ref()
    shell.stdin?.end()
    return ended
  }
}
