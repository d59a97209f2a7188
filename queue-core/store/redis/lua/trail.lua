-- The whole audit trail of a room as it is kept, in one step, for whoever checks it. Changes nothing.
--
-- Returns  {the last entry's sequence, its hash, the list}: what the line knows of the last entry, 0 and zeros for
--          none; the list as texts, newest first, with its sentinel

if load_line() == 'newer' then return refuse_newer() end
return { line.audit_sequence, line.audit_hash, command('LRANGE', AUDIT, 0, -1) }
