-- Keeps sessions open by use. A good pass that the store does not know comes back.
--
-- Returns  result: for each the ms that its session has now, or 'ended'
-- Invariant  a session that was ended, or whose visitor left, does not come back while that is remembered.

local function renew(jti)
  local fate = fate_of(jti)
  if fate == 'ended' or fate == 'left' then return 'ended' end
  return start_sessions({ jti })
end

local refused = enter(false)
if refused then return refused end
local outcomes = {}
for at = FIRST_JTIS, #ARGV do outcomes[#outcomes + 1] = renew(ARGV[at]) end
call_and_grant()
return done(outcomes)
