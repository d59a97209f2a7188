-- Keeps sessions open by use. A good pass that the store does not know comes back. A look renews nothing. A lapsed
-- pass saves what was being written, and is no second turn.
--
-- SESSIONS  two each: jti, and as what: 'use', 'look', or of a lapsed pass 'form', 'save', 'page', 'part'
-- Returns  result: for each the ms that its session has now, or 'ended', 'through', 'spent'
-- Invariant  a session that was ended, or whose visitor left, does not come back while that is remembered; one that
--            is over comes back by a lapsed pass only where a newcomer would be let in at once.

-- Among the fates, each with the room time at which it was opened; no jti is like it.
local function form_member(jti)
  return 'form:' .. jti
end

-- Once for each pass: it is remembered for as long as the pass could be shown.
local function open_form_window(jti)
  local memory_ms = max(FORM_WINDOW_MS, line.session_grace_seconds * 1000)
  command('HSET', FATES, form_member(jti), int(line.room_time_ms))
  command('ZADD', FORGETTING, int(line.open_time_ms + memory_ms + CLAIM_ALLOWANCE_MS), form_member(jti))
end

local function use_lapsed(jti, as)
  local opened_ms = tonumber(command('HGET', FATES, form_member(jti)))
  local opens = as == 'form' and not opened_ms
  local is_open = opened_ms and line.room_time_ms < opened_ms + FORM_WINDOW_MS
  if not opens and not is_open and as ~= 'save' then return opened_ms and 'spent' or 'ended' end
  if as ~= 'part' and is_quiet() then
    line.credit_units = line.credit_units - UNITS_PER_ADMISSION
    count_admissions(1)
    command('HDEL', FATES, form_member(jti))
    command('ZREM', FORGETTING, form_member(jti))
    return start_sessions({ jti })
  end
  if opens then open_form_window(jti) end
  return 'through'
end

local function renew(jti, as)
  local fate = fate_of(jti)
  if fate == 'ended' or fate == 'left' then return 'ended' end
  if as == 'use' then return start_sessions({ jti }) end
  local remaining_ms = session_remaining_ms(jti)
  if as == 'look' then return remaining_ms > 0 and remaining_ms or 'ended' end
  if remaining_ms > 0 and as ~= 'part' then return start_sessions({ jti }) end
  return use_lapsed(jti, as)
end

local refused = enter(false)
if refused then return refused end
local outcomes = {}
for at = FIRST_SESSIONS, #ARGV, 2 do outcomes[#outcomes + 1] = renew(ARGV[at], ARGV[at + 1]) end
call_and_grant()
return done(outcomes)
