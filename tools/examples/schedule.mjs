// Schedules a job and answers its calls. Node 18 or later, no packages.
//
//     daybook run --app-port 8000 -- node tools/examples/schedule.mjs

import { createServer } from "node:http";

const jobs = `http://127.0.0.1:${process.env.DAPR_HTTP_PORT ?? 3500}/v1.0/jobs`;
const port = Number(process.env.APP_PORT ?? 8000);
// Delivery is at least once: a call that comes again has the same key. Keep these where the work's
// result is kept; in memory they last as long as the process.
const done = new Set();

const server = createServer(async (request, response) => {
  let body = "";
  for await (const chunk of request) body += chunk;
  const key = request.headers["idempotency-key"];
  if (request.url === "/job/report" && !done.has(key)) {
    console.log(`report to ${JSON.parse(body).to}, due ${request.headers["daybook-due-time"]}`);
    done.add(key);
  }
  response.writeHead(200).end(); // Any 2xx: done. 404: also done. Anything else is tried again.
});

server.listen(port, "127.0.0.1", async () => {
  const job = { schedule: "@every 2s", data: { to: "ops" }, overwrite: true };
  const answer = await fetch(`${jobs}/report`, { method: "POST", body: JSON.stringify(job) });
  if (!answer.ok) throw new Error(await answer.text());
  console.log(`scheduled: ${answer.status}`); // 204: the job is on disk.
});
