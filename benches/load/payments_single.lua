-- Makes payments, each once. Takes the folder that holds `payments` (enrolment, period, day, key) and `payers` (tokens).

local threads = 0
local tokens, payments, at = {}, {}, 0

function setup(thread)
  thread:set("number", threads)
  threads = threads + 1
end

function init(arguments)
  local folder = arguments[1]
  for token in io.lines(folder .. "/payers") do
    tokens[#tokens + 1] = token
  end
  local line_no = 0
  for line in io.lines(folder .. "/payments") do
    -- Two threads share the list.
    if line_no % 2 == number then
      payments[#payments + 1] = line
    end
    line_no = line_no + 1
  end
end

function request()
  at = at + 1
  local enrolment, period, day, key = payments[at]:match("^(%S+) (%S+) (%S+) (%S+)$")
  local body = '{"enrolment_id":"' .. enrolment .. '","period_id":"' .. period .. '","state":"paid","paid_on":"' .. day .. '"}'
  local headers = {
    ["Authorization"] = "Bearer " .. tokens[at % #tokens + 1],
    ["Content-Type"] = "application/json",
    ["Idempotency-Key"] = key,
  }
  return wrk.format("POST", "/v1/disbursements", headers, body)
end

-- Requests, microseconds, 99th percentile in microseconds, errors.
function done(summary, latency)
  local errors = summary.errors
  local failed = errors.connect + errors.read + errors.write + errors.status + errors.timeout
  print(string.format("RESULT %d %d %d %d", summary.requests, summary.duration, latency:percentile(99), failed))
end
