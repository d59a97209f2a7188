-- Keeps sessions open by use. A good pass that the store does not know comes back. A look renews nothing.
--
-- SESSIONS  two each: jti, 'look' or ''
-- Returns  result: for each the ms that its session has now, or 'ended'
-- Invariant  a session that was ended, or whose visitor left, does not come back while that is remembered.

local function renew(jti, look)
  local fate = fate_of(jti)
  if fate == 'ended' or fate == 'left' then return 'ended' end
  if not look then return start_sessions({ jti }) end
  local remaining_ms = session_remaining_ms(jti)
  return remaining_ms > 0 and remaining_ms or 'ended'
end

local refused = enter(false)
if refused then return refused end
local outcomes = {}
for at = FIRST_SESSIONS, #ARGV, 2 do outcomes[#outcomes + 1] = renew(ARGV[at], ARGV[at + 1] == 'look') end
call_and_grant()
return done(outcomes)
