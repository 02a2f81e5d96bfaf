-- Every request names another job, so that each one is a durable create.
local thread_number = 0
function setup(thread)
   thread:set("number", thread_number)
   thread_number = thread_number + 1
end
function init(args)
   count = 0
   prefix = (args[1] or "job") .. "-" .. number .. "-"
end
function request()
   count = count + 1
   return wrk.format("POST", "/v1.0/jobs/" .. prefix .. count,
      { ["content-type"] = "application/json" },
      '{"schedule":"@every 1h","data":{"order":4711,"customer":"c-0815"}}')
end
