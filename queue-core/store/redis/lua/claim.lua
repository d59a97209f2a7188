-- Visitors claim. The line calls first, so that nobody's call comes between asking and the answer; then all of
-- the batch are registered at the gate before it admits the lowest.
--
-- TICKETS  three each: jti, number, generation
-- Returns  result: for each ticket the ms that its session has left (0 is none), or its state as a text: 'called:ahead'
--          and 'returned:ahead' with how many stand before at the gate
-- Invariant  asking twice changes nothing but the clock: a show is counted once, a grant collected once, and a ticket
--            costs one credit at most that nobody collects.

-- Tickets of this batch whose grants were not collected, each by its jti and number.
local returning = {}

-- Counts a called visitor's first valid claim, which also ends a stall. After an extension `record` may be nil.
local function count_show(record)
  end_stall()
  line.shows_total = line.shows_total + 1
  if not (record and record.rated) then return end
  local age = line.second - record.second
  if age < SHOW_SECONDS then
    line.recent_shows = line.recent_shows + 1
  elseif age < RATED_SECONDS then
    line.rated_shows = line.rated_shows + 1
  else
    return
  end
  command('HINCRBY', SECONDS, 's:' .. int(record.second), 1)
end

local function stand_at_gate(number, jti)
  gate_count = gate_count + command('ZADD', GATE, int(number), gate_member(number, jti))
end

-- Puts a called visitor at the gate.
local function register(jti, number, generation)
  local mode = mode_in_force()
  if mode == 'closed' or generation ~= line.generation then return end
  if session_remaining_ms(jti) > 0 then return end
  local fate = fate_of(jti)
  if fate == 'used' or fate == 'left' or fate == 'ended' then return end
  if mode == 'open' then
    admit_ticket(number, jti)
    return
  end
  if number > line.serving or is_at_gate(number, jti) then return end
  if fate == 'lapsed' then
    returning[#returning + 1] = { jti, number }
    return
  end
  local record = call_of(number)
  if not record and fate ~= 'extended' then return end
  count_show(record)
  stand_at_gate(number, jti)
end

-- Behind all who stand at the gate by then; let in by asking, never ahead of it.
local function come_back(jti, number)
  if session_remaining_ms(jti) > 0 then return end
  local _, behind, extensions = fate_of(jti)
  if behind == 0 then
    local last = command('ZREVRANGE', GATE, 1, 1, 'WITHSCORES')
    behind = max(number, tonumber(last[2] or 0))
  end
  local may_admit = is_admitting() and line.credit_units >= UNITS_PER_ADMISSION and free_capacity() > 0
  if may_admit and ahead_of_return(behind) == 0 then
    line.credit_units = line.credit_units - UNITS_PER_ADMISSION
    count_admissions(1)
    start_sessions({ jti })
  else
    command('HSET', FATES, jti, encode_fate('lapsed', behind, extensions))
    command('ZADD', FORGETTING, int(claim_memory_ms()), jti)
  end
end

-- Where the ticket stands now. Collects a grant.
local function outcome_of(jti, number, generation)
  if mode_in_force() == 'closed' then return 'closed' end
  if generation ~= line.generation then return 'reset' end
  if session_remaining_ms(jti) > 0 then return collect(jti) end
  local fate, behind = fate_of(jti)
  if fate == 'used' or fate == 'ended' then return 'used' end
  if fate == 'left' then return 'left' end
  local ahead = command('ZRANK', GATE, gate_member(number, jti))
  if ahead then return 'called:' .. int(ahead) end
  if fate == 'lapsed' and number <= line.serving then return 'returned:' .. int(ahead_of_return(behind)) end
  return number > line.serving and 'waiting' or 'missed'
end

local function ticket_at(at)
  return ARGV[at], tonumber(ARGV[at + 1]), tonumber(ARGV[at + 2])
end

local refused = enter(true)
if refused then return refused end
call_waiting()
for at = FIRST_TICKETS, #ARGV, 3 do register(ticket_at(at)) end
for _, ticket in ipairs(returning) do come_back(ticket[1], ticket[2]) end
grant()
local outcomes = {}
for at = FIRST_TICKETS, #ARGV, 3 do outcomes[#outcomes + 1] = outcome_of(ticket_at(at)) end
return done(outcomes)
