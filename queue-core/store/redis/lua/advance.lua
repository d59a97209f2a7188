-- Moves the line: settle, call, grant. Asking twice at one time changes nothing.
--
-- KEYS     as in line.lua
-- ARGV     1..18 as in frame.lua
-- Returns  result ''
-- Invariant  the work does not depend on how many wait.

local refused = enter(false)
if refused then return refused end
call_and_grant()
return done('')
