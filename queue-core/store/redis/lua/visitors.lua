-- Visitors one by one: their sessions, and whether a ticket is still good. Comes after frame.lua in the
-- scripts of visitors; the same rules as `domain/visitors.ts`. Nothing here looks at those who only wait.

-- Padded, so that members of one number sort by it too.
local function gate_member(number, jti)
  return string.format('%016.0f', number) .. ':' .. jti
end

local function is_at_gate(number, jti)
  return command('ZSCORE', GATE, gate_member(number, jti)) ~= false
end

-- How many stand at the gate before somebody who came back behind this number.
local function ahead_of_return(behind)
  return command('ZCOUNT', GATE, '-inf', int(behind))
end

local function leave_gate(number, jti)
  gate_count = gate_count - command('ZREM', GATE, gate_member(number, jti))
end

-- The call under which a number may still claim, or nil: never called, or its window has lapsed.
local function call_of(number)
  local member = command('ZRANGEBYSCORE', CALLS, int(number), '+inf', 'LIMIT', 0, 1)[1]
  if member == SENTINEL then return nil end
  local record = decode_call(member)
  if record.from <= number and not has_lapsed(record) then return record end
end

-- Whether the claim window of a called number waits until the gate gets there.
local function is_called_early(number)
  return line.early_from > 0 and number >= line.early_from
end

local function session_remaining_ms(jti)
  return tonumber(command('ZSCORE', SESSIONS, jti) or 0) - line.room_time_ms
end

-- What is left of the claim window of somebody called, without the allowance on top; nil once it has lapsed.
local function claim_window_ends_in_ms(jti, number)
  local record = call_of(number)
  local called_until_ms = record and call_end_ms(record) or -1
  -- Of a call that lapsed uncollected, or was extended.
  local kept_until_ms = tonumber(command('ZSCORE', FORGETTING, jti) or -1)
  local until_ms = max(called_until_ms, kept_until_ms)
  if until_ms < 0 then return nil end
  return max(0, until_ms - CLAIM_ALLOWANCE_MS - line.open_time_ms)
end

-- Whole sessions for some visitors, whatever became of them before; returns how long they last.
local function start_sessions(jtis)
  local remaining_ms = line.session_seconds * 1000
  local sessions, end_ms = {}, int(line.room_time_ms + remaining_ms)
  for i, jti in ipairs(jtis) do sessions[2 * i - 1], sessions[2 * i] = end_ms, jti end
  session_count = session_count + command('ZADD', SESSIONS, unpack(sessions))
  command('HDEL', FATES, unpack(jtis))
  command('ZREM', FORGETTING, unpack(jtis))
  return remaining_ms
end

-- In an open room whoever holds a place comes in with it.
local function admit_ticket(number, jti)
  count_admissions(1)
  begin_windows(number)
  leave_gate(number, jti)
  return start_sessions({ jti })
end

-- A grant becomes a whole session when its visitor first sees it; a session stays as it is.
local function collect(jti)
  if fate_of(jti) ~= 'granted' then return session_remaining_ms(jti) end
  return start_sessions({ jti })
end
