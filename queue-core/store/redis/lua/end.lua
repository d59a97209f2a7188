-- Ends sessions: their visitors left, or the service ended them. Frees their places and remembers it.
--
-- ENDINGS  three each: jti, number, 'left' or 'ended'
-- Returns  result ''
-- Invariant  what is ended is remembered as long as its pass could be shown, and its call asked for.

local function memory_ms(kind)
  local pass_ms = (line.session_seconds + line.session_grace_seconds) * 1000
  return kind == 'left' and max(LEFT_MEMORY_MS, pass_ms) or pass_ms
end

-- Remembers an ending for the gateways that did not see it.
local function note_ending(jti)
  if command('ZSCORE', ENDINGS, jti) then return end
  line.ended_revision = max(line.ended_revision + 1, line.store_time_ms)
  command('ZADD', ENDINGS, int(line.ended_revision), jti)
  -- The sentinel is the last of all.
  if command('ZCARD', ENDINGS) > MOST_ENDINGS + 1 then command('ZPOPMIN', ENDINGS) end
end

local function end_one(jti, number, kind)
  local was_inside = command('ZREM', SESSIONS, jti)
  session_count = session_count - was_inside
  leave_gate(number, jti)
  local forget_ms = max(claim_memory_ms(), line.open_time_ms + memory_ms(kind) + CLAIM_ALLOWANCE_MS)
  command('HSET', FATES, jti, encode_fate(kind, 0, 0))
  command('ZADD', FORGETTING, int(forget_ms), jti)
  -- Who leaves the line without having been inside has no pass that a door could let through.
  if was_inside == 1 or kind == 'ended' then note_ending(jti) end
end

local refused = enter(false)
if refused then return refused end
for at = FIRST_ENDINGS, #ARGV, 3 do end_one(ARGV[at], tonumber(ARGV[at + 1]), ARGV[at + 2]) end
call_and_grant()
return done('')
