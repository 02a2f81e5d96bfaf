"""An app that schedules a job on itself through Dapr's Jobs API and prints each trigger.

    tools/run --app-port 8000                       # one terminal
    .venv/bin/python tools/examples/fastapi_app.py  # another

Nothing here knows of Daybook: it runs as well beside a Dapr sidecar.
"""

import os
from contextlib import asynccontextmanager

import httpx
import uvicorn
from fastapi import FastAPI, Request

JOBS = f"http://127.0.0.1:{os.environ.get('DAPR_HTTP_PORT', '3500')}/v1.0-alpha1/jobs"
PORT = int(os.environ.get("APP_PORT", "8000"))


@asynccontextmanager
async def schedule_on_start(app: FastAPI):
    """Said again at every start. The definition is the same, so the schedule stays where it is."""
    job = {"schedule": "@every 5s", "data": {"greeting": "hello"}}
    async with httpx.AsyncClient() as client:
        response = await client.post(f"{JOBS}/greet", json=job)
        response.raise_for_status()
    print("scheduled: greet, every 5 s", flush=True)
    yield


app = FastAPI(lifespan=schedule_on_start)


@app.post("/job/greet")
async def greet(request: Request):
    data = await request.json()
    due = request.headers.get("Daybook-Due-Time")
    key = request.headers.get("Idempotency-Key")
    print(f"triggered: {data['greeting']}, due {due}, key {key}", flush=True)


if __name__ == "__main__":
    uvicorn.run(app, host="127.0.0.1", port=PORT, log_level="warning")
