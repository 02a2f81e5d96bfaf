#!/bin/bash
# Schedules a job with curl, waits for its first call, shows what became of it, and deletes it.
#
#     daybook run --app-port 8000 -- tools/examples/schedule.sh
set -euo pipefail

jobs="http://127.0.0.1:${DAPR_HTTP_PORT:-3500}/v1.0/jobs"
call() { curl --silent --show-error --fail-with-body "$@"; }

# curl cannot answer the calls. This app does: 200 to whatever comes.
python3 - "${APP_PORT:-8000}" <<'APP' &
import http.server, sys
class App(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        length = int(self.headers["Content-Length"])
        print("called:", self.path, self.rfile.read(length).decode(), flush=True)
        self.send_response(200)
        self.end_headers()
    def log_message(self, *_): pass
http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), App).serve_forever()
APP
trap 'kill $!' EXIT

call -X POST "$jobs/report" \
    -d '{"schedule": "@every 2s", "data": {"to": "ops"}, "overwrite": true}'
echo "scheduled"
call "$jobs/report"
echo
until call "$jobs/report/history" | grep --quiet acknowledged; do sleep 0.1; done
call "$jobs/report/history"
echo
call -X DELETE "$jobs/report"
echo "deleted"
