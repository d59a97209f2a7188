-- Called visitors ask for more time, or only how they stand (a look records nothing). The line calls first, so that
-- nobody's call comes between asking and the answer; whom the window is given anew are remembered until it ends,
-- nobody else.
--
-- TICKETS  four each: jti, number, generation, 'look' or ''
-- Returns  result: for each ticket 'state', or 'state:windowEndsInMs:extensionsLeft' where it is called, or 'state:ahead'
--          where it stands at the gate, or comes back to it
-- Invariant  nobody's window ends sooner than it would have, and no ticket's is extended more than ten times.

local function called(state, window_ms, left)
  return state .. ':' .. int(window_ms) .. ':' .. int(left)
end

local function extend(jti, number, generation, look)
  if mode_in_force() == 'closed' then return 'closed' end
  if generation ~= line.generation then return 'reset' end
  if session_remaining_ms(jti) > 0 then return 'admitted' end
  local kind, behind, extensions = fate_of(jti)
  if kind == 'used' or kind == 'ended' then return 'used' end
  if kind == 'left' then return 'left' end
  if number > line.serving then return 'waiting' end
  local ahead = command('ZRANK', GATE, gate_member(number, jti))
  if ahead then return 'registered:' .. int(ahead) end
  if look and kind == 'lapsed' and behind > 0 then return 'returned:' .. int(ahead_of_return(behind)) end
  local window_ms = claim_window_ends_in_ms(jti, number)
  if not window_ms then return 'missed' end
  local left = MOST_EXTENSIONS - extensions
  -- A window that has not begun needs no extension.
  if is_called_early(number) then return called('called', window_ms, left) end
  if left <= 0 then return called('no-extensions-left', window_ms, 0) end
  if look then return called('called', window_ms, left) end
  command('HSET', FATES, jti, encode_fate(kind or 'extended', behind, extensions + 1))
  command('ZADD', FORGETTING, int(claim_memory_ms()), jti)
  return called('called', line.claim_window_seconds * 1000, left - 1)
end

local refused = enter(true)
if refused then return refused end
call_waiting()
local outcomes = {}
for at = FIRST_TICKETS, #ARGV, 4 do
  local number, generation = tonumber(ARGV[at + 1]), tonumber(ARGV[at + 2])
  outcomes[#outcomes + 1] = extend(ARGV[at], number, generation, ARGV[at + 3] == 'look')
end
grant()
return done(outcomes)
