-- Something for the archive that is no job. ARGV: 3 kind · fields and values.  Returns the entry
return note(unpack(ARGV, 3))
