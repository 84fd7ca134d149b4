"""A signing endpoint with Python's standard library: GCORE_SECRET=… python3 playback_url.py [port]"""

import json
import os
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

from signers import gcore

LIFE_S = 60
VIDEOS = {"final-2026": "3dk4NsRt6vWsffEr"}


def may_watch(headers, resource):
    """Yours: whether this visitor may watch this video."""
    return "session=" in headers.get("Cookie", "")


class PlaybackUrl(BaseHTTPRequestHandler):
    def do_GET(self):
        resource = parse_qs(urlsplit(self.path).query).get("resource", [""])[0]
        if not resource:
            return self.answer(400, {"error": "The request names no resource."})
        if resource not in VIDEOS:
            return self.answer(404, {"error": "There is no such video."})
        if not may_watch(self.headers, resource):
            return self.answer(401, {"reason": "logged-out", "message": "Please log in to watch this video."})
        expires_at = int(time.time()) + LIFE_S
        url = gcore(
            "https://demo-protected.gvideo.io", 2675, VIDEOS[resource], os.environ["GCORE_SECRET"], expires_at
        )
        self.answer(200, {"url": url, "expiresAt": expires_at, "serverTime": time.time()})

    def answer(self, status, body):
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        self.wfile.write(json.dumps(body).encode())

    def log_message(self, format, *args):
        """The default writes each request's URL to the console."""


if __name__ == "__main__":
    port = int(sys.argv[1]) if len(sys.argv) > 1 else 3000
    ThreadingHTTPServer(("127.0.0.1", port), PlaybackUrl).serve_forever()
