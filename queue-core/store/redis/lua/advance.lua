-- Moves the line: settle, call, grant. Asking twice at one time changes nothing.
--
-- Returns  result {revision to ask from next, jtis of sessions that ended after the given one, oldest first}
-- Invariant  the work does not depend on how many wait.

local function endings_after(revision)
  -- What a gateway knew of another life of the store says nothing about this one.
  if not has_restored then revision = 0 end
  if not revision or revision == line.ended_revision then return { line.ended_revision } end
  local found = command('ZRANGEBYSCORE', ENDINGS, '(' .. int(revision), '(+inf', 'WITHSCORES',
    'LIMIT', 0, MOST_ENDINGS_TOLD)
  local told = { line.ended_revision }
  for i = 1, #found, 2 do told[#told + 1] = found[i] end
  if #found == 2 * MOST_ENDINGS_TOLD then told[1] = tonumber(found[#found]) end
  return told
end

local refused = enter(false)
if refused then return refused end
call_and_grant()
return done(endings_after(ENDED_AFTER))
