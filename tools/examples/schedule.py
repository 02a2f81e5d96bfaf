#!/usr/bin/env python3
"""Schedules a job and answers its calls. Python's standard library, nothing else.

    daybook run --app-port 8000 -- python3 tools/examples/schedule.py
"""

import json
import os
import threading
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

JOBS = f"http://127.0.0.1:{os.environ.get('DAPR_HTTP_PORT', '3500')}/v1.0/jobs"
PORT = int(os.environ.get("APP_PORT", "8000"))
# Delivery is at least once: a call that comes again has the same key. Keep these where the work's
# result is kept; in memory they last as long as the process.
done: set[str] = set()


class Handler(BaseHTTPRequestHandler):
    def do_POST(self):
        data = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        key = self.headers["Idempotency-Key"]
        if self.path == "/job/report" and key not in done:
            print(f"report to {data['to']}, due {self.headers['Daybook-Due-Time']}", flush=True)
            done.add(key)
        self.send_response(200)  # Any 2xx: done. 404: also done. Anything else is tried again.
        self.end_headers()

    def log_message(self, *_):
        pass


def schedule():
    job = {"schedule": "@every 2s", "data": {"to": "ops"}, "overwrite": True}
    request = urllib.request.Request(f"{JOBS}/report", json.dumps(job).encode(), method="POST")
    with urllib.request.urlopen(request) as response:  # Anything but 2xx raises.
        print(f"scheduled: {response.status}", flush=True)  # 204: the job is on disk.


server = ThreadingHTTPServer(("127.0.0.1", PORT), Handler)
threading.Thread(target=schedule).start()
server.serve_forever()
